/**
 * An HNSW graph under construction. Adding a vector takes a millisecond or more and reading or writing a large graph seconds, in which
 * a thread can do nothing else: so a graph is built in one thread, as a file, and searched in another, which loads the file.
 */
import { setImmediate } from 'node:timers/promises';
import { HnswIndex } from './hnsw.ts';
import {
  discardSnapshot,
  readSnapshot,
  type SnapshotOrigin,
  stageSnapshot,
  writeSnapshotData,
} from './snapshot.ts';

/** Calls are answered in order. Every call may reject with an Error: the graph is then of no further use. */
export interface GraphBuilder {
  /** Begins with the snapshot in a folder; resolves to what it holds, or to the reason why it cannot be used. */
  load(directory: string): Promise<Loaded | string>;
  /** Begins with nothing. */
  start(capacity: number): Promise<void>;
  add(rows: Rows): Promise<void>;
  /** Labels that are not in the graph are passed over. */
  remove(labels: readonly number[]): Promise<void>;
  /** Writes a snapshot as of change `seq` beside the one that counts, and resolves to its name. */
  stage(directory: string, seq: number): Promise<string>;
  /** At once; calls under way may never be answered. */
  close(): void;
}

export interface Loaded {
  readonly seq: number;
  /** Vectors that can be found, and those that were removed. */
  readonly size: number;
  readonly removed: number;
}

/** Vectors by label, one after the other in `values`. */
export interface Rows {
  readonly labels: Float64Array<ArrayBuffer>;
  readonly values: Float32Array<ArrayBuffer>;
}

/** The builder in whatever thread it is made. */
export class LocalGraphBuilder implements GraphBuilder {
  readonly #origin: SnapshotOrigin;
  #index: HnswIndex | undefined;

  constructor(origin: SnapshotOrigin) {
    this.#origin = origin;
  }

  async load(directory: string): Promise<Loaded | string> {
    const snapshot = await readSnapshot(directory, this.#origin);
    if (typeof snapshot === 'string') return snapshot;
    const { index, header } = snapshot;
    this.#index = index;
    return { seq: header.seq, size: index.size, removed: index.removed };
  }

  async start(capacity: number): Promise<void> {
    const { m, efConstruction, dimension } = this.#origin;
    this.#index = new HnswIndex(dimension, { m, efConstruction, capacity });
  }

  async add({ labels, values }: Rows): Promise<void> {
    const { dimension } = this.#origin;
    for (const [i, label] of labels.entries()) {
      this.#graph.add(label, values.subarray(i * dimension, (i + 1) * dimension));
    }
    // Whoever builds in a thread that has other work to do lets it be done.
    await setImmediate();
  }

  async remove(labels: readonly number[]): Promise<void> {
    for (const label of labels) this.#graph.remove(label);
  }

  async stage(directory: string, seq: number): Promise<string> {
    const facts = { ...this.#origin, seq, size: this.#graph.size };
    const file = writeSnapshotData(directory, this.#graph, seq);
    try {
      await stageSnapshot(directory, file, facts);
      return file;
    } catch (error) {
      discardSnapshot(directory, file);
      throw error;
    }
  }

  close(): void {
    this.#index = undefined;
  }

  get #graph(): HnswIndex {
    if (!this.#index) throw new Error('expected a graph that was loaded or started');
    return this.#index;
  }
}
