/** What hits mean, where the catalogue was measured: a word beside the score. And what the picture probably shows. */
import { type CatalogCalibration, type Likeness, likenessOf } from './calibration.ts';
import { readCalibration } from './calibration-file.ts';
import type { Whose } from './catalog-document.ts';
import type { Catalog } from './catalog.ts';
import { guessName, type NameGuess, voters } from './naming/name-vote.ts';
import { type Naming, probabilitiesOf } from './naming/namer.ts';
import { type KnownNames, readNames } from './naming/names-file.ts';
import type { Hit } from './ranking.ts';
import type { SearchOptions } from './search-request.ts';

export interface MeantHit extends Hit {
  /** Absent where the catalogue has no calibration. */
  readonly likeness?: Likeness;
}

/** The hits, each with its word; unchanged where nothing is known of what scores mean. */
export function withLikeness<H extends Hit>(
  hits: readonly H[],
  calibration: CatalogCalibration | undefined,
): (H & MeantHit)[] {
  if (!calibration) return [...hits];
  return hits.map((hit) => ({ ...hit, likeness: likenessOf(calibration, hit.score) }));
}

/** Are the hits of such a search the nearest of all items, and enough to vote? */
export function areNearest(options: SearchOptions): boolean {
  const { k = 10, offset = 0, filter, minScore, groupBy, diversity = 0 } = options;
  const restricted = filter !== undefined || minScore !== undefined || groupBy !== undefined;
  return k >= voters && offset === 0 && diversity === 0 && !restricted;
}

export const usualField = 'category';

/** What a catalogue knows of names. */
const knownOf = async (catalog: Whose) => ({
  calibration: await readCalibration(catalog),
  names: await readNames(catalog),
});

/** The field that names are taken from: the one that was measured, else the category, or another that was learned where that was not. */
export const namingField = async (catalog: Whose): Promise<string> => fieldOfNames(await knownOf(catalog));

function fieldOfNames({ calibration, names }: Awaited<ReturnType<typeof knownOf>>): string {
  const measured = calibration?.scores.label;
  if (measured !== undefined && calibration?.names[measured]) return measured;
  const [first = usualField, ...others] = names.keys();
  return others.includes(usualField) ? usualField : first;
}

/** How a picture of this embedding is named, where the catalogue has learned names of this field (whymatch catalog learn-names). */
export async function learnedOf(
  catalog: Catalog,
  field: string,
  embedding: Float32Array,
): Promise<Naming | undefined> {
  return namingBy((await readNames(catalog)).get(field), embedding);
}

const namingBy = (known: KnownNames | undefined, embedding: Float32Array): Naming | undefined =>
  known && ((vote) => probabilitiesOf(known.namer, embedding, vote));

export interface NamingOptions {
  /** namingField when absent. */
  readonly field?: string | undefined;
  /** Ids that do not vote, such as the query's own. */
  readonly exclude?: readonly string[] | undefined;
  /** The nearest of all items, where they are known already; best first. */
  readonly nearest?: readonly Hit[] | undefined;
}

/**
 * What a picture of this embedding shows, by a vote of the nearest items and what the catalogue has learned of names, whatever the search was
 * restricted to: a filter says what is wanted, and nothing about the picture. Null where the nearest have no such field, and nothing was learned.
 */
export async function namePicture(
  catalog: Catalog,
  embedding: Float32Array,
  options: NamingOptions = {},
): Promise<NameGuess | null> {
  const { exclude, nearest } = options;
  const known = await knownOf(catalog);
  const field = options.field ?? fieldOfNames(known);
  const hits = nearest ?? (await catalog.search(embedding, { k: voters, exclude })).hits;
  const learned = namingBy(known.names.get(field), embedding);
  return guessName(hits, field, { calibration: known.calibration, learned });
}
