/** Copies of catalogue pictures under ids of their own, and the truth about them, to measure the detection of duplicates with. */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { shuffled } from '../../src/core/random.ts';
import type { DemoDuplicate, DemoItem } from './store.ts';
import { maskOf } from './store.ts';
import type { Random } from './svg.ts';
import { between, randomFor } from './svg.ts';

/** Adds `count` copies of different items (as many as there are, at most), the tiers in turn. */
export async function addDuplicates(
  dir: string,
  originals: readonly DemoItem[],
  count: number,
  seed: number,
) {
  const random = randomFor(seed, 9);
  const chosen = shuffled(originals, random).slice(0, count);
  const items: DemoItem[] = [];
  const truth: DemoDuplicate[] = [];
  if (chosen.length === 0) return { items, truth };
  await Promise.all(
    ['duplicates', 'masks/duplicates'].map((folder) => mkdir(path.join(dir, folder), { recursive: true })),
  );
  for (const [i, original] of chosen.entries()) {
    const tier = tiers[i % tiers.length]!;
    const number = String(i + 1).padStart(3, '0');
    const extension = tier === 'identical' ? path.extname(original.file) : '.jpg';
    const item = {
      ...original,
      id: `copy-${number}`,
      file: `duplicates/${number}-${tier}${extension}`,
      view: `${original.view} copy`,
    };
    await makers[tier](path.join(dir, original.file), path.join(dir, item.file), random);
    await copyMask(dir, original.file, item.file);
    items.push(item);
    truth.push({ id: item.id, original_id: original.id, tier });
  }
  return { items, truth };
}

type Tier = DemoDuplicate['tier'];
const tiers: readonly Tier[] = ['identical', 're-encoded', 'resized', 'edited'];

const makers: Record<Tier, (from: string, to: string, random: Random) => Promise<unknown>> = {
  identical: (from, to) => copyFile(from, to),
  're-encoded': (from, to, random) =>
    sharp(from)
      .autoOrient()
      .jpeg({ quality: Math.round(between(random, 45, 75)) })
      .toFile(to),
  resized: async (from, to, random) => {
    const { width } = (await sharp(from).metadata()).autoOrient;
    const scale = between(random, 0.45, 1.3);
    return sharp(from)
      .autoOrient()
      .resize(Math.round(width * scale))
      .jpeg({ quality: 85 })
      .toFile(to);
  },
  edited: (from, to, random) =>
    sharp(from)
      .autoOrient()
      .modulate({ brightness: between(random, 0.85, 1.18), saturation: between(random, 0.75, 1.25) })
      .jpeg({ quality: 82 })
      .toFile(to),
};

/** The original's mask, in the size of the copy. */
async function copyMask(dir: string, original: string, copy: string): Promise<void> {
  const { width, height } = (await sharp(path.join(dir, copy)).metadata()).autoOrient;
  const mask = sharp(path.join(dir, maskOf(original))).resize(width, height, {
    fit: 'fill',
    kernel: 'nearest',
  });
  await writeFile(path.join(dir, maskOf(copy)), await mask.toColourspace('b-w').png().toBuffer());
}
