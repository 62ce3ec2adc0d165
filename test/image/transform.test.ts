import test from 'ava';
import fc from 'fast-check';
import { seededRandom } from '../../src/core/random.ts';
import type { Pixels } from '../../src/image/pixels.ts';
import { swappedBackground } from '../../src/image/transform/background.ts';
import { framed, inPerspective, mirrored, rotated, zoomedIn } from '../../src/image/transform/geometry.ts';
import { transformations } from '../../src/image/transform/index.ts';
import { exposed, noisy, withContrast, withTemperature } from '../../src/image/transform/lighting.ts';
import { barred, boxed, handed, lettered } from '../../src/image/transform/occlusion.ts';
import { edgeColour, filled } from '../../src/image/transform/raster.ts';
import { pictureOf, pixelsOf } from '../../src/image/transform/render.ts';
import { middleGrade } from '../../src/image/transform/transformation.ts';

/** Smooth, so that resampling changes little, and without any symmetry. */
function drawn(width = 90, height = 60): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = [120 + x, 60 + y + x / 2, 200 - y - x / 3];
      data.set(colour, (y * width + x) * 3);
    }
  }
  return { width, height, channels: 3, data };
}

const at = ({ data, width }: Pixels, x: number, y: number) => [
  ...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3),
];
const difference = (a: Pixels, b: Pixels) =>
  a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length;

test('every transformation keeps the size, does the same twice, changes more at its hardest grade, and leaves its input alone', async (t) => {
  const pixels = drawn();
  const other = filled({ width: 40, height: 70 }, [10, 200, 30]);
  const mask = Float32Array.from({ length: 90 * 60 }, (_, i) => Number(i % 90 > 30));
  const before = pixels.data.slice();
  for (const { name, grades, apply } of transformations) {
    const run = (grade: number) => apply(pixels, grade, { random: seededRandom(3), other, mask });
    const [mild, again, hard] = [await run(grades[0]!), await run(grades[0]!), await run(grades.at(-1)!)];
    t.deepEqual([mild.width, mild.height, mild.channels, mild.data.length], [90, 60, 3, 90 * 60 * 3], name);
    t.is(difference(mild, again), 0, name);
    t.true(difference(mild, pixels) > 0, name);
    if (grades.length > 1) t.true(difference(hard, pixels) > difference(mild, pixels), name);
  }
  t.deepEqual(pixels.data, before);
});

test('names are unique and the middle grade is one of the grades', (t) => {
  t.is(new Set(transformations.map(({ name }) => name)).size, transformations.length);
  for (const transformation of transformations)
    t.true(transformation.grades.includes(middleGrade(transformation)));
});

test('nearer and back is the middle of the picture; a frame holds all of it', (t) => {
  const pixels = drawn();
  const near = zoomedIn(pixels, 2);
  for (const [x, y] of [
    [10, 10],
    [44, 30],
    [80, 50],
  ] as const) {
    const expected = at(pixels, 22 + Math.floor(x / 2), 15 + Math.floor(y / 2));
    for (const [c, value] of at(near, x, y).entries()) t.true(Math.abs(value - expected[c]!) <= 2);
  }
  const small = framed(pixels, 0.5, { x: 1, y: 0 }, [1, 2, 3]);
  t.deepEqual(at(small, 0, 59), [1, 2, 3]);
  t.deepEqual(at(small, 44, 10), [1, 2, 3]);
  for (const [c, value] of at(small, 67, 15).entries()) t.true(Math.abs(value - at(pixels, 44, 30)[c]!) <= 2);
});

test('a turn by 90 degrees is exact and clockwise; there and back is the picture; 0 changes nothing', (t) => {
  const square = drawn(60, 60);
  const turned = rotated(square, 90, [0, 0, 0]);
  t.deepEqual(at(turned, 59, 0), at(square, 0, 0));
  t.deepEqual(at(turned, 59 - 20, 10), at(square, 10, 20));
  t.is(difference(rotated(square, 0, [0, 0, 0]), square), 0);
  t.is(difference(mirrored(mirrored(square)), square), 0);
  t.deepEqual(at(mirrored(square), 0, 7), at(square, 59, 7));
  t.true(difference(inPerspective(square, 1e-9, 1, [0, 0, 0]), square) < 1e-6);
});

test('in perspective, the near edge is longer by what the strength says', (t) => {
  const white = filled({ width: 200, height: 200 }, [255, 255, 255]);
  const strength = 0.3;
  const tilted = inPerspective(white, strength, 0, [0, 0, 0]);
  const widthOf = (y: number) =>
    Array.from({ length: 200 }, (_, x) => at(tilted, x, y)[0]!).filter((value) => value > 127).length;
  const rows = Array.from({ length: 200 }, (_, y) => widthOf(y));
  const [first, last] = [rows.findIndex((n) => n > 0), rows.findLastIndex((n) => n > 0)];
  // The far edge is 1/(1 + s) of the width, made smaller by 1 + s once more.
  t.true(Math.abs(rows[first]! - 200 / (1 + strength) ** 2) < 4);
  t.true(rows[last]! > rows[first]!);
});

test('one stop doubles the light; contrast and warmth do what they say', (t) => {
  const grey = filled({ width: 4, height: 4 }, [100, 100, 100]);
  const light = (value: number) => ((value / 255 + 0.055) / 1.055) ** 2.4;
  t.true(Math.abs(light(at(exposed(grey, 1), 0, 0)[0]!) / light(100) - 2) < 0.03);
  t.is(difference(exposed(exposed(grey, -1), 1), grey) <= 1, true);
  t.deepEqual(at(withContrast(grey, 0.5), 0, 0), [114, 114, 114]);
  const [r, g, b] = at(withTemperature(grey, 0.3), 0, 0) as [number, number, number];
  t.true(r > 100 && g === 100 && b < 100);
  const noise = noisy(filled({ width: 100, height: 100 }, [128, 128, 128]), 20, seededRandom(1));
  const deviation = Math.sqrt(
    noise.data.reduce((sum, value) => sum + (value - 128) ** 2, 0) / noise.data.length,
  );
  t.true(Math.abs(deviation - 20) < 0.5);
});

test('what hides a picture hides as much of it as it says', (t) => {
  const white = filled({ width: 160, height: 120 }, [254, 253, 252]);
  fc.assert(
    fc.property(
      fc.constantFrom(boxed, barred, handed, lettered),
      fc.constantFrom(0.1, 0.3, 0.5),
      fc.nat(1000),
      (hide, share, seed) => {
        const result = hide(white, share, seededRandom(seed));
        let hidden = 0;
        for (let i = 0; i < white.data.length; i += 3) {
          if (white.data.subarray(i, i + 3).join() !== result.data.subarray(i, i + 3).join()) hidden++;
        }
        t.true(
          Math.abs(hidden / (160 * 120) - share) < 0.04,
          `${hide.name} ${share} ${seed} ${hidden / (160 * 120)}`,
        );
      },
    ),
    { numRuns: 60 },
  );
});

test('another background leaves the object as it is', (t) => {
  const pixels = drawn();
  const mask = Float32Array.from({ length: 90 * 60 }, (_, i) => Number(i % 90 < 45));
  const swapped = swappedBackground(pixels, 1, filled({ width: 9, height: 9 }, [1, 2, 3]), mask);
  t.deepEqual(at(swapped, 10, 10), at(pixels, 10, 10));
  t.deepEqual(at(swapped, 60, 10), [1, 2, 3]);
  t.deepEqual(edgeColour(filled({ width: 5, height: 4 }, [7, 8, 9])), [7, 8, 9]);
});

test('pixels become a picture and come back unchanged', async (t) => {
  const pixels = drawn();
  const back = await pixelsOf(await pictureOf(pixels), 640);
  t.is(difference(back, pixels), 0);
});
