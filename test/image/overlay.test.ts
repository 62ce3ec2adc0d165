import test from 'ava';
import sharp from 'sharp';
import type { Point } from '../../src/core/geometry.ts';
import type { HeatMap } from '../../src/core/heat-map.ts';
import type { InputSpec } from '../../src/core/input-spec.ts';
import { heatMap } from '../../src/image/heat-map.ts';
import { openPicture, type Picture } from '../../src/image/open.ts';
import { fitWithin, renderMap, renderOverlay, renderPicture } from '../../src/image/overlay.ts';
import type { Pixels } from '../../src/image/pixels.ts';
import { place, toPicture } from '../../src/image/placement.ts';
import {
  failsWith,
  largestDifference,
  noisy,
  pixelAt,
  plainSpec,
  rawPixels,
  smooth,
  solid,
} from './pictures.ts';

const spec: InputSpec = { ...plainSpec, width: 96, height: 96 };
const plain = { dim: 0, saturation: 1 };

const smoothPicture = async (width: number, height: number): Promise<Picture> =>
  openPicture(await smooth(width, height).png().toBuffer());

/** A map of the tensor's size with one spot. */
function spot(at: Point, radius = 4): HeatMap {
  const data = Float32Array.from({ length: 96 * 96 }, (_, i) =>
    Math.max(0, 1 - Math.hypot((i % 96) + 0.5 - at.x, Math.floor(i / 96) + 0.5 - at.y) / radius),
  );
  return heatMap(96, 96, data);
}

test('an empty map leaves the picture as it is', async (t) => {
  const picture = await smoothPicture(120, 80);
  const overlay = await renderOverlay(picture, heatMap(96, 96), place(picture, spec), plain);
  t.deepEqual((await rawPixels(overlay)).data, (await rawPixels(picture.bytes)).data);
});

for (const fit of ['contain', 'cover', 'fill'] as const) {
  for (const crop of [undefined, { x: 40, y: 20, width: 120, height: 160 }]) {
    test(`a spot in the tensor is drawn on its own place of the picture (${fit}${crop ? ', cropped' : ''})`, async (t) => {
      const picture = await openPicture(await solid(320, 200, [120, 120, 120]).png().toBuffer());
      const placement = place(picture, { ...spec, fit }, crop);
      for (const at of [
        { x: 48, y: 48 },
        { x: 30, y: 62 },
      ]) {
        for (const maxSide of [320, 160]) {
          const layer = await rawPixels(await renderMap(spot(at), placement, { ...plain, maxSide }));
          const scale = maxSide / 320;
          const expected = toPicture(placement, at);
          // The frame around what the model saw is opaque: look at the inside only.
          const found = centreOfAlpha(
            layer,
            (x, y) => distance({ x, y }, scaled(expected, scale)) < 20 * scale,
          );
          t.true(distance(found, scaled(expected, scale)) < 1, JSON.stringify({ at, expected, found }));
        }
      }
    });
  }
}

test('a map of any resolution covers the whole tensor', async (t) => {
  const picture = await openPicture(await solid(200, 100, [120, 120, 120]).png().toBuffer());
  // 2×2 cells over a tensor with bars above and below: the left half is hot.
  const map = heatMap(2, 2, Float32Array.of(1, 0, 1, 0));
  const layer = await rawPixels(await renderMap(map, place(picture, spec), plain));
  t.deepEqual([layer.width, layer.height], [200, 100]);
  t.true(pixelAt(layer, 10, 50)[3]! > 150);
  t.is(pixelAt(layer, 190, 50)[3], 0);
});

test('outside a crop there is no heat, only a darker veil behind a frame', async (t) => {
  const picture = await openPicture(await solid(200, 200, [200, 200, 200]).png().toBuffer());
  const placement = place(picture, spec, { x: 50, y: 50, width: 100, height: 100 });
  const hot = heatMap(1, 1, Float32Array.of(1));
  const overlay = await rawPixels(await renderOverlay(picture, hot, placement));
  t.deepEqual(pixelAt(overlay, 100, 100), pixelAt(overlay, 140, 60), 'heat everywhere inside');
  t.deepEqual(pixelAt(overlay, 49, 100), [255, 255, 255], 'a frame');
  const [r, g, b] = pixelAt(overlay, 20, 100);
  t.true(r === g && g === b && r! > 40 && r! < 110, `a veil, received ${r},${g},${b}`);
});

test('without a crop there is no frame', async (t) => {
  const picture = await openPicture(await solid(97, 61, [200, 200, 200]).png().toBuffer());
  for (const maxSide of [97, 50, 33]) {
    const layer = await rawPixels(
      await renderMap(heatMap(96, 96), place(picture, spec), { maxSide, dim: 0.5 }),
    );
    t.true(layer.data.every((v, i) => v === (i % 4 === 3 ? 128 : 0)));
  }
});

test('unmarked places are darkened, weak ones are seen through, strong ones have the colour of the map', async (t) => {
  const picture = await openPicture(await solid(96, 96, [200, 200, 200]).png().toBuffer());
  const draw = async (value: number, opacity: number) =>
    pixelAt(
      await rawPixels(
        await renderOverlay(picture, heatMap(1, 1, Float32Array.of(value)), place(picture, spec), {
          opacity,
        }),
      ),
      48,
      48,
    );
  t.deepEqual(await draw(0, 1), [130, 130, 130]);
  t.true(largestDifference(await draw(1, 1), [252, 255, 164]) <= 1);
  const weak = await draw(0.2, 0.65);
  t.true(weak[0]! > weak[1]! + 5, 'a hint of colour');
  t.true(weak[1]! > 70, 'the picture shows');
});

test('a layer over the picture looks like the overlay', async (t) => {
  const picture = await smoothPicture(150, 100);
  const placement = place(picture, spec);
  const map = spot({ x: 50, y: 50 }, 30);
  const below = await renderPicture(picture, { encoding: 'png' });
  const stacked = await sharp(below)
    .composite([{ input: await renderMap(map, placement) }])
    .removeAlpha()
    .raw()
    .toBuffer();
  const overlay = await rawPixels(await renderOverlay(picture, map, placement, { saturation: 1 }));
  t.true(largestDifference(stacked, overlay.data) <= 2);
});

test('a signed map shows both signs, in different colours', async (t) => {
  const picture = await openPicture(await solid(96, 96, [128, 128, 128]).png().toBuffer());
  const map = heatMap(3, 1, Float32Array.of(-1, 0, 1));
  const options = { colormap: 'coolwarm', opacity: 1 } as const;
  const overlay = await rawPixels(await renderOverlay(picture, map, place(picture, spec), options));
  const [negative, neutral, positive] = [5, 48, 91].map((x) => pixelAt(overlay, x, 48));
  t.true(negative![2]! > negative![0]! + 80, 'blue');
  t.true(positive![0]! > positive![2]! + 80, 'red');
  t.is(neutral![0], neutral![2]);
});

test('the overlay is upright, whatever the EXIF orientation', async (t) => {
  const bytes = await solid(200, 100, [9, 9, 9]).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const picture = await openPicture(bytes);
  const { width, height } = await rawPixels(
    await renderOverlay(picture, heatMap(96, 96), place(picture, spec)),
  );
  t.deepEqual([width, height], [100, 200]);
});

test('maxSide bounds every output alike, and never enlarges', async (t) => {
  const picture = await smoothPicture(301, 199);
  const placement = place(picture, spec);
  for (const [maxSide, size] of [
    [100, [100, 66]],
    [5000, [301, 199]],
  ] as const) {
    const outputs = [
      await renderPicture(picture, { maxSide }),
      await renderMap(heatMap(6, 6), placement, { maxSide }),
      await renderOverlay(picture, heatMap(6, 6), placement, { maxSide }),
    ];
    for (const output of outputs) {
      const { width, height } = await rawPixels(output);
      t.deepEqual([width, height], [...size]);
    }
  }
  t.deepEqual(fitWithin({ width: 9000, height: 8 }), { width: 1024, height: 1 });
});

test('encodings are what was asked for; JPEG cannot hold a transparent layer', async (t) => {
  const picture = await smoothPicture(60, 40);
  const format = async (bytes: Buffer) => (await sharp(bytes).metadata()).format;
  t.is(await format(await renderPicture(picture)), 'jpeg');
  t.is(await format(await renderPicture(picture, { encoding: 'webp' })), 'webp');
  t.is(await format(await renderOverlay(picture, heatMap(6, 6), place(picture, spec))), 'png');
  await t.throwsAsync(renderMap(heatMap(6, 6), place(picture, spec), { encoding: 'jpeg' }), {
    instanceOf: RangeError,
  });
});

test('a picture whose pixel data is cut cannot be drawn: IMAGE_CORRUPT', async (t) => {
  const bytes = await noisy(200, 150).jpeg().toBuffer();
  const picture = await openPicture(bytes.subarray(0, bytes.length / 2));
  await failsWith(t, 'IMAGE_CORRUPT', renderPicture(picture));
  await failsWith(t, 'IMAGE_CORRUPT', renderOverlay(picture, heatMap(6, 6), place(picture, spec)));
});

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
const scaled = ({ x, y }: Point, factor: number): Point => ({ x: x * factor, y: y * factor });

function centreOfAlpha({ data, width }: Pixels, where: (x: number, y: number) => boolean): Point {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i * 4 < data.length; i++) {
    const [px, py] = [(i % width) + 0.5, Math.floor(i / width) + 0.5];
    const alpha = where(px, py) ? data[i * 4 + 3]! : 0;
    sum += alpha;
    x += alpha * px;
    y += alpha * py;
  }
  return { x: x / sum, y: y / sum };
}
