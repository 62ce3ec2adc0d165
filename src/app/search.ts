/** Search with a picture, and explain what was found. */
import { performance } from 'node:perf_hooks';
import { AppError } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { Explanation, ExplainOptions } from '../explain/explain.ts';
import { explainHits } from '../explain/explain.ts';
import type { Model } from '../model/model.ts';
import type { Catalog, SearchOptions, SearchResult } from '../search/catalog.ts';
import type { ExaminedPicture, PictureInput, PreparedInput } from './pictures.ts';
import { examinePicture, examinePictures, preparePicture, readItemPicture } from './pictures.ts';

/** Milliseconds by stage. */
export interface Timings {
  readonly query: number;
  readonly search: number;
  readonly explain?: number;
}

export interface PictureSearch extends SearchResult {
  readonly query: ExaminedPicture;
  readonly timings: Timings;
}

export interface ExplainedHit {
  readonly item: Item;
  readonly score: number;
  /** Absent where the hit's picture cannot be read any more; `problem` says why. */
  readonly explained?: { readonly picture: ExaminedPicture; readonly explanation: Explanation };
  readonly problem?: AppError;
}

/** The items nearest to a picture. Throws CATALOG_MODEL_MISMATCH when the catalogue was made with another model, CATALOG_EMPTY. */
export async function searchByPicture(
  catalog: Catalog,
  model: Model,
  input: PictureInput,
  options: SearchOptions = {},
): Promise<PictureSearch> {
  checkModel(catalog, model);
  if (catalog.count() === 0) {
    throw new AppError(
      'CATALOG_EMPTY',
      `the catalogue ${catalog.directory} has no items yet; index some pictures first`,
    );
  }
  const start = performance.now();
  const query = await examinePicture(model, input);
  const embedded = performance.now();
  const result = await catalog.search(query.subject.unit, options);
  return { ...result, query, timings: { query: embedded - start, search: performance.now() - embedded } };
}

/**
 * Explains hits of a search: their pictures are read again from their sources. A picture that is gone, broken, or not the one that was
 * indexed is a problem of that hit only.
 */
export async function explainSearch(
  model: Model,
  query: ExaminedPicture,
  hits: SearchResult['hits'],
  options: ExplainOptions = {},
): Promise<ExplainedHit[]> {
  const opened = await Promise.all(hits.map(({ item }) => openHit(model, item)));
  const readable = opened.filter((hit): hit is PreparedInput => !(hit instanceof AppError));
  const pictures = await examinePictures(model, readable);
  const subjects = pictures.map(({ subject }) => subject);
  const explanations = await explainHits(model, query.subject, subjects, options);
  let next = 0;
  return hits.map(({ item, score }, i) => {
    const hit = opened[i]!;
    if (hit instanceof AppError) return { item, score, problem: hit };
    const explained = { picture: pictures[next]!, explanation: explanations[next]! };
    next++;
    return { item, score, explained };
  });
}

async function openHit(model: Model, item: Item): Promise<PreparedInput | AppError> {
  try {
    return await preparePicture(model, { source: await readItemPicture(item) });
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

/** Throws CATALOG_MODEL_MISMATCH. */
export function checkModel(catalog: Catalog, model: Model): void {
  const { space } = catalog;
  if (space.fingerprint === model.fingerprint) return;
  throw new AppError(
    'CATALOG_MODEL_MISMATCH',
    `the catalogue ${catalog.directory} was made with model ${space.model}, not with ${model.model}; use that model, or index into a new folder`,
  );
}
