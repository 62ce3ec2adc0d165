/**
 * The first hits in another order than that of their scores, by one or both of two measures (docs/evaluation.md has what they are worth):
 *
 * looked at more closely (looks.ts) and compared place by place (explain/places.ts): for photos of which something is covered, that were taken
 * from nearer or farther, or that show more than the thing. Looks at hits are not stored, so that their pictures are read and run through
 * the network again; what has been seen is kept.
 *
 * In agreement (search/naming/agreement.ts): those first that have what the query most probably is by a field, such as the category: by a vote of the
 * nearest, and by what the catalogue has learned (learn-names.ts).
 */
import { AppError } from '../core/errors.ts';
import type { LookedAtParts } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import { mostReranked } from '../explain/places.ts';
import type { Model } from '../model/model.ts';
import { agreed } from '../search/naming/agreement.ts';
import { voteOfHits, votesWith } from '../search/naming/name-vote.ts';
import type { Naming } from '../search/naming/namer.ts';
import type { Catalog, SearchOptions, SearchResult } from '../search/catalog.ts';
import { fieldOf } from '../search/item-field.ts';
import { learnedOf } from '../search/meaning.ts';
import { requestOf } from '../search/search-request.ts';
import type { Hit } from '../search/ranking.ts';
import { closerPart, keptLooks, likenessesOfLooks, type Look, type LooksLikeness, looksOf } from './looks.ts';
import {
  type ExaminedPicture,
  examinePictures,
  isPictureProblem,
  preparePicture,
  type PreparedInput,
  readItemPicture,
} from './pictures.ts';

/** With neither likenesses nor agreement hits are in the order of their scores. */
export interface Reranking {
  /** How many of the first hits are ordered anew; the rest stay behind them as they are. 20 when absent, 50 where none is looked at. */
  readonly count?: number | undefined;
  /** How alike the query and each of some items are, looked at more closely (looks.ts), in order; undefined where an item's picture cannot be read. */
  readonly likenessesOf?:
    ((items: readonly Item[]) => Promise<readonly (LooksLikeness | undefined)[]>) | undefined;
  /** The metadata field, or product_id, that the first hits should agree on. */
  readonly agreeOn?: string | undefined;
  /** A field that no item has is no mistake: nothing agrees then. False when absent. */
  readonly lenient?: boolean | undefined;
  /** How the query is named by that field; by what the catalogue has learned when absent. */
  readonly learned?: Naming | undefined;
}

/** A name costs nothing, a look does. */
export interface RerankedHit extends Hit {
  /** The parts of query and hit that were found most alike; absent where the hit was not looked at. */
  readonly looks?: LookedAtParts;
}

export interface RerankedResult extends SearchResult {
  readonly hits: readonly RerankedHit[];
}

export const usualCounts = { looks: 20, agreement: 50 } as const;

/** Are hits in another order than that of their scores? */
export const isReordered = ({ likenessesOf, agreeOn }: Reranking): boolean =>
  likenessesOf !== undefined || agreeOn !== undefined;

/**
 * As catalog.search, with the first `count` hits in the order of their likeness, and of agreement. Scores stay the cosines, and so fall no longer
 * from hit to hit. Throws USAGE for a count that is none, for a field that no item has, and together with diversity, which has
 * an order of its own; and what catalog.search throws.
 */
export async function searchReranked(
  catalog: Catalog,
  embedding: Float32Array,
  options: SearchOptions,
  reranking: Reranking,
): Promise<RerankedResult> {
  if (!isReordered(reranking)) return catalog.search(embedding, options);
  const { k, offset, diversity } = requestOf(options);
  const { count = reranking.likenessesOf ? usualCounts.looks : usualCounts.agreement } = reranking;
  checkRerankCount(count);
  if (diversity > 0) {
    throw new AppError('USAGE', 'rerank and agree on order the hits, and so does diversity: choose one');
  }
  if (offset >= count) return catalog.search(embedding, options);
  const wanted = { ...options, k: Math.max(count, offset + k), offset: 0 };
  const result = await catalog.search(embedding, wanted);
  const nearest = result.hits.slice(0, count);
  const { agreeOn, lenient = false } = reranking;
  // Most often the hits have it, and the catalogue need not be asked.
  if (
    agreeOn !== undefined &&
    !lenient &&
    !nearest.some(({ item }) => fieldOf(item, agreeOn) !== undefined)
  ) {
    checkField(catalog, agreeOn);
  }
  const learned =
    reranking.learned ?? (agreeOn === undefined ? undefined : await learnedOf(catalog, agreeOn, embedding));
  const first = await reordered(nearest, { ...reranking, learned });
  return { ...result, hits: [...first, ...result.hits.slice(count)].slice(offset, offset + k) };
}

/** Throws USAGE. */
export function checkRerankCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= mostReranked) return;
  throw new AppError('USAGE', `rerank: expected a whole number from 1 to ${mostReranked}, received ${count}`);
}

/** The same hits (the nearest first) in another order, and of those that were looked at what was seen of them. */
export async function reordered<H extends { readonly score: number; readonly item: Item }>(
  hits: readonly H[],
  { likenessesOf, agreeOn, learned }: Reranking,
): Promise<(H & Pick<RerankedHit, 'looks'>)[]> {
  const likenesses = await likenessesOf?.(hits.map(({ item }) => item));
  const values = likenesses ? valuesOf(hits, likenesses) : hits.map(({ score }) => score);
  const order = agreeOn === undefined ? values : inAgreement(hits, values, { agreeOn, learned });
  return hits
    .map((hit, i) => ({ hit: { ...hit, ...seenBy(likenesses?.[i]) }, value: order[i]! }))
    .toSorted((a, b) => b.value - a.value || (a.hit.item.id < b.hit.item.id ? -1 : 1))
    .map(({ hit }) => hit);
}

/** The names are those that the query is said to have (name-vote.ts): by what was learned, unless the vote is for one that was not there yet. */
function inAgreement(
  hits: readonly { readonly score: number; readonly item: Item }[],
  values: readonly number[],
  { agreeOn, learned }: { readonly agreeOn: string; readonly learned: Naming | undefined },
): number[] {
  const names = hits.map(({ item }) => fieldOf(item, agreeOn));
  if (!learned) return agreed(values, names);
  const said = votesWith(voteOfHits(hits, agreeOn), learned);
  return agreed(values, names, new Map(said.map(({ value, share }) => [value, share])));
}

const seenBy = (likeness: LooksLikeness | undefined): Pick<RerankedHit, 'looks'> =>
  likeness ? { looks: { query: likeness.query, hit: likeness.hit } } : {};

/** The likenesses. A hit of unknown likeness is taken to gain over its score what the others do in the mean. */
export function valuesOf(
  hits: readonly { readonly score: number }[],
  likenesses: readonly (Pick<LooksLikeness, 'value'> | undefined)[],
): number[] {
  const gains = hits.map(({ score }, i) => {
    const likeness = likenesses[i];
    return likeness && likeness.value - score;
  });
  const known = gains.filter((gain) => gain !== undefined);
  const usual = known.reduce((sum, gain) => sum + gain, 0) / Math.max(1, known.length);
  return hits.map(({ score }, i) => score + (gains[i] ?? usual));
}

/** Throws USAGE for a field that no item has, naming those there are. */
export function checkField(catalog: Catalog, field: string): void {
  const fields = ['product_id', ...catalog.metadataFields()];
  if (fields.includes(field)) return;
  throw new AppError(
    'USAGE',
    `expected a field that items have (${fields.join(', ')}) to agree on, received "${field}"`,
  );
}

/** The likeness to looks at a query. */
export const comparing = (looks: readonly Look[], itemLooks: LooksSource) => {
  return async (items: readonly Item[]) => likenessesOfLooks(looks, await itemLooks(items));
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
        const looks = looksOf(examined.slice(next, next + length) as [ExaminedPicture, ...ExaminedPicture[]]);
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
  const looks = shared.get(model) ?? readLooks(model);
  shared.set(model, looks);
  return looks;
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
