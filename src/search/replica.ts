/**
 * An index that follows the rows: a graph as of some change, and in its tail every embedding since, whoever wrote it.
 *
 *   graph as of change s (or none) --step, step, …--> nearly current --finish--> current
 */
import type { HnswIndex } from './hnsw.ts';
import type { ItemStore } from './item-store.ts';
import { LayeredIndex } from './layered-index.ts';

/** Changes applied between two turns of the event loop: a few milliseconds. */
export const stepSize = 256;

export class Replica {
  readonly index: LayeredIndex;
  readonly #store: ItemStore;
  /** Every embedding up to this label is in the index, and every removal up to this change. Equal but for a replay on its way. */
  #addedTo: number;
  #removedTo: number;

  /** graph: complete up to change `seq`. Without one, no removal concerns the replica that is past. */
  constructor(
    store: ItemStore,
    dimension: number,
    graph?: { readonly index: HnswIndex; readonly seq: number },
    ef?: number,
  ) {
    this.#store = store;
    this.index = new LayeredIndex(dimension, graph?.index, ef);
    this.#addedTo = graph?.seq ?? 0;
    this.#removedTo = graph?.seq ?? store.seq();
  }

  /** The latest change that is in it. */
  get seq(): number {
    return this.#addedTo;
  }

  /** False once it is so old that removals since have been forgotten, or newer than the rows, which were restored from a copy. */
  get canFollow(): boolean {
    return (
      this.#removedTo >= this.#store.prunedSeq() &&
      Math.max(this.#addedTo, this.#removedTo) <= this.#store.seq()
    );
  }

  /** Whether what is left is little enough for `finish` to do in the midst of a search. */
  get isNearlyCurrent(): boolean {
    return this.#store.seq() - Math.min(this.#addedTo, this.#removedTo) <= stepSize;
  }

  /** Applies the next few changes; false when there were no more. */
  step(): boolean {
    const rows = this.#store.embeddingsAfter(this.#addedTo, stepSize);
    for (const { label, embedding } of rows) {
      this.index.add(label, embedding);
      this.#addedTo = label;
    }
    const removals = this.#store.removalsAfter(this.#removedTo, stepSize);
    for (const { seq, label } of removals) {
      this.index.remove(label);
      this.#removedTo = seq;
    }
    return rows.length === stepSize || removals.length === stepSize;
  }

  /** Applies all that is left, and is then as of this moment; to be used before whatever made it one (`store.atOnce`) ends. */
  finish(): LayeredIndex {
    const seq = this.#store.seq();
    if (seq === this.#addedTo && seq === this.#removedTo) return this.index;
    while (this.step());
    this.#addedTo = seq;
    this.#removedTo = seq;
    return this.index;
  }
}
