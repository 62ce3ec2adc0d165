/**
 * The index of a catalogue, kept equal to its rows, whoever changes them. Searches never wait for a graph to be built: what the graph
 * does not have yet is compared one by one. Graphs are built elsewhere, saved, and then loaded:
 *
 *   rows ──build──> snapshot ──load──> graph ─┐
 *     └─────────replay────────────────> tail ─┴─> search
 */
import { setImmediate } from 'node:timers/promises';
import { messageOf, throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import { closedError } from './access.ts';
import { isWorn } from './build-graph.ts';
import type { IndexSettings } from './index-settings.ts';
import type { ItemStore } from './item-store.ts';
import { Replica } from './replica.ts';
import { type BuildOptions, SavedGraph } from './saved-graph.ts';
import type { SnapshotOrigin } from './snapshot.ts';
import type { SearchMethod, VectorIndex } from './vector-index.ts';

export interface IndexState {
  /** How searches go. none: not needed yet in this process. */
  readonly method: 'none' | SearchMethod;
  readonly size: number;
  /** Of these, how many are not in a graph, and compared one by one. */
  readonly tail: number;
  /** The latest change that is in it. */
  readonly seq: number;
  readonly building: boolean;
  /** Why the snapshot was not used, when there was one to use; or why no better one could be made. */
  readonly problem: string | undefined;
}

/** Milliseconds from finding that the index could be better to making it so: a process that only looks something up is over by then. */
const patience = { usual: 1000, afterProblem: 60_000 };

export class LiveIndex {
  readonly #store: ItemStore;
  readonly #isWriter: boolean;
  readonly #settings: IndexSettings;
  readonly #dimension: number;
  readonly #graph: SavedGraph;
  #replica: Replica | undefined;
  /** The change up to which its graph is complete, and that of the snapshot that was last looked at. */
  #loadedSeq = 0;
  #seenSeq: number | undefined;
  #problem: string | undefined;
  #closed = false;
  #opening: Promise<unknown> = Promise.resolve();
  #tending: NodeJS.Timeout | undefined;
  #patience = patience.usual;

  constructor(
    store: ItemStore,
    place: { readonly directory: string; readonly isWriter: boolean },
    origin: SnapshotOrigin,
    settings: IndexSettings,
  ) {
    this.#store = store;
    this.#isWriter = place.isWriter;
    this.#settings = settings;
    this.#dimension = origin.dimension;
    this.#graph = new SavedGraph(store, place.directory, origin, settings);
  }

  get state(): IndexState {
    const index = this.#replica?.index;
    return {
      method: index?.method ?? 'none',
      size: index?.size ?? 0,
      tail: index?.tail ?? 0,
      seq: this.#replica?.seq ?? 0,
      building: this.#graph.isBuilding,
      problem: this.#problem,
    };
  }

  /** Vectors that were removed and still take room in the snapshot. */
  get removed(): number {
    return this.#graph.removed;
  }

  /** The change up to which there is a snapshot; undefined where there is none. */
  get savedSeq(): number | undefined {
    return this.#graph.saved?.seq;
  }

  /** What there is on disk, read whole and compared with its checksum. One that is out of date is no problem: the rest is compared. */
  async checkSnapshot(): Promise<{ readonly state: string; readonly problem?: string }> {
    if (this.#isSmall()) return { state: 'made when it is needed' };
    const graph = await this.#graph.load();
    if (graph === undefined) return { state: 'not saved' };
    if (typeof graph !== 'string') return { state: 'saved whole' };
    return { state: 'unusable', problem: `the saved index cannot be used: ${graph}` };
  }

  /** Loads or replays until little is left for `current` to do, in steps that let other work go on. */
  async prepare(options: LongRunning = {}): Promise<void> {
    if (!this.#replica?.canFollow || !this.#replica.isNearlyCurrent) {
      await this.#inTurn(() =>
        this.#replica?.canFollow ? this.#follow(this.#replica, options) : this.#open(undefined, options),
      );
    }
    this.#tend();
  }

  /**
   * The index as of this moment; undefined when it has to be prepared again. To be used before whatever made the moment one
   * (`store.atOnce`) ends.
   */
  current(): VectorIndex | undefined {
    return this.#replica?.canFollow ? this.#replica.finish() : undefined;
  }

  /** To be called after changes, so that a long run is saved as it goes. */
  changed(): void {
    if (this.#isWriter) this.#tend();
  }

  /**
   * Brings the graph up to date and saves it, so that the next process need not compare what is new one by one. A small catalogue has
   * no graph, and one of which less than a hundredth has changed is not written again. Only the writer may call it.
   */
  async save(options: LongRunning = {}): Promise<void> {
    const isDue = () =>
      !this.#isSmall() &&
      (this.#problem !== undefined || this.#graph.unsaved > (this.#graph.saved?.size ?? 0) / 100);
    await this.#build(isDue, options);
  }

  /** Builds the graph anew from the rows, whatever snapshot there is, and saves it. Only the writer may call it. */
  async rebuild(options: LongRunning = {}): Promise<void> {
    await this.#build(() => !this.#isSmall(), { ...options, anew: true });
  }

  /** Makes sure that few items are compared one by one: work on all of them needs that. */
  async settle(options: LongRunning = {}): Promise<void> {
    await this.prepare(options);
    const isDue = () => (this.#replica?.index.tail ?? 0) > this.#settings.exactUpTo;
    if (this.#isWriter) await this.#build(isDue, options);
    else await this.#buildAside(isDue, options);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#tending);
    this.#graph.close();
    this.#replica = undefined;
  }

  /** Starts over from the snapshot, or from nothing. What there was serves until that is done. */
  async #open(directory: string | undefined, options: LongRunning): Promise<void> {
    this.#seenSeq = this.#graph.saved?.seq;
    const graph = this.#isSmall() ? undefined : await this.#graph.load(directory);
    this.#checkOpen();
    this.#problem = typeof graph === 'string' ? graph : undefined;
    const usable = typeof graph === 'object' ? graph : undefined;
    const replica = new Replica(this.#store, this.#dimension, usable, this.#settings.ef);
    await this.#follow(replica, options);
    this.#replica = replica;
    this.#loadedSeq = usable?.seq ?? 0;
  }

  async #follow(replica: Replica, options: LongRunning): Promise<void> {
    while (replica.step()) {
      options.onProgress?.({ phase: 'read embeddings', done: replica.index.size });
      await setImmediate();
      this.#checkOpen();
      throwIfAborted(options.signal);
    }
  }

  async #build(isDue: () => boolean, options: BuildOptions): Promise<void> {
    const built = await this.#graph.build(isDue, options);
    if (built && this.#replica) await this.#inTurn(() => this.#open(undefined, options));
  }

  async #buildAside(isDue: () => boolean, options: BuildOptions): Promise<void> {
    const use = (directory: string) => this.#inTurn(() => this.#open(directory, options));
    await this.#graph.buildAside(isDue, use, options);
  }

  /** Sees to it, soon and beside everything else, that searches need not compare more and more one by one. */
  #tend(): void {
    if (!this.#settings.background || this.#closed || this.#tending || !this.#couldBeBetter()) return;
    this.#tending = setTimeout(() => {
      const better = this.#improve().then(
        () => (this.#patience = patience.usual),
        (error: unknown) => {
          this.#problem = messageOf(error);
          this.#patience = patience.afterProblem;
        },
      );
      void better.finally(() => (this.#tending = undefined));
    }, this.#patience).unref();
  }

  #couldBeBetter(): boolean {
    const index = this.#replica?.index;
    if (!index) return this.#graph.unsaved > this.#allowance(this.#graph.saved?.size ?? 0);
    return index.tail > this.#settings.exactUpTo || isWorn(index.removed, index.size);
  }

  async #improve(): Promise<void> {
    const isDue = (patience: number) => () => {
      const index = this.#replica?.index;
      if (!index) return this.#couldBeBetter();
      return (
        index.tail > patience * this.#allowance(index.size - index.tail) || isWorn(index.removed, index.size)
      );
    };
    if (this.#isWriter) {
      await this.#build(isDue(1), { modest: true });
      return;
    }
    // A writer, if there is one, builds for all.
    const seq = this.#graph.saved?.seq;
    if (seq !== undefined && seq > this.#loadedSeq && seq !== this.#seenSeq)
      await this.#inTurn(() => this.#open(undefined, {}));
    await this.#buildAside(isDue(4), { modest: true });
  }

  /** The larger a graph, the longer it takes to write, and the less the same number of items beside it adds to a search. */
  #allowance(built: number): number {
    return this.#settings.exactUpTo + built / 8;
  }

  #isSmall(): boolean {
    return this.#store.count() <= this.#settings.exactUpTo;
  }

  /** One after another: two loads would get in each other's way. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#opening.then(() => {
      this.#checkOpen();
      return work();
    });
    this.#opening = turn.catch(() => undefined);
    return turn;
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }
}
