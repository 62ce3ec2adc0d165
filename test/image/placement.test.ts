import test from 'ava';
import fc from 'fast-check';
import { AppError } from '../../src/core/errors.ts';
import type { Rect, Size } from '../../src/core/geometry.ts';
import { layout, place, toPicture, toTensor } from '../../src/image/placement.ts';

const size = (min: number, max: number): fc.Arbitrary<Size> =>
  fc.record({ width: fc.integer({ min, max }), height: fc.integer({ min, max }) });
const fit = fc.constantFrom('contain', 'cover', 'fill');
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** A picture, sometimes with a crop of at least 8×8 whole pixels. */
const pictures = size(8, 4000).chain((picture) =>
  fc.record({
    picture: fc.constant(picture),
    crop: fc.option(
      fc
        .tuple(fc.integer({ min: 8, max: picture.width }), fc.integer({ min: 8, max: picture.height }))
        .chain(([width, height]) =>
          fc.record({
            x: fc.integer({ min: 0, max: picture.width - width }),
            y: fc.integer({ min: 0, max: picture.height - height }),
            width: fc.constant(width),
            height: fc.constant(height),
          }),
        ),
      { nil: undefined },
    ),
  }),
);

const cases = fc.record({ shown: pictures, tensor: size(16, 300), fit });

test('a point of the tensor goes to the picture and back, and corners go to corners', (t) => {
  fc.assert(
    fc.property(cases, share, share, ({ shown, tensor, fit }, u, v) => {
      const placement = place(shown.picture, { ...tensor, fit }, shown.crop);
      const { source, target } = placement;
      const point = { x: u * tensor.width, y: v * tensor.height };
      const back = toTensor(placement, toPicture(placement, point));
      const corner = toPicture(placement, { x: target.x + target.width, y: target.y + target.height });
      return (
        near(back.x, point.x) &&
        near(back.y, point.y) &&
        near(corner.x, source.x + source.width) &&
        near(corner.y, source.y + source.height)
      );
    }),
  );
  t.pass();
});

test('source lies in the crop, target in the tensor, both with an area', (t) => {
  fc.assert(
    fc.property(cases, ({ shown, tensor, fit }) => {
      const { source, target } = place(shown.picture, { ...tensor, fit }, shown.crop);
      const region = shown.crop ?? { x: 0, y: 0, ...shown.picture };
      return contains(region, source) && contains({ x: 0, y: 0, ...tensor }, target);
    }),
  );
  t.pass();
});

test('contain shows all of the crop and touches two sides; cover fills the tensor; fill does both', (t) => {
  fc.assert(
    fc.property(cases, ({ shown, tensor, fit }) => {
      const { source, target } = place(shown.picture, { ...tensor, fit }, shown.crop);
      const region = shown.crop ?? { x: 0, y: 0, ...shown.picture };
      const all = near(source.width, region.width) && near(source.height, region.height);
      const touches = [target.width === tensor.width, target.height === tensor.height];
      if (fit === 'contain') return all && touches.some(Boolean);
      return touches.every(Boolean) && (fit === 'cover' || all);
    }),
  );
  t.pass();
});

test('contain and cover keep proportions to the pixel and stay in the middle', (t) => {
  fc.assert(
    fc.property(
      pictures,
      size(16, 300),
      fc.constantFrom('contain', 'cover'),
      ({ picture, crop }, tensor, fit) => {
        const { region, resized, offset } = layout(picture, { ...tensor, fit }, crop);
        const choose = fit === 'contain' ? Math.min : Math.max;
        const ratio = choose(tensor.width / region.width, tensor.height / region.height);
        // At least one pixel is kept of a side that would vanish.
        const exact = (length: number) => Math.max(1, length * ratio);
        return (
          Math.abs(resized.width - exact(region.width)) <= 0.5 + 1e-9 &&
          Math.abs(resized.height - exact(region.height)) <= 0.5 + 1e-9 &&
          Math.abs(offset.x + resized.width / 2 - tensor.width / 2) <= 0.5 &&
          Math.abs(offset.y + resized.height / 2 - tensor.height / 2) <= 0.5
        );
      },
    ),
  );
  t.pass();
});

test('a worked example: 400×200 in 192×192', (t) => {
  const picture = { width: 400, height: 200 };
  const tensor = { width: 192, height: 192 };
  t.deepEqual(place(picture, { ...tensor, fit: 'contain' }), {
    picture,
    tensor,
    source: { x: 0, y: 0, width: 400, height: 200 },
    target: { x: 0, y: 48, width: 192, height: 96 },
  });
  t.deepEqual(place(picture, { ...tensor, fit: 'cover' }), {
    picture,
    tensor,
    source: { x: 100, y: 0, width: 200, height: 200 },
    target: { x: 0, y: 0, width: 192, height: 192 },
  });
});

test('crop edges are rounded to whole pixels', (t) => {
  const { source } = place(
    { width: 100, height: 100 },
    { width: 50, height: 50, fit: 'fill' },
    {
      x: 9.6,
      y: 20.4,
      width: 50.1,
      height: 30,
    },
  );
  t.deepEqual(source, { x: 10, y: 20, width: 50, height: 30 });
});

const picture = { width: 100, height: 80 };
const outside: readonly (readonly [string, Rect])[] = [
  ['reaches over the right edge', { x: 60, y: 0, width: 41, height: 20 }],
  ['reaches over the bottom', { x: 0, y: 70, width: 20, height: 20 }],
  ['starts left of the picture', { x: -1, y: 0, width: 20, height: 20 }],
  ['lies beside the picture', { x: 200, y: 200, width: 20, height: 20 }],
  ['has no width', { x: 10, y: 10, width: 0, height: 20 }],
  ['has a negative height', { x: 10, y: 40, width: 20, height: -20 }],
  ['is not a number', { x: Number.NaN, y: 0, width: 20, height: 20 }],
  ['is infinite', { x: 0, y: 0, width: Infinity, height: 20 }],
];
for (const [what, crop] of outside) {
  test(`a crop that ${what} is CROP_OUTSIDE, and the message names the picture's size`, (t) => {
    const error = t.throws(() => place(picture, { width: 64, height: 64, fit: 'contain' }, crop), {
      instanceOf: AppError,
    });
    t.is(error?.code, 'CROP_OUTSIDE');
    t.regex(error?.message ?? '', /100×80/);
  });
}

test('a crop below 8 pixels is IMAGE_TOO_SMALL', (t) => {
  const error = t.throws(
    () => place(picture, { width: 64, height: 64, fit: 'contain' }, { x: 0, y: 0, width: 7, height: 40 }),
    { instanceOf: AppError },
  );
  t.is(error?.code, 'IMAGE_TOO_SMALL');
});

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(b));

function contains(outer: Rect, inner: Rect): boolean {
  const slack = 1e-6 * (outer.width + outer.height);
  return (
    inner.width > 0 &&
    inner.height > 0 &&
    inner.x >= outer.x - slack &&
    inner.y >= outer.y - slack &&
    inner.x + inner.width <= outer.x + outer.width + slack &&
    inner.y + inner.height <= outer.y + outer.height + slack
  );
}
