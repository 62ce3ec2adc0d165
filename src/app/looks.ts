/**
 * Pictures as re-ranking compares them (rerank.ts): seen whole, and seen once more where the other picture may show more or less of the
 * thing. Of the query its object, which may be small or among other things; of an item its middle, of which a photo from near shows
 * no more. What the looks are worth is in docs/evaluation.md.
 */
import { LRUCache } from 'lru-cache';
import type { LookedAtParts, Rect, Size } from '../core/geometry.ts';
import { dot } from '../core/vector.ts';
import { type Places, placeSimilarity, placesOf } from '../explain/places.ts';
import { minPictureSide } from '../image/limits.ts';
import type { ExaminedPicture } from './pictures.ts';
import { centreOf } from './query-views.ts';

export interface Look {
  /** What of the upright picture is seen, in its pixels; null: the whole. */
  readonly part: Rect | null;
  /** (C), of length 1. */
  readonly unit: Float32Array;
  readonly places: Places;
}

/** How alike two pictures are by those two looks that are most alike, of these parts. */
export interface LooksLikeness extends LookedAtParts {
  /** Cosine + weight · placeSimilarity; 1 + weight at most. */
  readonly value: number;
}

type Seen = Pick<ExaminedPicture, 'subject' | 'placement'>;

export const lookOf = ({ subject }: Pick<Seen, 'subject'>, part: Rect | null = null): Look => ({
  part,
  unit: subject.unit,
  places: placesOf(subject),
});

/** Of a picture that was seen whole, and then parts of it. */
export const looksOf = ([whole, ...parts]: readonly [Seen, ...Seen[]]): Look[] => [
  lookOf(whole),
  ...parts.map((part) => lookOf(part, part.placement.source)),
];

/** What somebody sees of a picture who stands twice as near; undefined where that would be too small to see anything. */
export function closerPart(picture: Size): Rect | undefined {
  const part = centreOf(picture, 1 / 2);
  return Math.min(part.width, part.height) < minPictureSide ? undefined : part;
}

/** What the similarity of places counts beside the cosine; measured (docs/evaluation.md). */
const placesWeight = 0.5;

/** `a`: looks at the query, `b` at the hit. */
export function likenessOfLooks(
  a: readonly Look[],
  b: readonly Look[],
  weight = placesWeight,
): LooksLikeness {
  const pairs = a.flatMap((one) =>
    b.map((other) => ({
      value: dot(one.unit, other.unit) + weight * placeSimilarity(one.places, other.places),
      query: one.part,
      hit: other.part,
    })),
  );
  return pairs.reduce((best, pair) => (pair.value > best.value ? pair : best));
}

/** The same for each of several pictures, in order; undefined for what could not be looked at. */
export const likenessesOfLooks = (
  looks: readonly Look[],
  others: readonly (readonly Look[] | undefined)[],
): (LooksLikeness | undefined)[] => others.map((other) => other && likenessOfLooks(looks, other));

/** Looks at items by the content of their pictures, the latest of them kept: 64 MB, with whymatch-s 3,000 pictures. */
export const keptLooks = (): LRUCache<string, readonly Look[]> =>
  new LRUCache({
    maxSize: 2 ** 26,
    sizeCalculation: (looks) =>
      looks.reduce((sum, { unit, places }) => sum + unit.byteLength + places.data.byteLength, 0),
  });
