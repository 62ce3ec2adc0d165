import test from 'ava';
import fc from 'fast-check';
import { gaussian, seededRandom } from '../../src/core/random.ts';
import { insideFrame } from '../../src/image/frame.ts';
import type { Pixels, Rgb } from '../../src/image/pixels.ts';
import { filled, pasted, recoloured } from '../../src/image/transform/raster.ts';

/** Colours that are far from grey, in stripes. */
function photo(width: number, height: number): Pixels {
  return recoloured(
    filled({ width, height }, [0, 0, 0]),
    (_, channel, x, y) => 60 * ((x + 2 * y + channel) % 4),
  );
}

const grey: Rgb = [128, 128, 128];

test('what lies in a frame is found to the pixel, wherever it lies and on a noisy frame too', (t) => {
  const place = fc.record({
    width: fc.integer({ min: 30, max: 90 }),
    height: fc.integer({ min: 30, max: 70 }),
    x: fc.integer({ min: 1, max: 9 }),
    y: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(place, ({ width, height, x, y, seed }) => {
      const random = seededRandom(seed);
      const ground = recoloured(
        filled({ width: 100, height: 80 }, grey),
        (value) => value + Math.max(-4, Math.min(4, 2 * gaussian(random))),
      );
      t.deepEqual(insideFrame(pasted(ground, photo(width, height), { x, y })), { x, y, width, height });
    }),
    { numRuns: 60 },
  );
});

test('a letterbox has two sides', (t) => {
  const box = pasted(filled({ width: 100, height: 80 }, [0, 0, 0]), photo(100, 50), { x: 0, y: 15 });
  t.deepEqual(insideFrame(box), { x: 0, y: 15, width: 100, height: 50 });
});

test('a product on white, a photo without a frame, a hair of a border, and one colour alone have none', (t) => {
  t.is(insideFrame(photo(100, 80)), undefined);
  t.is(insideFrame(filled({ width: 100, height: 80 }, grey)), undefined);
  t.is(
    insideFrame(pasted(filled({ width: 100, height: 80 }, grey), photo(98, 78), { x: 1, y: 1 })),
    undefined,
  );
  const white = filled({ width: 100, height: 80 }, [255, 255, 255]);
  const disc = recoloured(white, (value, channel, x, y) =>
    (x - 50) ** 2 + (y - 40) ** 2 < 30 ** 2 ? 90 * channel : value,
  );
  t.is(insideFrame(disc), undefined);
});
