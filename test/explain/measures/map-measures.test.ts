import test from 'ava';
import fc from 'fast-check';
import type { HeatMap } from '../../../src/core/heat-map.ts';
import { gaussian, seededRandom } from '../../../src/core/random.ts';
import { baselineMaps } from '../../../src/explain/measures/baseline-maps.ts';
import { cutOut } from '../../../src/explain/content.ts';
import { meanCorrelation, pearson, ranks, spearman } from '../../../src/explain/measures/correlation.ts';
import { energyInside, pointsAt } from '../../../src/explain/measures/localisation.ts';
import { highFrequencyShare, totalVariation } from '../../../src/explain/measures/noise.ts';
import type { Subject } from '../../../src/explain/subject.ts';
import { heatMap } from '../../../src/image/heat-map.ts';
import { randomTensor } from '../../support/tensors.ts';

const [width, height] = [24, 18];
const content = { x: 2, y: 0, width: 20, height: 17 };
const mapOf = (value: (x: number, y: number) => number): HeatMap =>
  heatMap(
    width,
    height,
    Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
  );
const disc = mapOf((x, y) => (Math.hypot(x - 10, y - 8) < 5 ? 1 : 0));
const near = (a: number, b: number, tolerance = 1e-6) => Math.abs(a - b) <= tolerance;

test('the mask itself as a map has all its energy inside and points at it', (t) => {
  t.is(energyInside(disc, disc, content), 1);
  t.true(pointsAt(disc, disc, content));
});

test('a flat map has the share of the area, an inverted one nothing', (t) => {
  const area = cutOut(disc, content).data.reduce((a, b) => a + b, 0) / (20 * 17);
  t.true(
    near(
      energyInside(
        mapOf(() => 4),
        disc,
        content,
      ),
      area,
    ),
  );
  t.is(
    energyInside(
      mapOf((x, y) => 1 - disc.data[y * width + x]!),
      disc,
      content,
    ),
    0,
  );
  t.is(
    energyInside(
      mapOf(() => 0),
      disc,
      content,
    ),
    0,
  );
  t.is(
    energyInside(
      mapOf((x, y) => (disc.data[y * width + x] ? -5 : 0)),
      disc,
      content,
    ),
    0,
  );
});

test('a single bright pixel points where it stands; the bars do not count', (t) => {
  const delta = (px: number, py: number) => mapOf((x, y) => (x === px && y === py ? 3 : x < 2 ? 9 : 0));
  t.true(pointsAt(delta(10, 8), disc, content));
  t.false(pointsAt(delta(10, 14), disc, content));
  t.is(energyInside(delta(12, 9), disc, content), 1);
});

test('Pearson and Spearman are what their definitions say', (t) => {
  const numbers = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 30 });
  fc.assert(
    fc.property(numbers, fc.integer(), (a, seed) => {
      const random = seededRandom(seed);
      const b = a.map((value) => Math.round(value * random() + 5 * random()));
      const mean = (v: readonly number[]) => v.reduce((x, y) => x + y, 0) / v.length;
      const cov = (v: readonly number[], w: readonly number[]) =>
        mean(v.map((x, i) => (x - mean(v)) * (w[i]! - mean(w))));
      const expected = (v: readonly number[], w: readonly number[]) => {
        const spread = Math.sqrt(cov(v, v) * cov(w, w));
        return spread > 1e-9 ? cov(v, w) / spread : 0;
      };
      // A rank by counting: how many are smaller, and half of the others that are equal.
      const rank = (v: readonly number[]) =>
        v.map((x) => v.filter((y) => y < x).length + (v.filter((y) => y === x).length - 1) / 2);
      t.deepEqual([...ranks(a)], rank(a));
      return near(pearson(a, b), expected(a, b)) && near(spearman(a, b), expected(rank(a), rank(b)));
    }),
  );
  t.true(near(spearman([1, 2, 3, 4], [1, 10, 100, 1000]), 1));
  t.true(near(pearson([1, 2, 3], [-2, -4, -6]), -1));
  t.is(pearson(new Float32Array(9).fill(0.1), [1, 2, 3, 4, 5, 6, 7, 8, 9]), 0);
  t.throws(() => pearson([1], [1, 2]), { instanceOf: RangeError });
});

test('maps that are the same correlate with 1, unrelated ones hardly', (t) => {
  const noise = (seed: number) => randomTensor([5000], seed).data;
  t.true(near(meanCorrelation([noise(1), noise(1), noise(1)]), 1));
  t.true(Math.abs(meanCorrelation([noise(1), noise(2), noise(3)])) < 0.05);
  t.true(near(meanCorrelation([noise(1), noise(1).map((v) => -v)]), -1));
  t.throws(() => meanCorrelation([noise(1)]), { instanceOf: RangeError });
});

/** The share above half the Nyquist frequency, from the discrete Fourier transform of the map mirrored to twice its size. */
function naiveShare({ width, height, data }: HeatMap): number {
  const mean = data.reduce((a, b) => a + b, 0) / data.length;
  const [w, h] = [2 * width, 2 * height];
  const fold = (i: number, n: number) => (i < n ? i : 2 * n - 1 - i);
  let [high, all] = [0, 0];
  for (let v = 0; v < h; v++) {
    for (let u = 0; u < w; u++) {
      let [re, im] = [0, 0];
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          const value = data[fold(y, height) * width + fold(x, width)]! - mean;
          const phase = 2 * Math.PI * ((u * x) / w + (v * y) / h);
          re += value * Math.cos(phase);
          im += value * Math.sin(phase);
        }
      }
      // Cycles per pixel; beyond 1/2 are the negative frequencies.
      const frequency = Math.hypot(Math.min(u, w - u) / w, Math.min(v, h - v) / h);
      all += re * re + im * im;
      if (frequency > 0.25 + 1e-12) high += re * re + im * im;
    }
  }
  return all > 1e-9 ? high / all : 0;
}

test('the noise share is that of the mirrored map’s Fourier spectrum', (t) => {
  for (let seed = 1; seed < 5; seed++) {
    const small = heatMap(
      7,
      5,
      randomTensor([35], seed).data.map((v, i) => v + Math.sin(i)),
    );
    const share = highFrequencyShare(small, { x: 0, y: 0, width: 7, height: 5 });
    t.true(near(share, naiveShare(small)), `${share} ${naiveShare(small)}`);
  }
});

test('a chessboard is all noise, a ramp is none, white noise has 1 - π/16, a constant nothing', (t) => {
  const whole = { x: 0, y: 0, width: 64, height: 48 };
  const map = (value: (x: number, y: number) => number) =>
    heatMap(
      64,
      48,
      Float32Array.from({ length: 64 * 48 }, (_, i) => value(i % 64, Math.floor(i / 64))),
    );
  const random = seededRandom(5);
  t.true(
    highFrequencyShare(
      map((x, y) => (x + y) % 2),
      whole,
    ) > 0.95,
  );
  t.true(
    highFrequencyShare(
      map((x, y) => x + y),
      whole,
    ) < 0.001,
  );
  t.true(
    near(
      highFrequencyShare(
        map(() => gaussian(random)),
        whole,
      ),
      1 - Math.PI / 16,
      0.02,
    ),
  );
  t.is(
    highFrequencyShare(
      map(() => 0.1),
      whole,
    ),
    0,
  );
  t.is(
    highFrequencyShare(
      map(() => 0),
      whole,
    ),
    0,
  );
});

test('noise and variation do not depend on the map’s scale', (t) => {
  const map = mapOf((x, y) => Math.abs(Math.sin(x * y)));
  const louder = { ...map, data: map.data.map((v) => v * 1000) };
  t.true(near(highFrequencyShare(map, content), highFrequencyShare(louder, content), 1e-5));
  t.true(near(totalVariation(map, content), totalVariation(louder, content), 1e-5));
});

test('total variation by hand', (t) => {
  // 0 1 0 -> two steps of 1 in each of three rows, none between rows; the sum is 3.
  const map = heatMap(3, 3, Float32Array.of(0, 1, 0, 0, 1, 0, 0, 1, 0));
  t.is(totalVariation(map, { x: 0, y: 0, width: 3, height: 3 }), 2);
  t.is(
    totalVariation(
      mapOf(() => 7),
      content,
    ),
    0,
  );
  t.is(
    totalVariation(
      mapOf(() => 0),
      content,
    ),
    0,
  );
});

const subject = {
  image: {
    dims: [3, height, width],
    data: new Float32Array(3 * width * height).map((_, i) => (i % width < 2 ? 50 : i % width < 12 ? 0 : 1)),
  },
  content,
} as unknown as Subject;
const baseline = (name: string, seed = 1) =>
  baselineMaps.find((known) => known.name === name)!.map(subject, seed);

test('baselines know the picture’s place, and nothing of the bars', (t) => {
  for (const { name } of baselineMaps) {
    const { data } = baseline(name);
    t.is(data.length, width * height);
    t.true(
      data.every(
        (value, i) => value >= 0 && (value === 0 || (i % width >= 2 && i % width < 22 && i < 17 * width)),
      ),
      name,
    );
  }
});

test('the centre map peaks in the picture’s middle and is symmetrical about it', (t) => {
  const centre = cutOut(baseline('centre'), content);
  t.deepEqual(centre.data, centre.data.toReversed());
  t.is(centre.data.indexOf(Math.max(...centre.data)), 8 * 20 + 9);
});

test('the edge map marks the step in the picture, and not the step to the bars', (t) => {
  const edges = cutOut(baseline('edges'), content);
  t.deepEqual(
    Array.from(edges.data.subarray(0, 20)),
    Array.from({ length: 20 }, (_, x) => (x === 9 || x === 10 ? 4 : 0)),
  );
});

test('the random map is another for another seed', (t) => {
  t.deepEqual(baseline('random'), baseline('random'));
  t.notDeepEqual(baseline('random'), baseline('random', 2));
});
