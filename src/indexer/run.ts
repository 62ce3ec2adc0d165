/**
 * A run as an operator wants it: the source into the catalogue, and (with `sync`) out of it what the source no longer has; or only what
 * failed before; or nothing at all, but told what would be done.
 */
import type { Embedder } from '../core/embedder.ts';
import type { LongRunning } from '../core/progress.ts';
import { tensor } from '../core/tensor.ts';
import { IdMap } from './id-map.ts';
import { indexItems, type IndexOptions } from './pipeline.ts';
import { type FailureListener, ObservedStore } from './observed-store.ts';
import { onlyFailed } from './retry.ts';
import { collectionOf, type ItemSource, type SourceEntry } from './sources/source.ts';
import type { ItemStore } from './store.ts';
import type { IndexReport } from './tally.ts';

/** What a run needs of a catalogue. */
export interface RunStore extends ItemStore {
  delete(ids: readonly string[]): number;
  readonly collections: CollectionStore;
}

/** The sources that were indexed, by name. */
export interface CollectionStore {
  /** How many items belong to it. */
  count(name: string): number;
  /** Ids of its items, in order: the first `limit` after the id `after`. */
  ids(name: string, page: { readonly limit: number; readonly after: string }): string[];
  /** Returns since when it is being indexed: of an interrupted run, when that began. */
  begin(name: string, location: string): number;
  end(name: string): void;
}

export interface RunOptions extends Omit<IndexOptions, 'store'> {
  readonly store: RunStore;
  /** upsert (when absent) adds and replaces; sync also removes items of this source that it no longer has. */
  readonly mode?: 'upsert' | 'sync';
  /** Removes more than half of the source's items, if need be. */
  readonly allowMassDelete?: boolean;
  /** Only items that failed before, and those that the catalogue does not have. */
  readonly retryFailed?: boolean;
  /** Examines everything, and changes nothing. */
  readonly dryRun?: boolean;
  readonly onFailure?: FailureListener;
}

/** Why nothing was removed that should have been. */
export interface Withheld {
  readonly items: number;
  /** unreadable: parts of the source could not be read, so what is missing may be in them. mass-delete: it is more than half. */
  readonly reason: 'unreadable' | 'mass-delete';
}

export interface RunReport extends IndexReport {
  /** Of the items that were written: ids that were new, and ids that the catalogue had. */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly withheld: Withheld | null;
  readonly dryRun: boolean;
}

/**
 * Runs that are interrupted are gone on with: pictures behind URLs that were indexed since the interrupted run began, at most a day ago,
 * are not asked for again. With `dryRun` the report says what would be done.
 * @throws what indexItems throws
 */
export async function runIndexing(source: ItemSource, options: RunOptions): Promise<RunReport> {
  const { store, mode = 'upsert', retryFailed = false, dryRun = false } = options;
  const name = collectionOf(source);
  const before = store.collections.count(name);
  const observed = new ObservedStore(store, dryRun, options.onFailure);
  const watched = new WatchedSource(retryFailed ? onlyFailed(source, store) : source, mode === 'sync');
  const counting = !dryRun && !retryFailed;
  const began = Date.now();
  const since = counting ? store.collections.begin(name, source.location) : began;
  const report = await indexItems(watched, {
    ...options,
    store: observed,
    embedder: dryRun ? idle(options.embedder) : options.embedder,
    fetch: { ...options.fetch, freshSince: since < began ? Math.max(since, began - dayMs) : undefined },
    ...withCounts(options, observed),
  });
  for (const replaced of observed.replaced) await store.pictures.drop(replaced);
  const removal =
    mode === 'sync' && !report.aborted
      ? await removeMissing(store, name, watched, { ...options, before })
      : { removed: 0, withheld: null, aborted: false };
  const aborted = report.aborted || removal.aborted;
  if (counting && !aborted) store.collections.end(name);
  const { added, changed } = observed;
  const { removed, withheld } = removal;
  return { ...report, aborted, added, changed, removed, withheld, dryRun };
}

const dayMs = 86_400_000;

/** What the source named, as it goes by. */
class WatchedSource implements ItemSource {
  readonly #source: ItemSource;
  readonly #isWatched: boolean;
  readonly ids = new IdMap();
  /** Entries that may have stood for any item. */
  unreadable = 0;

  constructor(source: ItemSource, isWatched: boolean) {
    this.#source = source;
    this.#isWatched = isWatched;
  }

  get kind(): string {
    return this.#source.kind;
  }

  get location(): string {
    return this.#source.location;
  }

  get name(): string {
    return collectionOf(this.#source);
  }

  count(signal?: AbortSignal): Promise<number | undefined> {
    return this.#source.count(signal);
  }

  async *entries(): AsyncGenerator<SourceEntry> {
    for await (const entry of this.#source.entries()) {
      if (entry.id === null) this.unreadable++;
      else if (this.#isWatched) this.ids.add(entry.id, 1);
      yield entry;
    }
  }
}

interface RemovalOptions extends RunOptions {
  /** Items that the collection had before the run. */
  readonly before: number;
}

interface Removal extends Pick<RunReport, 'removed' | 'withheld'> {
  readonly aborted: boolean;
}

/** Two passes over the collection's ids: nothing is removed before it is known how much it is. */
async function removeMissing(
  store: RunStore,
  name: string,
  { ids, unreadable }: WatchedSource,
  { before, allowMassDelete = false, dryRun = false, onProgress, signal }: RemovalOptions,
): Promise<Removal> {
  let missing = 0;
  for (const page of pagesOf(store, name)) missing += page.filter((id) => !ids.has(id)).length;
  const withhold = (reason: Withheld['reason']): Removal => ({
    removed: 0,
    withheld: { items: missing, reason },
    aborted: false,
  });
  if (missing > 0 && unreadable > 0) return withhold('unreadable');
  if (missing > before / 2 && !allowMassDelete) return withhold('mass-delete');
  if (dryRun) return { removed: missing, withheld: null, aborted: false };
  let removed = 0;
  for (const page of pagesOf(store, name)) {
    if (signal?.aborted) return { removed, withheld: null, aborted: true };
    const gone = page.filter((id) => !ids.has(id));
    const items = gone.map((id) => store.get(id)!);
    removed += store.delete(gone);
    for (const item of items) await store.pictures.drop(item);
    if (missing > 0) onProgress?.({ phase: 'remove', done: removed, total: missing });
  }
  return { removed, withheld: null, aborted: false };
}

function* pagesOf(store: RunStore, name: string): Generator<string[]> {
  for (let after = ''; ;) {
    const page = store.collections.ids(name, { limit: 500, after });
    if (page.length === 0) return;
    after = page.at(-1)!;
    yield page;
  }
}

/** Embeddings that nobody keeps. */
function idle({ model, fingerprint, dimension, input }: Embedder): Embedder {
  const embed: Embedder['embed'] = async ({ dims: [count = 0] }) =>
    tensor([count, dimension], new Float32Array(count * dimension));
  return { model, fingerprint, dimension, input, embed };
}

function withCounts({ onProgress }: RunOptions, observed: ObservedStore): Pick<LongRunning, 'onProgress'> {
  if (!onProgress) return {};
  return {
    onProgress: (progress) => {
      const { added, changed } = observed;
      onProgress({ ...progress, counts: { added, changed } });
    },
  };
}

/** The sum of several runs' reports. */
export function sumOf(reports: readonly RunReport[]): RunReport {
  const [first = emptyReport, ...rest] = reports;
  return rest.reduce((sum, report) => {
    const elapsedMs = sum.elapsedMs + report.elapsedMs;
    const indexed = sum.indexed + report.indexed;
    return {
      indexed,
      reused: sum.reused + report.reused,
      updated: sum.updated + report.updated,
      unchanged: sum.unchanged + report.unchanged,
      failed: sum.failed + report.failed,
      added: sum.added + report.added,
      changed: sum.changed + report.changed,
      removed: sum.removed + report.removed,
      failures: [...sum.failures, ...report.failures].slice(0, 100),
      withheld: sum.withheld ?? report.withheld,
      aborted: sum.aborted || report.aborted,
      dryRun: report.dryRun,
      elapsedMs,
      imagesPerSecond: elapsedMs === 0 ? 0 : indexed / (elapsedMs / 1000),
    };
  }, first);
}

const emptyReport: RunReport = {
  indexed: 0,
  reused: 0,
  updated: 0,
  unchanged: 0,
  failed: 0,
  added: 0,
  changed: 0,
  removed: 0,
  failures: [],
  withheld: null,
  aborted: false,
  dryRun: false,
  elapsedMs: 0,
  imagesPerSecond: 0,
};
