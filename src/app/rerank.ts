/**
 * The first hits again, looked at more closely (looks.ts) and compared place by place (explain/places.ts): for photos of which something is
 * covered, that were taken from nearer or farther, or that show more than the thing. Looks at hits are not stored, so that their pictures
 * are read and run through the network again; what has been seen is kept. What it is worth and costs is in docs/evaluation.md.
 */
import { AppError } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import { mostReranked } from '../explain/places.ts';
import type { Model } from '../model/model.ts';
import type { Catalog, SearchOptions, SearchResult } from '../search/catalog.ts';
import type { Hit } from '../search/ranking.ts';
import { requestOf } from '../search/search-request.ts';
import { closerPart, keptLooks, likenessesOfLooks, type Look, lookOf } from './looks.ts';
import {
  examinePictures,
  isPictureProblem,
  preparePicture,
  type PreparedInput,
  readItemPicture,
} from './pictures.ts';

export interface Reranking {
  /** How many of the first hits are ordered anew; the rest stay behind them as they are. */
  readonly count: number;
  /** How alike the query and each of some items are, looked at more closely (looks.ts), in order; undefined where an item's picture cannot be read. */
  readonly likenessesOf: (items: readonly Item[]) => Promise<readonly (number | undefined)[]>;
}

/**
 * As catalog.search, with the first `count` hits in the order of their likeness. Scores stay the cosines, and so fall no longer
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
  checkRerankCount(count);
  if (diversity > 0) throw new AppError('USAGE', 'rerank and diversity both order the hits: choose one');
  if (offset >= count) return catalog.search(embedding, options);
  const wanted = { ...options, k: Math.max(count, offset + k), offset: 0 };
  const result = await catalog.search(embedding, wanted);
  const first = await reordered(result.hits.slice(0, count), reranking);
  return { ...result, hits: [...first, ...result.hits.slice(count)].slice(offset, offset + k) };
}

/** Throws USAGE. */
export function checkRerankCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= mostReranked) return;
  throw new AppError('USAGE', `rerank: expected a whole number from 1 to ${mostReranked}, received ${count}`);
}

async function reordered(hits: readonly Hit[], { likenessesOf }: Reranking): Promise<Hit[]> {
  return inOrderOfLikeness(hits, await likenessesOf(hits.map(({ item }) => item)));
}

/** The most alike first. A hit of unknown likeness is taken to gain over its score what the others do in the mean. */
export function inOrderOfLikeness<
  H extends { readonly score: number; readonly item: { readonly id: string } },
>(hits: readonly H[], likenesses: readonly (number | undefined)[]): H[] {
  const gains = hits.map(({ score }, i) => {
    const likeness = likenesses[i];
    return likeness === undefined ? undefined : likeness - score;
  });
  const known = gains.filter((gain) => gain !== undefined);
  const usual = known.reduce((sum, gain) => sum + gain, 0) / Math.max(1, known.length);
  return hits
    .map((hit, i) => ({ hit, value: hit.score + (gains[i] ?? usual) }))
    .toSorted((a, b) => b.value - a.value || (a.hit.item.id < b.hit.item.id ? -1 : 1))
    .map(({ hit }) => hit);
}

/** The likeness to looks at a query, by looks at items from `looksOf`. */
export const comparing = (looks: readonly Look[], looksOf: LooksSource): Reranking['likenessesOf'] => {
  return async (items) => likenessesOfLooks(looks, await looksOf(items));
};

/** The looks at items, in order; undefined where a picture cannot be read any more. */
export type LooksSource = (items: readonly Item[]) => Promise<readonly (readonly Look[] | undefined)[]>;

/** Reads the pictures of items and runs them through the network in batches; the latest looks are kept. */
export function readLooks(model: Model): LooksSource {
  const kept = keptLooks();
  return async (items) => {
    const found = items.map(({ contentHash }) => kept.get(contentHash));
    const missing = [...items.keys()].filter((i) => !found[i]);
    for (let start = 0; start < missing.length; start += model.batchSize) {
      const chosen = missing.slice(start, start + model.batchSize);
      const prepared = await Promise.all(chosen.map((i) => prepareItem(model, items[i]!)));
      const examined = await examinePictures(model, prepared.flat());
      let next = 0;
      for (const [n, i] of chosen.entries()) {
        const { length } = prepared[n]!;
        if (length === 0) continue;
        const looks = examined.slice(next, next + length).map(({ subject }) => lookOf(subject));
        next += length;
        kept.set(items[i]!.contentHash, looks);
        found[i] = looks;
      }
    }
    return found;
  };
}

const shared = new WeakMap<Model, LooksSource>();

/** As readLooks, one for each model: searches one after another share what they have seen. */
export function sharedLooks(model: Model): LooksSource {
  const looksOf = shared.get(model) ?? readLooks(model);
  shared.set(model, looksOf);
  return looksOf;
}

/** The picture of an item, and its middle; nothing where it cannot be read. */
async function prepareItem(model: Model, item: Item): Promise<PreparedInput[]> {
  try {
    const source = await readItemPicture(item);
    const whole = await preparePicture(model, { source });
    const crop = closerPart(whole.picture);
    return crop ? [whole, await preparePicture(model, { source, crop })] : [whole];
  } catch (error) {
    if (error instanceof AppError && isPictureProblem(error)) return [];
    throw error;
  }
}
