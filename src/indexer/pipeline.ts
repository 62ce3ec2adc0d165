/**
 * Indexing: from a source of pictures to rows of a catalogue.
 *
 *   source ──> examine: stat, read, hash, decode ──> batch ──> embed ──> put ──> catalogue
 *              `concurrency` pictures at a time,     one is filled and others are embedded while one is
 *              ahead of the model by two batches     written: what is put is safe before it is counted
 *
 * Decoding goes on while the model runs (where that has threads of its own: `ownThreads`), and waits when it is two batches ahead; so what
 * is held in memory does not depend on the source's size.
 */

import { availableParallelism } from 'node:os';
import type { Embedder } from '../core/embedder.ts';
import { isSameSpace, modelMismatch } from '../core/model-mismatch.ts';
import type { LongRunning } from '../core/progress.ts';
import { type BatchEntry, BatchQueue, type Written } from './batch.ts';
import { examine, type Examined, withKnown } from './examine.ts';
import { fetchAhead, type FetchOptions } from './fetch-ahead.ts';
import { FailureLedger } from './failure-ledger.ts';
import { parallelMap } from './parallel-map.ts';
import { collectionOf, type ItemSource, type SourceEntry } from './sources/source.ts';
import type { ItemStore } from './store.ts';
import { type IndexReport, Tally } from './tally.ts';

export interface IndexOptions extends LongRunning {
  readonly store: ItemStore;
  readonly embedder: Embedder;
  /** Pictures that the model is given at once. Default 16. */
  readonly batchSize?: number;
  /** Pictures that are read and decoded at a time. Default: twice the processors. */
  readonly concurrency?: number;
  /** Embed every picture again, changed or not. */
  readonly force?: boolean;
  /** How pictures are fetched that the source names by URLs. */
  readonly fetch?: FetchOptions | undefined;
}

/**
 * Brings the catalogue up to date with the source; items that the source does not have are left alone. A broken picture or row is
 * a failure in the report and in the catalogue, and the run goes on.
 *
 * When the signal fires, the pictures that are ready are still written, and the report says `aborted`. Whatever ends the run, the
 * next one goes on where it stopped.
 *
 * @throws what the source, the model or the catalogue as a whole throw: SOURCE_UNREADABLE, ENGINE_FAILED, CATALOG_READ_ONLY, …
 */
export async function indexItems(source: ItemSource, options: IndexOptions): Promise<IndexReport> {
  const {
    store,
    embedder,
    batchSize = 16,
    concurrency = 2 * availableParallelism(),
    force = false,
  } = options;
  const { onProgress, signal } = options;
  checkCount('batchSize', batchSize);
  checkCount('concurrency', concurrency);
  // An index made of two models' embeddings would find anything.
  if (!isSameSpace(store.space, embedder)) throw modelMismatch(store.directory, store.space, embedder);

  const tally = new Tally(onProgress);
  const failures = new FailureLedger(store.failures, source);
  const settle = (entry: Settled) => {
    if (entry.outcome === 'failed') failures.record(entry.failure);
    else failures.resolve(entry.outcome === 'unchanged' ? entry.key : entry.item);
    tally.count(entry);
  };
  const batches = new BatchQueue(batchSize, embedder, async (batch) => {
    for (const written of await batch.write(store)) settle(written);
  });
  const examination = { store, input: embedder.input, force, collection: collectionOf(source) };
  const examineOne = (entry: SourceEntry) => examine(entry, examination);
  const ahead = (1 + (embedder.parallelRuns ?? 1)) * batchSize + concurrency;
  const entries = fetchAhead(source.entries(), { store, force, signal, fetch: options.fetch });

  let aborted = false;
  const counting = startCounting(source, tally);
  try {
    for await (const entry of parallelMap(entries, examineOne, { concurrency, ahead })) {
      aborted = signal?.aborted ?? false;
      if (aborted) break;
      if (entry.outcome === 'failed' || entry.outcome === 'unchanged') settle(entry);
      else await batches.add(force ? entry : asKnown(entry, store));
    }
    await batches.finish();
  } finally {
    await Promise.all([counting.stop(), batches.stop()]);
  }
  // The entries also end early when the signal fires.
  aborted ||= signal?.aborted ?? false;
  if (!aborted) failures.close();
  return tally.report(aborted);
}

/** What has become of an entry, for good. */
type Settled = Written | Extract<Examined, { outcome: 'failed' | 'unchanged' }>;

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`expected ${name} of 1 or more, received ${value}`);
}

/** Counts the source beside the run, for the progress bar. */
function startCounting(source: ItemSource, tally: Tally): { readonly stop: () => Promise<void> } {
  const ended = new AbortController();
  async function count(): Promise<void> {
    try {
      const total = await source.count(ended.signal);
      if (total !== undefined && !ended.signal.aborted) tally.expect(total);
    } catch {
      // Who reads the entries meets the same error, and says so.
    }
  }
  const counting = count();
  return {
    stop: async () => {
      ended.abort();
      await counting;
    },
  };
}

/** The same bytes may have been written since the entry was examined. */
function asKnown(entry: BatchEntry, store: ItemStore): BatchEntry {
  if (entry.outcome !== 'prepared') return entry;
  const known = store.findByHash(entry.draft.contentHash);
  return known ? { outcome: 'reused', item: withKnown(entry.draft, known) } : entry;
}
