import test from 'ava';
import { tensor } from '../../src/core/tensor.ts';
import { openPicture } from '../../src/image/open.ts';
import { prepare } from '../../src/image/prepare.ts';
import { renderSigned, renderTensor } from '../../src/image/tensor-picture.ts';
import { largestDifference, pixelAt, plainSpec, rawPixels, smooth } from './pictures.ts';

test('a signed picture is grey at 0, brighter above, darker below, channel by channel', async (t) => {
  // Three channels of four pixels in a row: 0, the largest, the smallest, half the largest (in green only).
  const gradient = tensor([3, 1, 4], Float32Array.of(0, 2, -2, 0, 0, 2, -2, 1, 0, 2, -2, 0));
  const pixels = await rawPixels(await renderSigned(gradient, { percentile: 100 }));
  t.deepEqual([pixels.width, pixels.height], [4, 1]);
  const expected = [
    [128, 128, 128],
    [255, 255, 255],
    [0, 0, 0],
    [128, 191, 128],
  ];
  for (const [x, color] of expected.entries())
    t.true(largestDifference(pixelAt(pixels, x, 0), color) <= 1, `${x}`);
});

test('the channel order of the model is undone, a shared scale and a region are kept to', async (t) => {
  const gradient = tensor([3, 1, 2], Float32Array.of(4, 0, 0, 0, 0, -4));
  const bgr = await rawPixels(await renderSigned(gradient, { channels: 'bgr', max: 8 }));
  t.true(largestDifference(pixelAt(bgr, 0, 0), [128, 128, 191]) <= 1);
  t.true(largestDifference(pixelAt(bgr, 1, 0), [64, 128, 128]) <= 1);
  const right = await rawPixels(
    await renderSigned(gradient, { max: 8, region: { x: 1, y: 0, width: 1, height: 1 } }),
  );
  t.is(right.width, 1);
  t.true(largestDifference(pixelAt(right, 0, 0), [128, 128, 64]) <= 1);
});

test('one outlier does not turn the rest grey, and zeros are grey', async (t) => {
  const data = new Float32Array(3 * 1000).fill(1);
  data[7] = 1e6;
  const pixels = await rawPixels(await renderSigned(tensor([3, 10, 100], data)));
  t.deepEqual(pixelAt(pixels, 0, 0), [255, 255, 255]);
  const zeros = await rawPixels(await renderSigned(tensor([3, 2, 2])));
  t.true(zeros.data.every((v) => v === 127 || v === 128));
});

test('renderTensor shows what the model saw, bars included', async (t) => {
  const picture = await openPicture(await smooth(64, 32).png().toBuffer());
  const { tensor: image } = await prepare(picture, plainSpec);
  const pixels = await rawPixels(await renderTensor(image, plainSpec));
  t.deepEqual(pixelAt(pixels, 5, 5), [128, 128, 128]);
  t.deepEqual(pixelAt(pixels, 5, 16), pixelAt(await rawPixels(picture.bytes), 5, 0));
});
