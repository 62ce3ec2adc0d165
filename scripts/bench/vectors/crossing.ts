/** From how many vectors on the graph is quicker than comparing them all, and what building it costs: both indexes by themselves. */
import { quantile } from '../../../src/core/vector.ts';
import { ExactIndex } from '../../../src/search/exact.ts';
import { HnswIndex } from '../../../src/search/hnsw.ts';
import type { VectorIndex } from '../../../src/search/vector-index.ts';
import { benchSpace, embeddingsOf, queriesOf } from './fill.ts';

export interface Crossing {
  readonly count: number;
  /** Milliseconds a search for 10, median. */
  readonly exact: number;
  readonly hnsw: number;
  readonly recall: number;
  /** Milliseconds to add one vector to the graph. */
  readonly add: number;
}

const sizes = [1000, 2000, 5000, 10_000, 20_000];

/** Searches with the default ef. */
export function crossings(): Crossing[] {
  const largest = Math.max(...sizes);
  const vectors = [...embeddingsOf(largest)];
  const queries = queriesOf(largest, 50);
  const exact = new ExactIndex(benchSpace.dimension);
  const hnsw = new HnswIndex(benchSpace.dimension, { capacity: largest });
  let adding = 0;
  return sizes.map((count) => {
    for (let label = exact.size; label < count; label++) {
      exact.add(label, vectors[label]!);
      const start = performance.now();
      hnsw.add(label, vectors[label]!);
      adding += performance.now() - start;
    }
    const truths = queries.map((query) => new Set(labels(exact, query)));
    const found = queries.flatMap((query, i) => labels(hnsw, query).filter((label) => truths[i]!.has(label)));
    return {
      count,
      exact: median(queries, exact),
      hnsw: median(queries, hnsw),
      recall: found.length / (10 * queries.length),
      add: adding / count,
    };
  });
}

const labels = (index: VectorIndex, query: Float32Array) => index.search(query, 10).map(({ label }) => label);

function median(queries: readonly Float32Array[], index: VectorIndex): number {
  const times = queries.map((query) => {
    const start = performance.now();
    index.search(query, 10);
    return performance.now() - start;
  });
  return quantile(times, 0.5);
}
