/** The graph of a catalogue as a file: what is saved of it, and building a newer one aside, in a thread of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, messageOf } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import { closedError } from './access.ts';
import { buildGraph, whyUnusable } from './build-graph.ts';
import { type GraphBuilder, LocalGraphBuilder } from './graph-builder.ts';
import { GraphThread } from './graph-thread.ts';
import type { HnswIndex } from './hnsw.ts';
import type { IndexSettings } from './index-settings.ts';
import type { ItemStore } from './item-store.ts';
import {
  discardSnapshot,
  hasSnapshot,
  publishSnapshot,
  readSnapshot,
  type Saved,
  savedIn,
  type SnapshotOrigin,
  syncSnapshot,
} from './snapshot.ts';

export interface Graph {
  readonly index: HnswIndex;
  /** Every change up to this one is in it. */
  readonly seq: number;
}

export interface BuildOptions extends LongRunning {
  /** From the rows alone, whatever snapshot there is. */
  readonly anew?: boolean;
  /** Nobody waits for it: it may leave the processor to others. */
  readonly modest?: boolean;
}

/** While a graph is built, its snapshots are at most so many milliseconds apart. */
const saveAfterMs = 5 * 60_000;

export class SavedGraph {
  readonly #store: ItemStore;
  readonly #directory: string;
  readonly #origin: SnapshotOrigin;
  readonly #settings: IndexSettings;
  #turn: Promise<unknown> = Promise.resolve();
  #builder: GraphBuilder | undefined;
  #closed = false;

  constructor(store: ItemStore, directory: string, origin: SnapshotOrigin, settings: IndexSettings) {
    this.#store = store;
    this.#directory = directory;
    this.#origin = origin;
    this.#settings = settings;
  }

  get isBuilding(): boolean {
    return this.#builder !== undefined;
  }

  /** What is saved in the catalogue, as its header has it. */
  get saved(): Saved | undefined {
    return savedIn(this.#directory, this.#origin);
  }

  /** Changes since, of whatever kind. */
  get unsaved(): number {
    return this.#store.seq() - (this.saved?.seq ?? 0);
  }

  /** Vectors that were removed and still take room in the file. */
  get removed(): number {
    const { saved } = this;
    return saved ? saved.removed + this.#store.removedAfter(saved.seq).length : 0;
  }

  /** Loads it, from this folder or another; or says why it cannot be used. Undefined where there is none. */
  async load(directory = this.#directory): Promise<Graph | string | undefined> {
    if (!hasSnapshot(directory)) return undefined;
    const snapshot = await readSnapshot(directory, this.#origin);
    this.#checkOpen();
    if (typeof snapshot === 'string') return snapshot;
    const { index, header } = snapshot;
    const { seq } = header;
    return whyUnusable(this.#store, { seq, removed: index.removed }) ?? { index, seq };
  }

  /**
   * Brings it up to date with the rows, or (anew) builds it from nothing, and saves it. One graph is built after another; `isDue` is
   * asked once the turn has come. Resolves to whether one was built. Only the writer may call it.
   */
  async build(isDue: () => boolean, options: BuildOptions = {}): Promise<boolean> {
    return this.#inTurn(async () => {
      if (!isDue()) return false;
      await this.#build(this.#directory, options);
      return true;
    });
  }

  /** The same for who may not write the catalogue: builds in a temporary folder, and hands it to `use` before it goes. */
  async buildAside(
    isDue: () => boolean,
    use: (directory: string) => Promise<void>,
    options: BuildOptions = {},
  ): Promise<void> {
    await this.#inTurn(async () => {
      if (!isDue()) return;
      const directory = await mkdtemp(join(tmpdir(), `whymatch-index-${process.pid}-`));
      try {
        await this.#build(directory, options);
        await use(directory);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.#builder?.close();
  }

  async #build(directory: string, options: BuildOptions): Promise<void> {
    const { thread, exactUpTo } = this.#settings;
    const builder = thread ? new GraphThread(this.#origin, options) : new LocalGraphBuilder(this.#origin);
    this.#builder = builder;
    try {
      await buildGraph(
        {
          store: this.#store,
          builder,
          from: options.anew ? undefined : this.#directory,
          save: (seq) => this.#publish(builder, directory, seq),
          saveAfter: { vectors: exactUpTo, ms: saveAfterMs },
        },
        options,
      );
    } finally {
      builder.close();
      this.#builder = undefined;
      this.#checkOpen();
    }
  }

  async #publish(builder: GraphBuilder, directory: string, seq: number): Promise<void> {
    const before = this.saved;
    try {
      const file = await builder.stage(directory, seq);
      // After close() another writer may be at work.
      if (this.#closed) discardSnapshot(directory, file);
      this.#checkOpen();
      publishSnapshot(directory, file);
      await syncSnapshot(directory);
    } catch (error) {
      this.#checkOpen();
      const message = `the index of ${this.#directory} could not be saved (${messageOf(error)}). Nothing is lost: check the permissions and the free space of ${directory}, then save it again`;
      throw new AppError('CATALOG_READ_ONLY', message, { cause: error });
    }
    this.#checkOpen();
    // Whoever has the snapshot before this one can still follow, and so can this one, which has less when a graph is being built anew.
    if (directory === this.#directory && before) this.#store.pruneTombstones(Math.min(before.seq, seq));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => {
      this.#checkOpen();
      return work();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}
