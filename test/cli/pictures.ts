/** Pictures for the command line's tests: good ones, odd ones, and bad ones with the code that they must get. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp, { type Sharp } from 'sharp';
import type { ErrorCode } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';

/** 4×4 patches of random colours, enlarged: a picture for each seed. */
export function patches(seed: number, width = 48, height = 40): Sharp {
  const random = seededRandom(seed);
  const data = Uint8Array.from({ length: 48 }, () => random() * 256);
  return sharp(data, { raw: { width: 4, height: 4, channels: 3 } }).resize(width, height, {
    kernel: 'nearest',
    fit: 'fill',
  });
}

/** Writes `count` pictures: 00.png, 01.png, … */
export async function writePictures(folder: string, count: number, firstSeed = 1): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    await patches(firstSeed + i)
      .png()
      .toFile(path.join(folder, `${String(i).padStart(2, '0')}.png`));
  }
}

/** What cameras, shops and phones also make, by file name: all of them are pictures. */
export const oddPictures: Readonly<Record<string, () => Promise<Buffer>>> = {
  'cmyk.jpg': () => patches(21).toColourspace('cmyk').jpeg().toBuffer(),
  'grey.png': () => patches(22).greyscale().png().toBuffer(),
  '16-bit.png': () => patches(23).toColourspace('rgb16').png().toBuffer(),
  'alpha.png': () => patches(24).ensureAlpha(0.5).png().toBuffer(),
  'animated.gif': animation,
  'rotated.jpg': () => patches(26).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  'misnamed.jpg': () => patches(27).png().toBuffer(),
};

/** Files that cannot be used, by name. */
export const badPictures: Readonly<Record<string, [ErrorCode, () => Promise<Buffer> | Buffer]>> = {
  'truncated.jpg': ['IMAGE_CORRUPT', async () => half(await patches(31, 400, 400).jpeg().toBuffer())],
  'empty.jpg': ['IMAGE_EMPTY', () => Buffer.alloc(0)],
  'one-pixel.png': ['IMAGE_TOO_SMALL', () => patches(32, 1, 1).png().toBuffer()],
  'huge.gif': ['IMAGE_TOO_LARGE', huge],
  'drawing.png': ['IMAGE_UNSUPPORTED', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
  'text.jpg': ['IMAGE_UNSUPPORTED', () => Buffer.from('Dear sir or madam, please find enclosed')],
};

/** Writes both kinds. */
export async function writeOddAndBad(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const [name, make] of Object.entries(oddPictures))
    writeFileSync(path.join(folder, name), await make());
  for (const [name, [, make]] of Object.entries(badPictures)) {
    writeFileSync(path.join(folder, name), await make());
  }
}

const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);

async function animation(): Promise<Buffer> {
  const frames = await Promise.all([41, 42].map((seed) => patches(seed).png().toBuffer()));
  return sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
}

/** A GIF that says it is 20,000×20,000, in its header and for its one frame. */
async function huge(): Promise<Buffer> {
  const bytes = await patches(33).gif().toBuffer();
  const side = Buffer.from(Uint16Array.of(20_000, 20_000).buffer);
  side.copy(bytes, 6);
  side.copy(bytes, bytes.indexOf(Buffer.of(0x2c, 0, 0, 0, 0)) + 5);
  return bytes;
}
