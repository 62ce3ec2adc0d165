// Counts what happened in a run, tells the caller as it goes, and sums it up.

import { performance } from 'node:perf_hooks';
import type { LongRunning } from '../core/progress.ts';
import type { ItemFailure } from './store.ts';

export type Outcome = 'indexed' | 'reused' | 'updated' | 'unchanged' | 'failed';

/** What an indexing run did. The five counts add up to the entries of the source that it came to. */
export interface IndexReport extends Readonly<Record<Outcome, number>> {
  /**
   * indexed: embedded and written. reused: written with the embedding of another picture of the same bytes. updated: the picture
   * is the same, its metadata, product, path or time of change were rewritten. unchanged: nothing to do. failed: see `failures`.
   */
  readonly failures: readonly ItemFailure[];
  /** True when the signal stopped the run. What it counts as indexed is in the catalogue all the same. */
  readonly aborted: boolean;
  readonly elapsedMs: number;
  /** Embedded pictures (`indexed`) a second. */
  readonly imagesPerSecond: number;
}

/** The report lists this many failures, the first ones; the catalogue has them all. */
const listedFailures = 100;
const progressIntervalMs = 100;

export class Tally {
  readonly #counts: Record<Outcome, number> = { indexed: 0, reused: 0, updated: 0, unchanged: 0, failed: 0 };
  readonly #failures: ItemFailure[] = [];
  readonly #onProgress: LongRunning['onProgress'];
  readonly #started = performance.now();
  #told = -Infinity;
  #total: number | undefined;

  constructor(onProgress: LongRunning['onProgress']) {
    this.#onProgress = onProgress;
  }

  /** How many entries to expect, once it is known. */
  expect(total: number): void {
    this.#total = total;
    this.#tell();
  }

  count(
    entry: { readonly outcome: Exclude<Outcome, 'failed'> } | { outcome: 'failed'; failure: ItemFailure },
  ): void {
    this.#counts[entry.outcome]++;
    if (entry.outcome === 'failed' && this.#failures.length < listedFailures)
      this.#failures.push(entry.failure);
    if (performance.now() - this.#told >= progressIntervalMs) this.#tell();
  }

  /** Ends the run. */
  report(aborted: boolean): IndexReport {
    const elapsedMs = performance.now() - this.#started;
    if (!aborted) this.#total = this.#done;
    this.#tell();
    const imagesPerSecond = this.#counts.indexed / (elapsedMs / 1000);
    return { ...this.#counts, failures: this.#failures, aborted, elapsedMs, imagesPerSecond };
  }

  get #done(): number {
    return Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
  }

  #tell(): void {
    this.#told = performance.now();
    // The source may have grown since it was counted.
    const total = this.#total === undefined ? {} : { total: Math.max(this.#total, this.#done) };
    this.#onProgress?.({ phase: 'index', done: this.#done, failed: this.#counts.failed, ...total });
  }
}
