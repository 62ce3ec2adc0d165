import test from 'ava';
import fc from 'fast-check';
import { dot, normalize } from '../../src/core/vector.ts';
import { unframed, withoutFrame } from '../../src/app/query.ts';
import { fused, mirroredTensor } from '../../src/app/query-views.ts';
import { pictureOf } from '../../src/image/transform/render.ts';
import { filled, pasted, recoloured } from '../../src/image/transform/raster.ts';

test('a large screenshot is searched by the picture in it; a chosen part is left alone', async (t) => {
  const photo = recoloured(
    filled({ width: 500, height: 300 }, [0, 0, 0]),
    (_, channel, x, y) => (x + 3 * y + 80 * channel) % 256,
  );
  const screen = await pictureOf(
    pasted(filled({ width: 900, height: 700 }, [30, 30, 30]), photo, { x: 200, y: 150 }),
  );
  const found = (await unframed(screen))!;
  for (const [value, expected] of [
    [found.x, 200],
    [found.y, 150],
    [found.width, 500],
    [found.height, 300],
  ] as const) {
    t.true(Math.abs(value - expected) <= 8, `${value} ${expected}`);
  }
  const crop = { x: 0, y: 0, width: 100, height: 100 };
  t.deepEqual((await withoutFrame({ source: screen, crop })).crop, crop);
  t.is((await withoutFrame({ source: await pictureOf(photo) })).crop, undefined);
});

test('fused directions rank as the mean of the scores does', (t) => {
  const vector = fc
    .array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
    .map((v) => normalize(Float32Array.from(v)));
  fc.assert(
    fc.property(fc.array(vector, { minLength: 1, maxLength: 4 }), vector, vector, (units, a, b) => {
      const meanScore = (item: Float32Array) =>
        units.reduce((sum, unit) => sum + dot(unit, item), 0) / units.length;
      const difference = meanScore(a) - meanScore(b);
      if (Math.abs(difference) > 1e-4) t.is(dot(fused(units), a) > dot(fused(units), b), difference > 0);
    }),
  );
});

test('a mirrored tensor has its columns in the other order, and mirrored twice is itself', (t) => {
  const image = { dims: [3, 2, 3], data: Float32Array.from({ length: 18 }, (_, i) => i) };
  t.deepEqual([...mirroredTensor(image).data.subarray(0, 6)], [2, 1, 0, 5, 4, 3]);
  t.deepEqual(mirroredTensor(mirroredTensor(image)).data, image.data);
});
