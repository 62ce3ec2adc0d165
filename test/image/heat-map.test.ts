import test from 'ava';
import fc from 'fast-check';
import type { HeatMap } from '../../src/core/heat-map.ts';
import {
  blurMap,
  heatMap,
  keepInside,
  mapScale,
  multiplyMaps,
  normalizeMap,
  peak,
  resampleMap,
  resizeMap,
} from '../../src/image/heat-map.ts';
import { largestDifference } from './pictures.ts';

const value = fc.double({ min: -4, max: 4, noNaN: true });
const side = fc.integer({ min: 1, max: 24 });
const maps: fc.Arbitrary<HeatMap> = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc
      .array(value, { minLength: width * height, maxLength: width * height })
      .map((values) => heatMap(width, height, Float32Array.from(values))),
  );

test('resizing agrees with a naive bilinear filter, enlarging and reducing', (t) => {
  fc.assert(
    fc.property(maps, side, side, (map, width, height) => {
      const actual = resizeMap(map, { width, height });
      return largestDifference(actual.data, naiveResize(map, width, height)) < 1e-5;
    }),
  );
  t.pass();
});

test('a worked example of align_corners=False: [0, 4] to four cells', (t) => {
  t.deepEqual(
    [...resizeMap(heatMap(2, 1, Float32Array.of(0, 4)), { width: 4, height: 1 }).data],
    [0, 1, 3, 4],
  );
  t.deepEqual(
    [...resizeMap(heatMap(4, 1, Float32Array.of(1, 3, 5, 7)), { width: 4, height: 1 }).data],
    [1, 3, 5, 7],
  );
});

test('a region of whole cells at its own size is a plain cut, and one beyond the edge repeats it', (t) => {
  const map = heatMap(4, 2, Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7));
  const cut = resampleMap(map, { x: 1, y: 0, width: 2, height: 2 }, { width: 2, height: 2 });
  t.deepEqual([...cut.data], [1, 2, 5, 6]);
  const beyond = resampleMap(map, { x: -3, y: 5, width: 3, height: 1 }, { width: 3, height: 1 });
  t.deepEqual([...beyond.data], [4, 4, 4]);
});

test('neighbouring regions make up the whole: no seam', (t) => {
  const map = heatMap(5, 1, Float32Array.of(0, 9, 2, 7, 1));
  const whole = resampleMap(map, { x: 0, y: 0, width: 5, height: 1 }, { width: 20, height: 1 });
  const left = resampleMap(map, { x: 0, y: 0, width: 2.5, height: 1 }, { width: 10, height: 1 });
  const right = resampleMap(map, { x: 2.5, y: 0, width: 2.5, height: 1 }, { width: 10, height: 1 });
  t.true(largestDifference(whole.data, [...left.data, ...right.data]) < 1e-6);
});

test('blurring agrees with a naive convolution in two dimensions, mirrored at the edges', (t) => {
  fc.assert(
    fc.property(maps, fc.double({ min: 0.3, max: 5, noNaN: true }), (map, sigma) => {
      return largestDifference(blurMap(map, sigma).data, naiveBlur(map, sigma)) < 1e-4;
    }),
    { numRuns: 50 },
  );
  t.pass();
});

test('blurring keeps the sum, and sigma 0 changes nothing', (t) => {
  fc.assert(
    fc.property(maps, fc.double({ min: 0, max: 8, noNaN: true }), (map, sigma) => {
      return Math.abs(sum(blurMap(map, sigma)) - sum(map)) < 1e-3;
    }),
  );
  const map = heatMap(3, 1, Float32Array.of(1, 5, 2));
  t.deepEqual(blurMap(map, 0), map);
  t.not(blurMap(map, 0).data, map.data);
});

test('normalising divides by the 99th percentile and clamps, so that one outlier does not darken the rest', (t) => {
  const data = Float32Array.from({ length: 1000 }, () => 2);
  data[17] = 1000;
  data[18] = -3;
  const normal = normalizeMap(heatMap(100, 10, data));
  t.is(normal.data[0], 1);
  t.is(normal.data[17], 1);
  t.is(normal.data[18], 0);
  t.is(normalizeMap(heatMap(100, 10, data), { signed: true }).data[18], -1);
  t.is(normalizeMap(heatMap(100, 10, data), { max: 4 }).data[0], 0.5);
});

test('maps that share a scale can be compared: the stronger one stays stronger', (t) => {
  const weak = heatMap(10, 10, new Float32Array(100).fill(1));
  const strong = heatMap(10, 10, new Float32Array(100).fill(4));
  const max = mapScale([weak, strong]);
  t.is(max, 4);
  t.is(normalizeMap(weak, { max }).data[0], 0.25);
  t.is(normalizeMap(strong, { max }).data[0], 1);
});

test('a map with fewer marks than the percentile is scaled by its maximum; zeros stay zeros', (t) => {
  const data = new Float32Array(1000);
  data[5] = 0.5;
  t.is(normalizeMap(heatMap(100, 10, data)).data[5], 1);
  t.true(normalizeMap(heatMap(2, 2)).data.every((v) => v === 0));
});

test('the peak is the first of the largest', (t) => {
  t.deepEqual(peak(heatMap(3, 2, Float32Array.of(1, 2, 0, 7, 7, 3))), { x: 0, y: 1, value: 7 });
  t.deepEqual(peak(heatMap(2, 1, Float32Array.of(-5, -2))), { x: 1, y: 0, value: -2 });
  t.throws(() => peak(heatMap(0, 0)), { instanceOf: RangeError });
});

test('maps are multiplied cell by cell, and only maps of one size', (t) => {
  const a = heatMap(2, 1, Float32Array.of(2, 3));
  t.deepEqual([...multiplyMaps(a, heatMap(2, 1, Float32Array.of(5, -1))).data], [10, -3]);
  t.throws(() => multiplyMaps(a, heatMap(1, 2)), { message: /2×1 and 1×2/ });
  t.throws(() => heatMap(2, 2, new Float32Array(3)), { message: /expected 4 values/ });
});

test('keepInside clears the bars around a picture', (t) => {
  const map = heatMap(4, 3, new Float32Array(12).fill(1));
  t.deepEqual(
    [...keepInside(map, { x: 1, y: 1, width: 2, height: 1 }).data],
    [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0],
  );
});

const sum = ({ data }: HeatMap): number => data.reduce((a, b) => a + b, 0);

/** Bilinear by its definition where it enlarges, a mean over a triangle where it reduces. */
function naiveResize(map: HeatMap, width: number, height: number): number[] {
  const weight = (i: number, position: number, inputs: number, outputs: number): number => {
    const step = inputs / outputs;
    const centre = (position + 0.5) * step - 0.5;
    const support = Math.max(1, step);
    return Math.max(0, 1 - Math.abs(i - centre) / support);
  };
  const out: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let [total, weights] = [0, 0];
      for (let j = 0; j < map.height; j++) {
        for (let i = 0; i < map.width; i++) {
          const w = weight(i, x, map.width, width) * weight(j, y, map.height, height);
          total += w * map.data[j * map.width + i]!;
          weights += w;
        }
      }
      out.push(total / weights);
    }
  }
  return out;
}

function naiveBlur(map: HeatMap, sigma: number): number[] {
  const radius = Math.ceil(3 * sigma);
  const mirror = (i: number, n: number): number => {
    let at = i;
    while (at < 0 || at >= n) at = at < 0 ? -1 - at : 2 * n - 1 - at;
    return at;
  };
  const out: number[] = [];
  for (let y = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++) {
      let [total, weights] = [0, 0];
      for (let dy = -radius; dy <= radius; dy++) {
        for (let dx = -radius; dx <= radius; dx++) {
          const w = Math.exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
          total += w * map.data[mirror(y + dy, map.height) * map.width + mirror(x + dx, map.width)]!;
          weights += w;
        }
      }
      out.push(total / weights);
    }
  }
  return out;
}
