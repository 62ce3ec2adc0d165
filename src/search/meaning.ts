/** What hits mean, where the catalogue was measured: a word beside the score. And what the picture probably shows. */
import { type CatalogCalibration, type Likeness, likenessOf } from './calibration.ts';
import type { Catalog } from './catalog.ts';
import { guessName, type NameGuess, voters } from './name-vote.ts';
import type { Hit } from './ranking.ts';
import type { SearchOptions } from './search-request.ts';

export interface MeantHit extends Hit {
  /** Absent where the catalogue has no calibration. */
  readonly likeness?: Likeness;
}

/** The hits, each with its word; unchanged where nothing is known of what scores mean. */
export function withLikeness(hits: readonly Hit[], calibration: CatalogCalibration | undefined): MeantHit[] {
  if (!calibration) return [...hits];
  return hits.map((hit) => ({ ...hit, likeness: likenessOf(calibration, hit.score) }));
}

/** Are the hits of such a search the nearest of all items, and enough to vote? */
export function areNearest(options: SearchOptions): boolean {
  const { k = 10, offset = 0, filter, minScore, groupBy, diversity = 0 } = options;
  const restricted = filter !== undefined || minScore !== undefined || groupBy !== undefined;
  return k >= voters && offset === 0 && diversity === 0 && !restricted;
}

/** The field that names are taken from: the one that was measured, else this one. */
const usualField = 'category';

export interface NamingOptions {
  /** That of the calibration when absent, else category. */
  readonly field?: string | undefined;
  /** Ids that do not vote, such as the query's own. */
  readonly exclude?: readonly string[] | undefined;
  readonly calibration?: CatalogCalibration | undefined;
  /** The nearest of all items, where they are known already; best first. */
  readonly nearest?: readonly Hit[] | undefined;
}

/**
 * What a picture of this embedding shows, by a vote of the nearest items, whatever the search was restricted to: a filter says what is
 * wanted, and nothing about the picture. Null where the nearest have no such field.
 */
export async function namePicture(
  catalog: Catalog,
  embedding: Float32Array,
  options: NamingOptions = {},
): Promise<NameGuess | null> {
  const { exclude, calibration, nearest } = options;
  const measured = calibration?.scores.label;
  const field =
    options.field ?? (measured !== undefined && calibration?.names[measured] ? measured : usualField);
  const hits = nearest ?? (await catalog.search(embedding, { k: voters, exclude })).hits;
  return guessName(hits, field, calibration);
}
