/** Pictures to measure with, the same each time. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { seededRandom } from '../../src/core/random.ts';

/** JPEGs of 600×800 with as much in them as photos have: soft shapes in many sizes, and grain. */
export async function makePictures(folder: string, count: number): Promise<string[]> {
  mkdirSync(folder);
  const random = seededRandom(11);
  const files: string[] = [];
  for (let i = 0; i < count; i++) {
    const layers = await Promise.all([4, 16, 48, 150].map((size) => noise(random, size)));
    const [base, ...others] = layers as [Buffer, ...Buffer[]];
    const file = path.join(folder, `${String(i).padStart(4, '0')}.jpg`);
    const composed = sharp(base).composite(
      others.map((input, n) => ({ input, blend: n === 2 ? 'soft-light' : 'overlay' })),
    );
    await composed.jpeg({ quality: 85 }).toFile(file);
    files.push(file);
  }
  return files;
}

function noise(random: () => number, size: number): Promise<Buffer> {
  const data = Buffer.from(Array.from({ length: size * size * 3 }, () => Math.floor(random() * 256)));
  return sharp(data, { raw: { width: size, height: size, channels: 3 } })
    .resize(600, 800, { fit: 'fill', kernel: 'cubic' })
    .png({ compressionLevel: 0 })
    .toBuffer();
}
