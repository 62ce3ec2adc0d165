import test from 'ava';
import type { Sharp } from 'sharp';
import { openPicture } from '../../src/image/open.ts';
import type { Rgb } from '../../src/image/pixels.ts';
import { prepare } from '../../src/image/prepare.ts';
import { largestDifference, plainSpec, solid } from './pictures.ts';

const orange: Rgb = [200, 100, 50];
/** Every way of storing one orange, how far from it the decoded colour may be, and another expectation where there is one. */
const colours: readonly (readonly [string, () => Sharp, number, Rgb?])[] = [
  ['JPEG', () => solid(32, 32, orange).jpeg({ quality: 100 }), 3],
  ['16-bit PNG', () => solid(32, 32, orange).toColourspace('rgb16').png(), 1],
  ['palette PNG', () => solid(32, 32, orange).png({ palette: true }), 1],
  ['CMYK JPEG', () => solid(32, 32, orange).toColourspace('cmyk').jpeg({ quality: 100 }), 32],
  ['CMYK TIFF', () => solid(32, 32, orange).toColourspace('cmyk').tiff(), 32],
  [
    'CMYK TIFF with a profile',
    () => solid(32, 32, orange).withIccProfile('cmyk').toColourspace('cmyk').tiff(),
    32,
  ],
  ['Display P3 PNG', () => solid(32, 32, orange).withIccProfile('p3').png(), 2],
  [
    'Display P3 PNG of 16 bits',
    () => solid(32, 32, orange).toColourspace('rgb16').withIccProfile('p3').png(),
    2,
  ],
  ['AVIF of 10 bits', () => solid(32, 32, orange).avif({ bitdepth: 10, effort: 0 }), 4],
  ['grey JPEG', () => solid(32, 32, [128, 128, 128]).toColourspace('b-w').jpeg(), 2, [128, 128, 128]],
  ['grey 16-bit PNG', () => solid(32, 32, [128, 128, 128]).toColourspace('grey16').png(), 1, [128, 128, 128]],
  ['half transparent PNG', () => solid(32, 32, [255, 0, 0], 0.5).png(), 2, [133, 50, 100]],
  [
    'half transparent 16-bit PNG',
    () => solid(32, 32, [255, 0, 0], 0.5).toColourspace('rgb16').png(),
    2,
    [133, 50, 100],
  ],
  [
    'half transparent WebP',
    () => solid(32, 32, [255, 0, 0], 0.5).webp({ lossless: true }),
    2,
    [133, 50, 100],
  ],
  ['transparent GIF', () => solid(32, 32, [255, 0, 0], 0).gif(), 0, [10, 100, 200]],
];
for (const [name, image, tolerance, expected = orange] of colours) {
  test(`${name}: colours arrive in sRGB, over the background`, async (t) => {
    const picture = await openPicture(await image().toBuffer());
    const { tensor } = await prepare(picture, { ...plainSpec, background: [10, 100, 200] });
    const actual = [0, 1, 2].map((channel) => tensor.data[channel * 4096 + 20 * 64 + 20]!);
    t.true(
      largestDifference(actual, expected) <= tolerance,
      `expected ${expected.join()}, received ${actual.join()}`,
    );
  });
}
