/**
 * Duplicates of a catalogue, in tiers. Embeddings find what looks alike, pixels tell what is the same. The thresholds are measured:
 * docs/duplicates.md has the figures, scripts/measure-duplicates.ts makes them.
 */
import { throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import { likeness, type Likeness } from '../image/likeness.ts';
import { openPicture, type Picture } from '../image/open.ts';
import { type DuplicatePair, renderDuplicates } from '../report/duplicates.ts';
import type { Catalog } from '../search/catalog.ts';
import type { SimilarPair } from '../search/similar-pairs.ts';
import { readItemPicture } from './pictures.ts';
import { Thumbnails, usable } from './thumbnails.ts';

/** From certain to possible: the same bytes; the same picture, encoded anew or resized; the same picture, edited; a similar one. */
export const duplicateTiers = ['identical', 'same-picture', 'near-duplicate', 'look-alike'] as const;
export type DuplicateTier = (typeof duplicateTiers)[number];

export interface Duplicate extends SimilarPair {
  readonly tier: DuplicateTier;
  /** Absent for identical bytes, and where a picture cannot be read any more; then the tier is look-alike. */
  readonly pixels?: Likeness;
}

export interface DuplicateOptions extends LongRunning {
  /** Cosine from which pictures are look-alikes. */
  readonly minScore?: number;
}

/** Measured on the demo catalogue: see docs/duplicates.md. Neither embeddings nor pixels would do alone. */
export const duplicateThresholds = {
  minScore: 0.9,
  samePicture: { score: 0.95, difference: 5, stretch: 1.02 },
  nearDuplicate: { score: 0.95, correlation: 0.95, stretch: 1.1 },
} as const;

/** Certain ones first, then by score. Pairs that somebody found to be different are left out. Throws ABORTED. */
export async function findDuplicates(catalog: Catalog, options: DuplicateOptions = {}): Promise<Duplicate[]> {
  const { minScore = duplicateThresholds.minScore } = options;
  const { identical, pairs } = await catalog.findSimilar({ ...options, minScore });
  const isOpen = ({ a, b }: SimilarPair) => !catalog.distinctPairs.has(a.contentHash, b.contentHash);
  const copies = identical
    .flatMap(([a, ...others]) => others.map((b): Duplicate => ({ a: a!, b, score: 1, tier: 'identical' })))
    .filter(isOpen);
  const thumbnails = new Thumbnails();
  const others: Duplicate[] = [];
  const open = pairs.filter(isOpen);
  for (const [i, pair] of open.entries()) {
    throwIfAborted(options.signal);
    const [a, b] = await Promise.all(
      [pair.a, pair.b].map((item) => thumbnails.of(item.contentHash, () => readItemPicture(item))),
    );
    const pixels = a && b && likeness(a, b);
    others.push({ ...pair, tier: tierOf(pair.score, pixels), ...(pixels ? { pixels } : {}) });
    options.onProgress?.({ phase: 'compare pixels', done: i + 1, total: open.length });
  }
  const rank = ({ tier }: Duplicate) => duplicateTiers.indexOf(tier);
  return [...copies, ...others].sort((x, y) => rank(x) - rank(y) || y.score - x.score);
}

/** So many pairs make a page of about 10 MB. */
const shownPairs = 250;

/** A page of what findDuplicates found, the certain pairs first. Throws IMAGE_CORRUPT, ABORTED. */
export async function duplicatesReport(
  catalog: Catalog,
  found: readonly Duplicate[],
  options: LongRunning & { readonly name: string },
): Promise<string> {
  const pairs: DuplicatePair[] = [];
  for (const pair of found.slice(0, shownPairs)) {
    throwIfAborted(options.signal);
    const [a, b] = await Promise.all([pictureOf(pair.a), pictureOf(pair.b)]);
    pairs.push({ ...pair, ...(a && b ? { pictures: [a, b] as const } : {}) });
    options.onProgress?.({ phase: 'open pictures', done: pairs.length });
  }
  const about = { name: options.name, items: catalog.count() };
  return renderDuplicates({ catalog: about, pairs, found: found.length });
}

/** The tier of two pictures of different bytes. */
export function tierOf(score: number, pixels: Likeness | undefined): DuplicateTier {
  if (!pixels) return 'look-alike';
  const { samePicture, nearDuplicate } = duplicateThresholds;
  const { difference, correlation, stretch } = pixels;
  if (score >= samePicture.score && difference <= samePicture.difference && stretch <= samePicture.stretch) {
    return 'same-picture';
  }
  const isNear =
    score >= nearDuplicate.score &&
    correlation >= nearDuplicate.correlation &&
    stretch <= nearDuplicate.stretch;
  return isNear ? 'near-duplicate' : 'look-alike';
}

async function pictureOf(item: Item): Promise<Picture | undefined> {
  return usable(async () => openPicture(await readItemPicture(item)));
}
