/** Which hits of a search show the very picture of the query, or that of a better hit: in the tiers of duplicates.ts. */
import { setImmediate } from 'node:timers/promises';
import { dot } from '../core/vector.ts';
import { likeness } from '../image/likeness.ts';
import type { PictureBytes } from '../image/open.ts';
import type { Catalog } from '../search/catalog.ts';
import { type DuplicateTier, duplicateThresholds, tierOf } from './duplicates.ts';
import type { Thumbnails } from './thumbnails.ts';

/** A picture that is compared with others. */
export interface Comparable {
  readonly contentHash: string;
  /** (C), of length 1. */
  readonly unit: Float32Array;
  /** Throws an AppError where it cannot be had any more. */
  readonly read: () => Promise<PictureBytes>;
}

/** Look-alikes are no copies. */
export type CopyTier = Exclude<DuplicateTier, 'look-alike'>;

export interface Copy {
  /** Which of the pictures before it. */
  readonly of: number;
  readonly tier: CopyTier;
}

/** Below it pixels need not be looked at: no tier but look-alike is open. */
const leastScore = Math.min(duplicateThresholds.samePicture.score, duplicateThresholds.nearDuplicate.score);

/**
 * For each picture the first before it that it is a copy of, undefined where there is none. Only pictures whose embeddings are near are
 * read. Pairs that somebody found to be different are none (DistinctPairs).
 */
export async function findCopies(
  catalog: Catalog,
  pictures: readonly Comparable[],
  thumbnails: Thumbnails,
): Promise<(Copy | undefined)[]> {
  const near = await nearPairs(pictures);
  const byHash = readOnce(pictures, near, thumbnails);
  const found: (Copy | undefined)[] = [];
  for (const [i, { contentHash }] of pictures.entries()) {
    found.push(undefined);
    for (const { of, score } of near[i]!) {
      // What is a copy itself stands for nothing of its own.
      if (found[of]) continue;
      const other = pictures[of]!;
      const [a, b] = await Promise.all([byHash.get(contentHash), byHash.get(other.contentHash)]);
      const same = contentHash === other.contentHash;
      const tier = same ? 'identical' : tierOf(score, a && b && likeness(a, b));
      if (tier === 'look-alike' || catalog.distinctPairs.has(contentHash, other.contentHash)) continue;
      found[i] = { of, tier };
      break;
    }
  }
  return found;
}

interface Near {
  readonly of: number;
  readonly score: number;
}

/** For each picture those before it that it may be a copy of. */
async function nearPairs(pictures: readonly Comparable[]): Promise<Near[][]> {
  const near: Near[][] = [];
  for (const [i, { unit }] of pictures.entries()) {
    const scores = pictures.slice(0, i).map((other, of) => ({ of, score: dot(unit, other.unit) }));
    near.push(scores.filter(({ score }) => score >= leastScore));
    // Two hundred hits have twenty thousand pairs.
    if (i % 32 === 31) await setImmediate();
  }
  return near;
}

/** The thumbnails of all that pixels have to decide about, read at the same time. */
function readOnce(
  pictures: readonly Comparable[],
  near: readonly (readonly Near[])[],
  thumbnails: Thumbnails,
): Map<string, ReturnType<Thumbnails['of']>> {
  const wanted = new Set<Comparable>();
  for (const [i, picture] of pictures.entries()) {
    for (const other of near[i]!.map(({ of }) => pictures[of]!))
      if (other.contentHash !== picture.contentHash) wanted.add(picture).add(other);
  }
  return new Map([...wanted].map(({ contentHash, read }) => [contentHash, thumbnails.of(contentHash, read)]));
}
