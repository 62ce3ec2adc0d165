/**
 * The first hits again, place by place (explain/places.ts): for photos of which something is covered, or that were taken from nearer or
 * farther. The features of hits are not stored, so that their pictures are read and run through the network again; what has been seen
 * is kept. What it is worth and costs is in docs/evaluation.md.
 */
import { LRUCache } from 'lru-cache';
import { AppError } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import { mostReranked, type Places, placeSimilarity, placesOf } from '../explain/places.ts';
import type { Model } from '../model/model.ts';
import type { Catalog, SearchOptions, SearchResult } from '../search/catalog.ts';
import type { Hit } from '../search/ranking.ts';
import { requestOf } from '../search/search-request.ts';
import {
  examinePictures,
  isPictureProblem,
  preparePicture,
  type PreparedInput,
  readItemPicture,
} from './pictures.ts';

/** The places of items, in order; undefined where a picture cannot be read any more. */
export type PlacesSource = (items: readonly Item[]) => Promise<readonly (Places | undefined)[]>;

export interface Reranking {
  /** How many of the first hits are ordered anew; the rest stay behind them as they are. */
  readonly count: number;
  readonly query: Places;
  readonly placesOf: PlacesSource;
}

/** What the similarity of places counts beside the cosine; measured (docs/evaluation.md). */
const placesWeight = 0.5;

/**
 * As catalog.search, with the first `count` hits in the order of cosine + placeSimilarity / 2. Scores stay the cosines, and so fall no longer
 * from hit to hit. Throws USAGE for a count that is none, or together with diversity, which has an order of its own;
 * and what catalog.search throws.
 */
export async function searchReranked(
  catalog: Catalog,
  embedding: Float32Array,
  options: SearchOptions,
  reranking: Reranking,
): Promise<SearchResult> {
  const { k, offset, diversity } = requestOf(options);
  const { count } = reranking;
  if (!Number.isInteger(count) || count < 1 || count > mostReranked) {
    throw new AppError(
      'USAGE',
      `rerank: expected a whole number from 1 to ${mostReranked}, received ${count}`,
    );
  }
  if (diversity > 0) throw new AppError('USAGE', 'rerank and diversity both order the hits: choose one');
  if (offset >= count) return catalog.search(embedding, options);
  const wanted = { ...options, k: Math.max(count, offset + k), offset: 0 };
  const result = await catalog.search(embedding, wanted);
  const first = await reordered(result.hits.slice(0, count), reranking);
  return { ...result, hits: [...first, ...result.hits.slice(count)].slice(offset, offset + k) };
}

/** Hits without places are judged as the mean of the others. */
async function reordered(hits: readonly Hit[], { query, placesOf }: Reranking): Promise<Hit[]> {
  const places = await placesOf(hits.map(({ item }) => item));
  const alike = places.map((of) => of && placeSimilarity(query, of));
  const known = alike.filter((value) => value !== undefined);
  const usual = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  return hits
    .map((hit, i) => ({ hit, value: hit.score + placesWeight * (alike[i] ?? usual) }))
    .toSorted((a, b) => b.value - a.value || (a.hit.item.id < b.hit.item.id ? -1 : 1))
    .map(({ hit }) => hit);
}

/** 256 MB with whymatch-s: 3,600 pictures. */
const keptBytes = 2 ** 28;

/** Reads the pictures of items and runs them through the network in batches; the latest are kept, by content. */
export function readPlaces(model: Model): PlacesSource {
  const kept = new LRUCache<string, Places>({
    maxSize: keptBytes,
    sizeCalculation: ({ data }) => data.byteLength,
  });
  return async (items) => {
    const found = items.map(({ contentHash }) => kept.get(contentHash));
    for (let start = 0; start < items.length; start += model.batchSize) {
      const missing = [...items.keys()].slice(start, start + model.batchSize).filter((i) => !found[i]);
      const prepared = await Promise.all(missing.map((i) => prepareItem(model, items[i]!)));
      const readable = missing.filter((_, n) => prepared[n]);
      const examined = await examinePictures(
        model,
        prepared.filter((input) => input !== undefined),
      );
      for (const [n, i] of readable.entries()) {
        const places = placesOf(examined[n]!.subject);
        kept.set(items[i]!.contentHash, places);
        found[i] = places;
      }
    }
    return found;
  };
}

async function prepareItem(model: Model, item: Item): Promise<PreparedInput | undefined> {
  try {
    return await preparePicture(model, { source: await readItemPicture(item) });
  } catch (error) {
    if (error instanceof AppError && isPictureProblem(error)) return undefined;
    throw error;
  }
}
