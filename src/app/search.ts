/** Search with a picture, and explain what was found. */
import { performance } from 'node:perf_hooks';
import { AppError } from '../core/errors.ts';
import type { LookedAtParts, Rect } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import { isSameSpace, modelMismatch } from '../core/model-mismatch.ts';
import type { Explanation, ExplainOptions } from '../explain/explain.ts';
import { explainPage } from '../explain/explain.ts';
import type { Model } from '../model/model.ts';
import type { Likeness } from '../search/calibration.ts';
import { readCalibration } from '../search/calibration-file.ts';
import type { Catalog, SearchOptions, SearchResult } from '../search/catalog.ts';
import { areNearest, type MeantHit, namePicture, withLikeness } from '../search/meaning.ts';
import type { NameGuess } from '../search/naming/name-vote.ts';
import type { ExaminedPicture, PictureInput, PreparedInput } from './pictures.ts';
import { examinePicture, preparePicture, readItemPicture } from './pictures.ts';
import { looksOf } from './looks.ts';
import { lookAtObject, type QueryOptions, withoutFrame } from './query.ts';
import { comparing, isReordered, type RerankedHit, searchReranked, sharedLooks } from './rerank.ts';

/** Milliseconds by stage. */
export interface Timings {
  readonly query: number;
  readonly search: number;
  readonly explain?: number;
}

/** As it stands among the hits: with `looks` where it was looked at more closely. */
export type FoundHit = MeantHit & RerankedHit;

export interface PictureSearch extends SearchResult {
  readonly query: ExaminedPicture;
  /** With a word beside each score where the catalogue was measured (whymatch evaluate retrieval --save). */
  readonly hits: readonly FoundHit[];
  /** What the picture shows, as the nearest items name it; null where they do not. */
  readonly name: NameGuess | null;
  readonly timings: Timings;
}

export interface ExplainedPictures {
  readonly query: ExaminedPicture;
  readonly picture: ExaminedPicture;
  readonly explanation: Explanation;
}

export interface ExplainedHit {
  readonly item: Item;
  readonly score: number;
  readonly likeness?: Likeness;
  /** What was compared, where that was looked at more closely: what is explained. */
  readonly looks?: LookedAtParts;
  /** `query` and `picture` are the pictures as they were compared: whole, or a part of them. Absent where the hit's picture cannot be read any more; `problem` says why. */
  readonly explained?: ExplainedPictures;
  readonly problem?: AppError;
}

export interface PictureSearchOptions extends SearchOptions, QueryOptions {
  /** So many of the first hits are looked at more closely, compared place by place, and ordered anew (rerank.ts): their pictures are read. Off when absent. */
  readonly rerank?: number | undefined;
  /** A metadata field, or product_id: of the first hits (50, or those of rerank) first those that have what the picture most probably is by it. Off when absent. */
  readonly agreeOn?: string | undefined;
}

/**
 * The items nearest to a picture. Throws CATALOG_MODEL_MISMATCH when the catalogue was made with another model, CATALOG_EMPTY, and what
 * searchReranked throws.
 */
export async function searchByPicture(
  catalog: Catalog,
  model: Model,
  input: PictureInput,
  options: PictureSearchOptions = {},
): Promise<PictureSearch> {
  checkModel(catalog, model);
  if (catalog.count() === 0) {
    throw new AppError(
      'CATALOG_EMPTY',
      `the catalogue ${catalog.directory} has no items yet; index some pictures first`,
    );
  }
  const start = performance.now();
  const query = await examinePicture(model, options.unframe === false ? input : await withoutFrame(input));
  const { subject, rerank: count, agreeOn } = options;
  const { embedding, seen } = await lookAtObject(model, query, { subject, object: count !== undefined });
  const embedded = performance.now();
  const likenessesOf = count === undefined ? undefined : comparing(looksOf(seen), sharedLooks(model));
  const reranking = { count, likenessesOf, agreeOn };
  const result = await searchReranked(catalog, embedding, options, reranking);
  const calibration = await readCalibration(catalog);
  const exclude = [...(options.exclude ?? [])];
  const nearest = areNearest(options) && !isReordered(reranking) ? result.hits : undefined;
  const name = await namePicture(catalog, embedding, { exclude, nearest });
  // Scores of several looks together are others than those that were measured.
  const hits = embedding === query.subject.unit ? withLikeness(result.hits, calibration) : result.hits;
  const timings = { query: embedded - start, search: performance.now() - embedded };
  return { ...result, hits, query, name, timings };
}

/**
 * Explains hits of a search: their pictures are read again from their sources. What is explained of a hit that was looked at more closely is the
 * comparison that placed it, of its parts; target contrast is against hits that were compared with the same part of the query. A picture that is gone, broken, or not the one that was indexed is a problem of that hit only.
 */
export async function explainSearch(
  model: Model,
  query: ExaminedPicture,
  hits: readonly FoundHit[],
  options: ExplainOptions = {},
): Promise<ExplainedHit[]> {
  const opened = await Promise.all(hits.map((hit) => openHit(model, hit)));
  const explained = new Map<FoundHit, ExplainedPictures>();
  // The whole query, its object, or both: each goes through the network once.
  for (const part of new Set(hits.map(queryPartOf))) {
    const crop = JSON.parse(part) as Rect | null;
    const asked = crop ? await examinePicture(model, { source: query.picture, crop }) : query;
    const chosen = hits.flatMap((hit, i) => {
      const picture = opened[i]!;
      return picture instanceof AppError || queryPartOf(hit) !== part ? [] : [{ hit, picture }];
    });
    const pages = chosen.map(({ picture: { image, placement } }) => ({ image, content: placement.target }));
    const { subjects, explanations } = await explainPage(model, asked.subject, pages, options);
    for (const [i, { hit, picture }] of chosen.entries()) {
      const examined = { picture: picture.picture, placement: picture.placement, subject: subjects[i]! };
      explained.set(hit, { query: asked, picture: examined, explanation: explanations[i]! });
    }
  }
  return hits.map((hit, i) => {
    const { item, score, likeness, looks } = hit;
    const ranked = { item, score, ...(likeness && { likeness }), ...(looks && { looks }) };
    const picture = opened[i]!;
    return picture instanceof AppError
      ? { ...ranked, problem: picture }
      : { ...ranked, explained: explained.get(hit)! };
  });
}

const queryPartOf = ({ looks }: FoundHit): string => JSON.stringify(looks?.query ?? null);

async function openHit(model: Model, { item, looks }: FoundHit): Promise<PreparedInput | AppError> {
  try {
    return await preparePicture(model, {
      source: await readItemPicture(item),
      crop: looks?.hit ?? undefined,
    });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** Throws CATALOG_MODEL_MISMATCH. */
export function checkModel(catalog: Catalog, model: Model): void {
  const { directory, space } = catalog;
  if (!isSameSpace(space, model)) throw modelMismatch(directory, space, model);
}
