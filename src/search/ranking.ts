// From neighbours to a page of hits: scores recomputed from the stored embeddings, in an order that depends on nothing else.
import type { Item } from '../core/item.ts';
import { dot, norm } from '../core/vector.ts';
import type { ItemStore } from './item-store.ts';
import { TopK } from './top-k.ts';
import type { Neighbour, SearchMethod, VectorIndex } from './vector-index.ts';

export interface Hit {
  readonly item: Item;
  /** Cosine of the query and the item's stored embedding, -1 to 1; 0 where either is zero. */
  readonly score: number;
}

export interface HitQuery {
  readonly embedding: Float32Array;
  readonly k: number;
  readonly exclude: ReadonlySet<number>;
  readonly ef: number | undefined;
}

export interface Page {
  readonly hits: readonly Hit[];
  readonly method: SearchMethod;
}

/** The `count` nearest, best first; fewer when it cannot find more. Scores within 1e-5 of the exact ones. */
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
  const limit = index.method === 'exact' ? index.size : Math.min(index.size, candidateLimit);
  const find: Finder = (count) => index.search(query.embedding, count, { ef: query.ef });
  const candidates = widen(find, query, { limit, total: index.size });
  if (candidates) return { hits: rank(store, candidates, query), method: index.method };
  return scanHits(store, query);
}

/** The same over the rows, past any index: exact by construction, and slow. */
export function scanHits(store: ItemStore, query: HitQuery): Page {
  const total = store.count();
  const find: Finder = (count) => scan(store, query.embedding, count);
  const candidates = widen(find, query, { limit: total, total }) ?? [];
  return { hits: rank(store, candidates, query), method: 'exact' };
}

/**
 * Asks for k and a few more, until what comes back certainly holds the page: all there are; or enough that are not excluded, and the
 * last one so much worse than the k-th that neither a rounded score nor a tie decides who is on the page. Undefined when `limit`
 * candidates are not enough, or the index has lost sight of some.
 */
function widen(
  find: Finder,
  { k, exclude }: HitQuery,
  { limit, total }: { limit: number; total: number },
): readonly Neighbour[] | undefined {
  for (let count = k + exclude.size + 8; ; count *= 8) {
    const wanted = Math.min(count, limit);
    const found = wanted > 0 ? find(wanted) : [];
    if (found.length < wanted) return undefined;
    if (found.length === total) return found;
    const kth = found.filter(({ label }) => !exclude.has(label))[k - 1];
    if (kth && kth.score - found.at(-1)!.score > tolerance) return found;
    if (wanted === limit) return undefined;
  }
}

function scan(store: ItemStore, query: Float32Array, count: number): Neighbour[] {
  const best = new TopK(count);
  const cosine = cosineWith(query);
  for (const { label, embedding } of store.embeddings()) {
    const score = cosine(embedding);
    if (score >= best.floor) best.offer(label, score);
  }
  return best.sorted();
}

function rank(store: ItemStore, candidates: readonly Neighbour[], query: HitQuery): Hit[] {
  const cosine = cosineWith(query.embedding);
  const scored: { label: number; id: string; score: number }[] = [];
  for (const { label } of candidates) {
    const row = query.exclude.has(label) ? undefined : store.ranked(label);
    if (row) scored.push({ label, id: row.id, score: cosine(row.embedding) });
  }
  scored.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return scored.slice(0, query.k).map(({ label, score }) => ({ item: store.byLabel(label)!, score }));
}

/** The cosine with `query`, in double precision; rounding must not make it leave [-1, 1]. */
function cosineWith(query: Float32Array): (embedding: Float32Array) => number {
  const queryNorm = norm(query);
  return (embedding) => {
    const length = queryNorm * norm(embedding);
    return length > 0 ? Math.min(1, Math.max(-1, dot(query, embedding) / length)) : 0;
  };
}
