/** Queries of known labels, and what search finds for them: the raw material of all measures of retrieval. */
import { throwIfAborted } from '../../core/errors.ts';
import type { LongRunning } from '../../core/progress.ts';
import { ExactIndex } from '../exact.ts';
import { areAlike, areComparable, Labels, type LabelledItem } from './labels.ts';

export interface RankedHit {
  readonly item: LabelledItem;
  /** Cosine. */
  readonly score: number;
  /** Of the query's label. */
  readonly right: boolean;
}

export interface Ranking {
  readonly query: LabelledItem;
  /** The first `depth`, in the order of search. */
  readonly hits: readonly RankedHit[];
  /** R: items of the query's label that could be found. */
  readonly relevant: number;
  /** Σ_i≤R precision(i)·right(i) / R. */
  readonly averagePrecisionAtR: number;
}

export interface RankingOptions extends LongRunning {
  /** Pictures that are not items; when absent every item is a query once, and is not compared with itself: leave one out. */
  readonly queries?: readonly LabelledItem[] | undefined;
  /** Puts the hits of a query, nearest first, into another order; as they are when absent. */
  readonly reorder?: ((query: LabelledItem, hits: readonly RankedHit[]) => Promise<RankedHit[]>) | undefined;
}

/** Hits that are kept of each query. */
export const depth = 50;

/**
 * Ranks the items by exact cosine for every query that has something to find. Throws RangeError for embeddings of different lengths, and
 * ABORTED. Yields to the event loop now and then.
 */
export async function rankLabelled(
  items: readonly LabelledItem[],
  { queries = items, reorder, onProgress, signal }: RankingOptions = {},
): Promise<Ranking[]> {
  const index = new ExactIndex(items[0]?.embedding.length ?? 1);
  for (const [row, { embedding }] of items.entries()) index.add(row, embedding);
  const labels = new Labels(items);
  const rankings: Ranking[] = [];
  for (const [i, query] of queries.entries()) {
    if (reorder || i % 64 === 0) {
      throwIfAborted(signal);
      onProgress?.({ phase: 'evaluate', done: i, total: queries.length });
      await new Promise(setImmediate);
    }
    const relevant = labels.relevantTo(query);
    if (relevant === 0) continue;
    const found = index.search(query.embedding, Math.max(depth, relevant), {
      filter: (row) => areComparable(query, items[row]!),
    });
    const nearest = found.map(({ label: row, score }): RankedHit => {
      const item = items[row]!;
      return { item, score, right: areAlike(query, item) };
    });
    const hits = reorder ? await reorder(query, nearest) : nearest;
    const averagePrecisionAtR = averagePrecision(hits, relevant, relevant);
    rankings.push({ query, relevant, averagePrecisionAtR, hits: hits.slice(0, depth) });
  }
  onProgress?.({ phase: 'evaluate', done: queries.length, total: queries.length });
  return rankings;
}

/** Σ_i≤k precision(i)·right(i) / min(k, relevant). */
export function averagePrecision(
  hits: readonly { readonly right: boolean }[],
  relevant: number,
  k: number,
): number {
  let found = 0;
  let sum = 0;
  for (const [i, { right }] of hits.slice(0, k).entries()) {
    if (!right) continue;
    found++;
    sum += found / (i + 1);
  }
  return sum / Math.min(k, relevant);
}
