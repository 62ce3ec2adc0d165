/** Why a picture gets the name that it gets, as the catalogue has learned names. */
import { AppError } from '../core/errors.ts';
import { nearMisses } from '../core/near-misses.ts';
import { type AloneExplanation, explainName, type ExplainAloneOptions } from '../explain/explain-alone.ts';
import type { Model } from '../model/model.ts';
import type { Catalog } from '../search/catalog.ts';
import { namingField } from '../search/meaning.ts';
import type { LearnedNames } from '../search/naming/learn.ts';
import { type Vote, voteOfHits, voters } from '../search/naming/name-vote.ts';
import { probabilitiesOf, reasonsFor } from '../search/naming/namer.ts';
import { readNames } from '../search/naming/names-file.ts';
import type { Suspect } from './learn-names.ts';
import type { ExaminedPicture, PictureInput } from './pictures.ts';
import { examinePicture, isPictureProblem, readItemPicture } from './pictures.ts';
import { type QueryOptions, withoutFrame } from './query.ts';
import { checkModel, type PictureSearch } from './search.ts';

export interface NameQuestion {
  /** The metadata field; that of which pictures get their names (search/meaning.ts) when absent. */
  readonly field?: string | undefined;
  /** One of its values: why this one? The likeliest when absent. */
  readonly value?: string | undefined;
  /** Ids that do not vote, such as the picture's own. */
  readonly exclude?: readonly string[] | undefined;
}

export interface Reasons {
  readonly field: string;
  readonly value: string;
  readonly probability: number;
  /** All names with their probabilities, the likeliest first. */
  readonly names: readonly Vote[];
  /** (C): what the roots of the embedding are weighed with (search/naming/namer.ts). */
  readonly weights: Float32Array;
  /** When they were learned. */
  readonly date: string;
}

/** What speaks for a name in a picture of this embedding. Throws NAMES_UNKNOWN. */
export async function reasonsForName(
  catalog: Catalog,
  embedding: Float32Array,
  { field: asked, value: wanted, exclude }: NameQuestion = {},
): Promise<Reasons> {
  const all = await readNames(catalog);
  const field = asked ?? (await namingField(catalog));
  const known = all.get(field);
  if (!known) {
    const others = all.size > 0 ? `; it knows those of ${[...all.keys()].join(', ')}` : '';
    throw new AppError(
      'NAMES_UNKNOWN',
      `the catalogue has not learned the names of "${field}"${others}. Learn them: whymatch catalog learn-names ${field}`,
    );
  }
  const { hits } = await catalog.search(embedding, { k: voters, exclude });
  const probabilities = probabilitiesOf(known.namer, embedding, voteOfHits(hits, field));
  const names = Array.from(probabilities, ([value, share]) => ({ value, share })).toSorted(
    (a, b) => b.share - a.share,
  );
  const chosen = wanted === undefined ? names[0] : names.find(({ value }) => value === wanted);
  if (!chosen) {
    const near = nearMisses(wanted!, known.namer.names);
    throw new AppError(
      'NAMES_UNKNOWN',
      `the catalogue knows no "${wanted}" among the ${names.length} names of "${field}"${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`,
    );
  }
  const { value, share: probability } = chosen;
  return {
    field,
    value,
    probability,
    names,
    weights: reasonsFor(known.namer, probabilities, value),
    date: known.date,
  };
}

export interface NamePictureOptions
  extends NameQuestion, ExplainAloneOptions, Pick<QueryOptions, 'unframe'> {}

export interface ExplainedName {
  readonly picture: ExaminedPicture;
  readonly reasons: Reasons;
  readonly explanation: AloneExplanation;
}

/** As searches see the picture. Throws CATALOG_MODEL_MISMATCH, NAMES_UNKNOWN, the codes for pictures, and what explainName throws. */
export async function explainPictureName(
  catalog: Catalog,
  model: Model,
  input: PictureInput,
  { field, value, exclude, unframe = true, ...options }: NamePictureOptions = {},
): Promise<ExplainedName> {
  checkModel(catalog, model);
  const picture = await examinePicture(model, unframe ? await withoutFrame(input) : input);
  const reasons = await reasonsForName(catalog, picture.subject.unit, { field, value, exclude });
  return {
    picture,
    reasons,
    explanation: await explainName(model, picture.subject, reasons.weights, options),
  };
}

/** Why the query of a search got its name; undefined where it has none, or by a vote. Throws what explainName throws. */
export async function explainFoundName(
  catalog: Catalog,
  model: Model,
  { query, name }: Pick<PictureSearch, 'query' | 'name'>,
  options: ExplainAloneOptions = {},
): Promise<{ readonly value: string; readonly explanation: AloneExplanation } | undefined> {
  if (name?.by !== 'learned') return undefined;
  const { field, value } = name;
  const { weights } = await reasonsForName(catalog, query.subject.unit, { field, value });
  return { value, explanation: await explainName(model, query.subject, weights, options) };
}

/** An item that may be misnamed, and what in its picture speaks for the other name. */
export interface ExplainedSuspect {
  readonly suspect: Suspect;
  readonly picture: ExaminedPicture;
  readonly explanation: AloneExplanation;
}

/** Why those who have not seen them would give items another name. Those whose pictures cannot be read any more are left out. Throws as explainName does. */
export async function explainSuspects(
  catalog: Catalog,
  model: Model,
  learned: LearnedNames,
  suspects: readonly Suspect[],
  options: ExplainAloneOptions = {},
): Promise<ExplainedSuspect[]> {
  checkModel(catalog, model);
  const explained: ExplainedSuspect[] = [];
  for (const suspect of suspects) {
    const item = catalog.get(suspect.id);
    const example = learned.examples.find(({ id }) => id === suspect.id);
    if (!item || !example) continue;
    try {
      const picture = await examinePicture(model, { source: await readItemPicture(item) });
      const reasons = learned.reasons(example, suspect.looksLike);
      const explanation = await explainName(model, picture.subject, reasons, options);
      explained.push({ suspect, picture, explanation });
    } catch (error) {
      if (!(error instanceof AppError && isPictureProblem(error))) throw error;
    }
  }
  return explained;
}
