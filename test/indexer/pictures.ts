// Pictures to index, and an embedder that is quick and tells them apart: the seam where a model goes, filled with arithmetic.

import sharp from 'sharp';
import type { Embedder } from '../../src/core/embedder.ts';
import type { InputSpec } from '../../src/core/input-spec.ts';
import { seededRandom } from '../../src/core/random.ts';
import { batchItem, stack, tensor } from '../../src/core/tensor.ts';
import { normalize } from '../../src/core/vector.ts';

/** 4×4 patches of random colours, enlarged: a picture for each seed. */
export async function picture(seed: number, format: 'png' | 'jpeg' | 'webp' = 'png'): Promise<Buffer> {
  const random = seededRandom(seed);
  const patches = Uint8Array.from({ length: 48 }, () => random() * 256);
  return sharp(patches, { raw: { width: 4, height: 4, channels: 3 } })
    .resize(40, 32, { kernel: 'nearest', fit: 'fill' })
    .toFormat(format)
    .toBuffer();
}

/** `count` pictures by file name: 0.png, 1.png, … */
export async function pictures(count: number, firstSeed = 1): Promise<Record<string, Buffer>> {
  const entries = Array.from(
    { length: count },
    async (_, i) => [`${i}.png`, await picture(firstSeed + i)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

const input: InputSpec = {
  width: 8,
  height: 8,
  channels: 'rgb',
  fit: 'fill',
  background: [0, 0, 0],
  scale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [1, 1, 1],
};

/** The picture's pixels themselves, scaled to length 1. Counts what it is asked. */
export class PixelEmbedder implements Embedder {
  readonly model = 'pixels';
  readonly fingerprint = 'pixels-8x8';
  readonly dimension = 3 * 8 * 8;
  readonly input = input;
  /** Pictures in each call so far. */
  batches: number[] = [];
  /** Runs before each batch. */
  onBatch: (batch: number) => void | Promise<void> = () => undefined;

  get embedded(): number {
    return this.batches.reduce((sum, size) => sum + size, 0);
  }

  async embed(images: { dims: readonly number[]; data: Float32Array }) {
    const [count = 0] = images.dims;
    await this.onBatch(this.batches.length);
    this.batches.push(count);
    const vectors = Array.from({ length: count }, (_, i) => normalize(batchItem(images, i).data));
    return stack(vectors.map((vector) => tensor([this.dimension], vector)));
  }
}
