/**
 * What the parameters of the index are worth, measured with the catalogue's own embeddings: how much of what an exact search finds the
 * graph finds, and how long it takes, by `ef`; and what graphs of other parameters would cost and find.
 */
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import { seededRandom } from '../core/random.ts';
import { quantile } from '../core/vector.ts';
import type { Access } from './access.ts';
import { ExactIndex } from './exact.ts';
import { HnswIndex, type HnswParameters } from './hnsw.ts';
import type { LabelledEmbedding } from './item-store.ts';
import type { CatalogParts } from './maintenance.ts';
import { readTuning, type Tuning, writeTuning } from './schema.ts';
import { TopK } from './top-k.ts';
import type { VectorIndex } from './vector-index.ts';

export interface TuneOptions extends LongRunning {
  /** The share of the true 10 nearest that searches shall find; 0.99 unless given. */
  readonly recall?: number;
  /** Items that are searched with; 200 unless given. */
  readonly queries?: number;
  /** Items of which graphs are built to compare parameters; 5000 unless given, 0 to leave that out. */
  readonly sample?: number;
}

export interface Found {
  /** At 10. */
  readonly recall: number;
  /** Milliseconds a search, median and 99th percentile. */
  readonly p50: number;
  readonly p99: number;
}

export interface TuneReport {
  readonly items: number;
  /** The index as it is, by ef; empty where everything is compared one by one. */
  readonly byEf: readonly (Found & { readonly ef: number })[];
  /** The smallest ef with which enough is found; undefined where none of those tried is enough, or none is needed. */
  readonly ef: number | undefined;
  /** Graphs of a sample, all searched with the same ef. */
  readonly graphs: readonly (Found & HnswParameters & { readonly addMs: number })[];
  readonly sample: number;
  readonly sampleEf: number;
}

const k = 10;
const efs = [10, 16, 24, 32, 48, 64, 100, 150, 200, 400];
const candidates: readonly HnswParameters[] = [
  { m: 8, efConstruction: 100 },
  { m: 16, efConstruction: 50 },
  { m: 16, efConstruction: 100 },
  { m: 16, efConstruction: 200 },
  { m: 32, efConstruction: 200 },
];
/** Small, so that differences show. */
const sampleEf = 16;

export class IndexTuning {
  readonly #parts: CatalogParts;
  readonly #access: Access;

  constructor(parts: CatalogParts, access: Access) {
    this.#parts = parts;
    this.#access = access;
  }

  /** Measures what the parameters are worth here. Changes nothing. Throws ABORTED. */
  measure(options: TuneOptions = {}): Promise<TuneReport> {
    return this.#access.longReading(() => tuneIndex(this.#parts, options));
  }

  /** The parameters that were chosen for this catalogue; what is absent is as everywhere. */
  kept(): Tuning {
    return this.#access.reading(() => readTuning(this.#parts.connection));
  }

  /** Keeps parameters for whoever opens the catalogue from now on, but what is undefined. m and efConstruction count for the next graph. */
  keep(tuning: { readonly [K in keyof Tuning]: Tuning[K] | undefined }): void {
    this.#access.writing(() => {
      const given = Object.fromEntries(Object.entries(tuning).filter(([, value]) => value !== undefined));
      writeTuning(this.#parts.connection, { ...this.kept(), ...given });
    });
  }
}

/** Items that were sampled are left out of what they find: they would find themselves. */
async function tuneIndex({ items, index }: CatalogParts, options: TuneOptions): Promise<TuneReport> {
  const { recall = 0.99, queries: wanted = 200, sample: wantedSample = 5000 } = options;
  await index.prepare(options);
  const labels = items.labels();
  const random = seededRandom(labels.length);
  const queries = [...items.embeddingsOf(drawn(labels, wanted, random))];
  const current = items.atOnce(() => index.current());
  const byEf: TuneReport['byEf'][number][] = [];
  if (current?.method === 'hnsw') {
    const truths = await truthOf(items.embeddings(), queries, options);
    for (const ef of efs) {
      byEf.push({ ef, ...tried(current, queries, truths, ef) });
      await step(options, 'try ef', byEf.length, efs.length);
    }
  }
  const sampled = wantedSample === 0 ? [] : [...items.embeddingsOf(drawn(labels, wantedSample, random))];
  const graphs = sampled.length === 0 ? [] : await compareGraphs(sampled, queries, options);
  return {
    items: labels.length,
    byEf,
    ef: byEf.find((one) => one.recall >= recall)?.ef,
    graphs,
    sample: sampled.length,
    sampleEf,
  };
}

async function compareGraphs(
  sampled: readonly LabelledEmbedding[],
  queries: readonly LabelledEmbedding[],
  options: LongRunning,
): Promise<TuneReport['graphs']> {
  const exact = new ExactIndex(sampled[0]!.embedding.length);
  for (const { label, embedding } of sampled) exact.add(label, embedding);
  const truths = queries.map(({ label, embedding }) =>
    exact.search(embedding, k, { filter: (other) => other !== label }),
  );
  const graphs: TuneReport['graphs'][number][] = [];
  for (const parameters of candidates) {
    const graph = new HnswIndex(exact.dimension, { ...parameters, capacity: sampled.length });
    let adding = 0;
    for (const [i, { label, embedding }] of sampled.entries()) {
      const start = performance.now();
      graph.add(label, embedding);
      adding += performance.now() - start;
      if (i % 64 === 0) await step(options, 'try parameters', graphs.length, candidates.length);
    }
    const addMs = adding / sampled.length;
    graphs.push({ ...parameters, addMs, ...tried(graph, queries, truths, sampleEf) });
  }
  return graphs;
}

type Truth = readonly { readonly label: number; readonly score: number }[];

/** One pass over all rows for all queries. */
async function truthOf(
  rows: Iterable<LabelledEmbedding>,
  queries: readonly LabelledEmbedding[],
  options: LongRunning,
): Promise<Truth[]> {
  const best = queries.map(() => new TopK(k));
  // The rows are read at once: no statement may stay open while others write.
  for (const { label, embedding } of rows) {
    for (const [i, query] of queries.entries()) {
      if (query.label === label) continue;
      let score = 0;
      for (let d = 0; d < embedding.length; d++) score += query.embedding[d]! * embedding[d]!;
      if (score >= best[i]!.floor) best[i]!.offer(label, score);
    }
  }
  await step(options, 'compare', 1, 1);
  return best.map((top) => top.sorted());
}

function tried(
  index: VectorIndex,
  queries: readonly LabelledEmbedding[],
  truths: readonly Truth[],
  ef: number,
): Found {
  let [found, wanted] = [0, 0];
  const times: number[] = [];
  for (const [i, { label, embedding }] of queries.entries()) {
    const start = performance.now();
    const hits = index.search(embedding, k + 1, { ef });
    times.push(performance.now() - start);
    // Equal scores at the end of the page are each as good as the other.
    const floor = (truths[i]!.at(-1)?.score ?? 1) - 1e-5;
    const others = hits.filter((hit) => hit.label !== label && hit.score >= floor);
    found += Math.min(others.length, truths[i]!.length);
    wanted += truths[i]!.length;
  }
  const recall = wanted > 0 ? found / wanted : 1;
  return { recall, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** Different labels, in random order. */
function drawn(labels: readonly number[], count: number, random: () => number): number[] {
  const all = [...labels];
  for (let i = 0; i < Math.min(count, all.length); i++) {
    const j = i + Math.floor(random() * (all.length - i));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all.slice(0, count);
}

async function step(options: LongRunning, phase: string, done: number, total: number): Promise<void> {
  options.onProgress?.({ phase, done, total });
  await setImmediate();
  throwIfAborted(options.signal);
}
