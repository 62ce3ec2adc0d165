import test from 'ava';
import fc from 'fast-check';
import type { InputSpec } from '../../src/core/input-spec.ts';
import { openPicture } from '../../src/image/open.ts';
import type { Pixels, Rgb } from '../../src/image/pixels.ts';
import { layout, toTensor } from '../../src/image/placement.ts';
import { denormalize, prepare } from '../../src/image/prepare.ts';
import {
  drawn,
  failsWith,
  largestDifference,
  pixelAt,
  plainSpec,
  rawPixels,
  smooth,
  solid,
} from './pictures.ts';

const imagenet: InputSpec = {
  width: 48,
  height: 40,
  channels: 'rgb',
  fit: 'contain',
  background: [128, 128, 128],
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

test('values are (value · scale - mean) / std in the channel order of the model', async (t) => {
  const color: Rgb = [200, 100, 50];
  const picture = await openPicture(await solid(30, 30, color).png().toBuffer());
  const rgb = await prepare(picture, { ...imagenet, fit: 'fill' });
  t.deepEqual(rgb.tensor.dims, [3, 40, 48]);
  for (const c of [0, 1, 2]) {
    const expected = (color[c]! / 255 - imagenet.mean[c]!) / imagenet.std[c]!;
    t.true(rgb.tensor.data.subarray(c * 1920, (c + 1) * 1920).every((v) => Math.abs(v - expected) < 1e-6));
  }
  const caffe: InputSpec = { ...plainSpec, channels: 'bgr', mean: [104, 117, 123] };
  const bgr = await prepare(picture, caffe);
  t.deepEqual(
    [bgr.tensor.data[0], bgr.tensor.data[4096], bgr.tensor.data[8192]],
    [50 - 104, 100 - 117, 200 - 123],
  );
});

test('bars have the background’s colour, in the channel order of the model', async (t) => {
  const picture = await openPicture(await solid(100, 50, [255, 255, 255]).png().toBuffer());
  const { tensor, placement } = await prepare(picture, {
    ...plainSpec,
    channels: 'bgr',
    background: [10, 20, 30],
  });
  t.deepEqual(placement.target, { x: 0, y: 16, width: 64, height: 32 });
  const rowOf = (channel: number, y: number) =>
    tensor.data.subarray((channel * 64 + y) * 64, (channel * 64 + y + 1) * 64);
  for (const y of [0, 15, 48, 63]) {
    for (const [channel, value] of [30, 20, 10].entries())
      t.true(rowOf(channel, y).every((v) => v === value));
  }
  for (const y of [16, 47]) t.true(rowOf(0, y).every((v) => v === 255));
});

test('fitting, cropping and resizing agree with a naive antialiased bilinear filter', async (t) => {
  const cases = fc.record({
    // Smaller than the tensor and larger.
    width: fc.integer({ min: 8, max: 150 }),
    height: fc.integer({ min: 8, max: 150 }),
    phase: fc.double({ min: 0, max: 6, noNaN: true }),
    fit: fc.constantFrom('contain', 'cover', 'fill'),
    channels: fc.constantFrom('rgb', 'bgr'),
    tensor: fc.record({ width: fc.integer({ min: 16, max: 60 }), height: fc.integer({ min: 16, max: 60 }) }),
    cropped: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ width, height, phase, fit, channels, tensor, cropped }) => {
      const bytes = await smooth(width, height, phase).png().toBuffer();
      const spec: InputSpec = { ...plainSpec, ...tensor, fit, channels, background: [9, 99, 199] };
      const crop = {
        x: width >> 3,
        y: height >> 2,
        width: Math.max(8, width >> 1),
        height: Math.max(8, height >> 1),
      };
      const fits = cropped && crop.x + crop.width <= width && crop.y + crop.height <= height;
      const options = fits ? { crop } : {};
      const plan = layout({ width, height }, spec, options.crop);
      const actual = await prepare(await openPicture(bytes), spec, options);
      const expected = naive(await rawPixels(bytes), spec, plan);
      // libvips works on bytes and shrinks by whole factors first: a few levels at most, hardly any on average.
      const difference = actual.tensor.data.map((v, i) => Math.abs(v - expected[i]!));
      const average = difference.reduce((a, b) => a + b, 0) / difference.length;
      return largestDifference(difference, new Float32Array(difference.length)) <= 12 && average <= 1.2;
    }),
    { numRuns: 60 },
  );
  t.pass();
});

for (const scaled of [false, true]) {
  for (const orientation of [1, 2, 3, 4, 5, 6, 7, 8]) {
    test(`EXIF orientation ${orientation} is undone, ${scaled ? 'scaled while decoding' : 'at full size'}`, async (t) => {
      const [width, height] = scaled ? [800, 480] : [80, 48];
      const stored = drawn(width, height, (x, y) => quadrant(x < width / 2, y < height / 2));
      const bytes = await stored.withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();
      const picture = await openPicture(bytes);
      const turned = orientation >= 5;
      t.deepEqual([picture.width, picture.height], turned ? [height, width] : [width, height]);

      const { tensor } = await prepare(picture, { ...plainSpec, fit: 'fill' });
      for (const [u, v] of corners) {
        const [su, sv] = storedPlace(orientation, u, v);
        const expected = quadrant(su < 0.5, sv < 0.5);
        t.true(largestDifference(colorAt(tensor.data, u * 64, v * 64), expected) < 6, `at ${u},${v}`);
      }
    });

    if (scaled) continue;
    test(`a crop under EXIF orientation ${orientation} is in pixels of the upright picture`, async (t) => {
      const stored = drawn(80, 48, (x, y) => quadrant(x < 40, y < 24));
      const picture = await openPicture(
        await stored.withMetadata({ orientation }).tiff({ compression: 'none' }).toBuffer(),
      );
      const { width, height } = picture;
      for (const [u, v] of corners) {
        const crop = {
          x: u < 0.5 ? 0 : width / 2,
          y: v < 0.5 ? 0 : height / 2,
          width: width / 2,
          height: height / 2,
        };
        const { tensor } = await prepare(picture, { ...plainSpec, fit: 'fill' }, { crop });
        const [su, sv] = storedPlace(orientation, u, v);
        const expected = quadrant(su < 0.5, sv < 0.5);
        for (const [x, y] of [
          [0, 0],
          [63, 63],
          [30, 20],
        ] as const) {
          t.deepEqual(colorAt(tensor.data, x, y), [...expected]);
        }
      }
    });
  }
}

test('a mark in the picture is found in the tensor where the placement says', async (t) => {
  const cases = fc.record({
    width: fc.integer({ min: 100, max: 900 }),
    height: fc.integer({ min: 100, max: 900 }),
    fit: fc.constantFrom('contain', 'cover', 'fill'),
    u: fc.double({ min: 0.35, max: 0.65, noNaN: true }),
    v: fc.double({ min: 0.35, max: 0.65, noNaN: true }),
    cropped: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ width, height, fit, u, v, cropped }) => {
      const at = { x: u * width, y: v * height };
      const reach = Math.min(width, height) / 12;
      const bytes = await drawn(width, height, (x, y) => {
        const inside = Math.hypot(x + 0.5 - at.x, y + 0.5 - at.y) < reach;
        return inside ? [255, 255, 255] : [0, 0, 0];
      })
        .jpeg({ quality: 95 })
        .toBuffer();
      const crop = {
        x: width >> 3,
        y: height >> 3,
        width: width - (width >> 2),
        height: height - (height >> 2),
      };
      const spec: InputSpec = { ...plainSpec, width: 96, height: 80, fit, background: [0, 0, 0] };
      const { tensor, placement } = await prepare(await openPicture(bytes), spec, cropped ? { crop } : {});
      const expected = toTensor(placement, at);
      // `cover` may cut the mark off.
      if (Math.abs(expected.x - 48) > 30 || Math.abs(expected.y - 40) > 25) return true;
      const found = centreOfMass(tensor.data.subarray(0, 96 * 80), 96);
      return Math.hypot(found.x - expected.x, found.y - expected.y) < 0.75;
    }),
    { numRuns: 40 },
  );
  t.pass();
});

test('errors of the crop reach the caller', async (t) => {
  const picture = await openPicture(await solid(30, 20, [200, 100, 50]).png().toBuffer());
  await failsWith(
    t,
    'CROP_OUTSIDE',
    prepare(picture, plainSpec, { crop: { x: 25, y: 0, width: 10, height: 10 } }),
  );
  await failsWith(
    t,
    'IMAGE_TOO_SMALL',
    prepare(picture, plainSpec, { crop: { x: 0, y: 0, width: 4, height: 10 } }),
  );
});

test('a picture of extreme proportions still leaves one row of pixels', async (t) => {
  const picture = await openPicture(await solid(3000, 8, [255, 255, 255]).png().toBuffer());
  const { tensor, placement } = await prepare(picture, { ...plainSpec, background: [0, 0, 0] });
  t.is(placement.target.height, 1);
  t.is(
    tensor.data.reduce((a, b) => a + b, 0),
    3 * 64 * 255,
  );
  await t.notThrowsAsync(prepare(picture, { ...plainSpec, fit: 'cover' }));
});

test('denormalize gives back the bytes that the model saw', async (t) => {
  const bytes = await smooth(48, 40).png().toBuffer();
  const picture = await openPicture(bytes);
  for (const channels of ['rgb', 'bgr'] as const) {
    const spec: InputSpec = { ...imagenet, channels };
    const seen = denormalize((await prepare(picture, spec)).tensor, spec);
    t.deepEqual([seen.width, seen.height], [48, 40]);
    t.deepEqual([...seen.data], [...(await rawPixels(bytes)).data]);
  }
  t.throws(() => denormalize({ dims: [1, 2, 2], data: new Float32Array(4) }, imagenet), {
    message: /\(3,H,W\)/,
  });
});

test('bytes beyond 0 to 255 are clamped by denormalize', (t) => {
  const { data } = denormalize({ dims: [3, 1, 1], data: Float32Array.of(-5, 300, 12.4) }, plainSpec);
  t.deepEqual([...data], [0, 255, 12]);
});

const corners = [
  [0.2, 0.2],
  [0.8, 0.2],
  [0.2, 0.8],
  [0.8, 0.8],
] as const;

function quadrant(left: boolean, top: boolean): Rgb {
  if (top) return left ? [220, 30, 30] : [30, 200, 30];
  return left ? [30, 30, 220] : [220, 220, 220];
}

/** Where the point (u, v) of the upright picture, in shares of its sides, lies in the stored one: the table of the EXIF standard. */
function storedPlace(orientation: number, u: number, v: number): readonly [number, number] {
  const places: Record<number, readonly [number, number]> = {
    1: [u, v],
    2: [1 - u, v],
    3: [1 - u, 1 - v],
    4: [u, 1 - v],
    5: [v, u],
    6: [v, 1 - u],
    7: [1 - v, 1 - u],
    8: [1 - v, u],
  };
  return places[orientation]!;
}

/** The colour at a pixel of a tensor (3,64,64). */
function colorAt(data: Float32Array, x: number, y: number): number[] {
  const at = Math.floor(y) * 64 + Math.floor(x);
  return [0, 1, 2].map((c) => data[c * 4096 + at]!);
}

function centreOfMass(values: Float32Array, width: number): { x: number; y: number } {
  let [sum, x, y] = [0, 0, 0];
  for (const [i, value] of values.entries()) {
    if (value < 40) continue;
    sum += value;
    x += value * ((i % width) + 0.5);
    y += value * (Math.floor(i / width) + 0.5);
  }
  return { x: x / sum, y: y / sum };
}

/** The tensor by definition: every value is a weighted mean over a triangle in the region, found by walking over all of it. */
function naive(
  pixels: Pixels,
  spec: InputSpec,
  { region, resized, offset }: ReturnType<typeof layout>,
): Float32Array {
  const out = new Float32Array(3 * spec.width * spec.height);
  const weightsFor = (position: number, length: number, outputs: number): number[] => {
    const step = length / outputs;
    const support = Math.max(1, step);
    const centre = (position + 0.5) * step - 0.5;
    const raw = Array.from({ length }, (_, i) => Math.max(0, 1 - Math.abs(i - centre) / support));
    const sum = raw.reduce((a, b) => a + b, 0);
    return raw.map((w) => w / sum);
  };
  for (let y = 0; y < spec.height; y++) {
    const rowWeights = weightsFor(y - offset.y, region.height, resized.height);
    for (let x = 0; x < spec.width; x++) {
      const inside =
        x >= offset.x && x < offset.x + resized.width && y >= offset.y && y < offset.y + resized.height;
      const columnWeights = weightsFor(x - offset.x, region.width, resized.width);
      const color = [0, 0, 0];
      for (const [j, wy] of rowWeights.entries()) {
        if (wy === 0 || !inside) continue;
        for (const [i, wx] of columnWeights.entries()) {
          if (wx === 0) continue;
          const pixel = pixelAt(pixels, region.x + i, region.y + j);
          for (const c of [0, 1, 2]) color[c]! += wx * wy * pixel[c]!;
        }
      }
      for (const c of [0, 1, 2]) {
        const from = spec.channels === 'rgb' ? c : 2 - c;
        out[(c * spec.height + y) * spec.width + x] = inside ? color[from]! : spec.background[from]!;
      }
    }
  }
  return out;
}
