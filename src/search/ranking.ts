// From neighbours to a page of hits: scores recomputed from the stored embeddings, in an order that depends on nothing else.
import type { Item } from '../core/item.ts';
import { dot, norm } from '../core/vector.ts';
import { defaultEf } from './hnsw.ts';
import type { ItemStore } from './item-store.ts';
import type { LabelSet } from './label-set.ts';
import { bestOfEachProduct, diverse, poolSize, type Scored } from './shaping.ts';
import { TopK } from './top-k.ts';
import type { Neighbour, SearchMethod, VectorIndex } from './vector-index.ts';

export interface Hit {
  readonly item: Item;
  /** Cosine of the query and the item's stored embedding, -1 to 1; 0 where either is zero. */
  readonly score: number;
}

export interface HitQuery {
  readonly embedding: Float32Array;
  /** Hits on the page, and how many better ones are left out before it. */
  readonly k: number;
  readonly offset: number;
  readonly exclude: ReadonlySet<number>;
  /** The only labels that may be found; all when undefined. */
  readonly matching: LabelSet | undefined;
  /** Of every product only its best picture; a picture without a product stands for itself. */
  readonly byProduct: boolean;
  readonly minScore: number;
  /** 0 to 1, the share that unlikeness to the hits before has in the order (1 - λ of MMR). */
  readonly diversity: number;
  readonly ef: number | undefined;
}

export interface Page {
  readonly hits: readonly Hit[];
  readonly method: SearchMethod;
}

/** The `count` nearest that match, best first; fewer when it cannot find more. Scores within 1e-5 of the exact ones. */
type Finder = (count: number) => readonly Neighbour[];

/** How far a score of an index may be from the exact one. */
const tolerance = 1e-5;

/** Beyond so many candidates for a page, an approximate index gives way to a scan. */
const candidateLimit = 5000;

/**
 * The k items nearest to the query, best first, equal scores by id: the right k in the right order whenever the index finds them, and
 * never fewer than there are.
 */
export function findHits(store: ItemStore, index: VectorIndex, query: HitQuery): Page {
  const { embedding, matching, ef } = query;
  if (matching && index.method === 'hnsw' && isScanCheaper(matching.size, index.size, query)) {
    return scanHits(store, query);
  }
  const total = matching?.size ?? index.size;
  const limit = index.method === 'exact' ? total : Math.min(total, candidateLimit);
  const filter = matching && ((label: number) => matching.has(label));
  const find: Finder = (count) => index.search(embedding, count, { ef, filter });
  const candidates = widen(find, store, query, { limit, total });
  if (candidates) return { hits: pageOf(store, candidates, query), method: index.method };
  return scanHits(store, query);
}

/** The same over the rows, past any index: exact by construction, and slow where many items match. */
export function scanHits(store: ItemStore, query: HitQuery): Page {
  const total = query.matching?.size ?? store.count();
  const find: Finder = (count) => scan(store, query, count);
  const candidates = widen(find, store, query, { limit: total, total }) ?? [];
  return { hits: pageOf(store, candidates, query), method: 'exact' };
}

/**
 * HNSW goes on until it has ef candidates that match, so it passes about ef · total / matching vectors; a scan reads each that matches
 * from its row. Measured with 20,000 items of 384 values, both took the same time at 2,000 matches.
 */
function isScanCheaper(matching: number, total: number, query: HitQuery): boolean {
  const ef = query.ef ?? defaultEf(wantedOf(query) + query.exclude.size);
  const passed = (ef * total) / Math.max(1, matching);
  return matching <= rowsPerPassed * passed;
}

/** Rows scored in the time in which HNSW passes one vector and asks the filter about it. */
const rowsPerPassed = 2;

/** Hits (or products) that must be known, best first, to fill the page. */
function wantedOf({ k, offset, diversity }: HitQuery): number {
  return diversity > 0 ? poolSize(offset + k) : offset + k;
}

/**
 * Asks for what is wanted and a few more, until what comes back certainly holds the page: all there are; or enough that are not
 * excluded, and the last one so much worse than the one that completes the page that neither a rounded score nor a tie decides who is on
 * it; or all that are good enough. Undefined when `limit` candidates are not enough, or the index has lost sight of some.
 */
function widen(
  find: Finder,
  store: ItemStore,
  query: HitQuery,
  { limit, total }: { limit: number; total: number },
): readonly Neighbour[] | undefined {
  for (let count = wantedOf(query) + query.exclude.size + 8; ; count *= 8) {
    const wanted = Math.min(count, limit);
    const found = wanted > 0 ? find(wanted) : [];
    if (found.length < wanted) return undefined;
    if (found.length === total) return found;
    const last = found.at(-1)?.score ?? -Infinity;
    if (last < query.minScore - tolerance) return found;
    const complete = completing(found, store, query);
    if (complete && complete.score - last > tolerance) return found;
    if (wanted === limit) return undefined;
  }
}

/** The candidate with which there are as many hits, or products, as are wanted. */
function completing(found: readonly Neighbour[], store: ItemStore, query: HitQuery): Neighbour | undefined {
  const products = new Set<string>();
  let missing = wantedOf(query);
  for (const candidate of found) {
    if (query.exclude.has(candidate.label)) continue;
    const product = query.byProduct ? store.productOf(candidate.label) : null;
    if (product !== null && products.has(product)) continue;
    if (product !== null) products.add(product);
    if (--missing === 0) return candidate;
  }
  return undefined;
}

function scan(store: ItemStore, { embedding: query, matching }: HitQuery, count: number): Neighbour[] {
  const best = new TopK(count);
  const cosine = cosineWith(query);
  for (const { label, embedding } of matching ? store.embeddingsOf(matching.labels()) : store.embeddings()) {
    const score = cosine(embedding);
    if (score >= best.floor) best.offer(label, score);
  }
  return best.sorted();
}

function pageOf(store: ItemStore, candidates: readonly Neighbour[], query: HitQuery): Hit[] {
  const cosine = cosineWith(query.embedding);
  let scored: Scored[] = [];
  for (const { label } of candidates) {
    const row = query.exclude.has(label) ? undefined : store.ranked(label);
    if (row) scored.push({ ...row, label, score: cosine(row.embedding) });
  }
  scored = scored
    .filter(({ score }) => score >= query.minScore)
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  if (query.byProduct) scored = bestOfEachProduct(scored);
  const end = query.offset + query.k;
  if (query.diversity > 0) scored = diverse(scored.slice(0, wantedOf(query)), end, query.diversity);
  return scored.slice(query.offset, end).map(({ label, score }) => ({ item: store.byLabel(label)!, score }));
}

/** The cosine with `query`, in double precision; rounding must not make it leave [-1, 1]. */
function cosineWith(query: Float32Array): (embedding: Float32Array) => number {
  const queryNorm = norm(query);
  return (embedding) => {
    const length = queryNorm * norm(embedding);
    return length > 0 ? Math.min(1, Math.max(-1, dot(query, embedding) / length)) : 0;
  };
}
