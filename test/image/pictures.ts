/** Pictures for the tests of this folder, drawn by program; and the checks they share. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import sharp, { type Sharp } from 'sharp';
import { AppError, type ErrorCode } from '../../src/core/errors.ts';
import type { InputSpec } from '../../src/core/input-spec.ts';
import type { Pixels, Rgb } from '../../src/image/pixels.ts';

/** A folder that is deleted after the test. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'whymatch-image-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function temporaryFile(
  t: ExecutionContext,
  name: string,
  bytes: Uint8Array | string,
): Promise<string> {
  const path = join(await temporaryFolder(t), name);
  await writeFile(path, bytes);
  return path;
}

/** A picture from a function of its pixels. */
export function drawn(width: number, height: number, color: (x: number, y: number) => Rgb): Sharp {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data.set(color(x, y), (y * width + x) * 3);
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

export function solid(width: number, height: number, [r, g, b]: Rgb, alpha = 1): Sharp {
  return sharp({
    create: { width, height, channels: alpha < 1 ? 4 : 3, background: { r, g, b, alpha } },
  });
}

/** Smooth colours with some detail: nothing that any two good resampling filters would disagree on. */
export function smooth(width: number, height: number, phase = 0): Sharp {
  const wave = (t: number) => 128 + 90 * Math.sin(t + phase);
  return drawn(width, height, (x, y) => [wave(x * 0.11), wave(y * 0.07 + x * 0.02), wave((x + y) * 0.05)]);
}

/** Bytes that no codec makes small, so that a cut anywhere is felt. */
export function noisy(width: number, height: number): Sharp {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) & 255;
  return drawn(width, height, () => [next(), next(), next()]);
}

/** The pixels of an encoded picture as they are stored. */
export async function rawPixels(encoded: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(encoded).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels === 4 ? 4 : 3 };
}

export function pixelAt({ data, width, channels }: Pixels, x: number, y: number): number[] {
  const from = (Math.floor(y) * width + Math.floor(x)) * channels;
  return [...data.subarray(from, from + channels)];
}

/** Values 0 to 255 unchanged, so that tests can read colours in a tensor. */
export const plainSpec: InputSpec = {
  width: 64,
  height: 64,
  channels: 'rgb',
  fit: 'contain',
  background: [128, 128, 128],
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** Asserts that `promise` fails with an AppError of this code, and returns its message. */
export async function failsWith(
  t: ExecutionContext,
  code: ErrorCode,
  work: Promise<unknown>,
): Promise<string> {
  const error = await t.throwsAsync(work, { instanceOf: AppError });
  t.is(error?.code, code, error?.message);
  return error?.message ?? '';
}

/** The largest difference between two lists of numbers of one length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
