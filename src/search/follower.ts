/**
 * What is made of the rows and follows them, whoever writes them:
 *
 *   as of some change --step, step, …--> nearly current --catchUp--> current
 */
import type { ItemStore } from './item-store.ts';

/** Changes taken in between two turns of the event loop: a few milliseconds. */
const stepSize = 256;

/** Row: what a changed row has to say. */
export abstract class Follower<Row> {
  protected readonly store: ItemStore;
  /** Every change of rows up to this one has been taken in, and every removal up to that one. Equal but for a replay on its way. */
  #changedTo: number;
  #removedTo: number;

  protected constructor(store: ItemStore, changedTo: number, removedTo: number) {
    this.store = store;
    this.#changedTo = changedTo;
    this.#removedTo = removedTo;
  }

  /** At most `limit` of the rows that changed after a change, in the order of their changes. */
  protected abstract rowsAfter(seq: number, limit: number): readonly Row[];
  /** Takes a row in. Returns its change. */
  protected abstract take(row: Row): number;
  /** The row of this label is no more, or has another label now. */
  protected abstract remove(label: number): void;

  /** The latest change of a row that is in it. */
  get seq(): number {
    return this.#changedTo;
  }

  /** False once it is so old that removals since have been forgotten, or newer than the rows, which were restored from a copy. */
  get canFollow(): boolean {
    return (
      this.#removedTo >= this.store.prunedSeq() &&
      Math.max(this.#changedTo, this.#removedTo) <= this.store.seq()
    );
  }

  /** Whether what is left is little enough to catch up with in the midst of a search. */
  get isNearlyCurrent(): boolean {
    return this.store.seq() - Math.min(this.#changedTo, this.#removedTo) <= stepSize;
  }

  /** Takes in the next few changes; false when there were no more. */
  step(): boolean {
    const rows = this.rowsAfter(this.#changedTo, stepSize);
    for (const row of rows) this.#changedTo = this.take(row);
    const removals = this.store.removalsAfter(this.#removedTo, stepSize);
    for (const { seq, label } of removals) {
      this.remove(label);
      this.#removedTo = seq;
    }
    return rows.length === stepSize || removals.length === stepSize;
  }

  /** Takes in all that is left, and is then as of this moment; to be used before whatever made it one (`store.atOnce`) ends. */
  protected catchUp(): void {
    const seq = this.store.seq();
    if (seq === this.#changedTo && seq === this.#removedTo) return;
    while (this.step());
    this.#changedTo = seq;
    this.#removedTo = seq;
  }
}
