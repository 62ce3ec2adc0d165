// Keeps the catalogue's list of failures true: what has failed is on it, what has been set right is not.

import path from 'node:path';
import type { FailureKey, ItemFailure, ItemStore } from './store.ts';

export class FailureLedger {
  readonly #store: ItemStore;
  /** Failures of earlier runs of which this one has not heard yet. */
  readonly #open: Map<string, FailureKey>;

  constructor(store: ItemStore) {
    this.#store = store;
    this.#open = new Map(store.failures().map((failure) => [textOf(failure), failure]));
  }

  record(failure: ItemFailure): void {
    this.#open.delete(textOf(failure));
    this.#store.recordFailure(failure);
  }

  /** The item is in the catalogue as the source has it. */
  resolve(key: FailureKey): void {
    if (this.#open.delete(textOf(key))) this.#store.clearFailure(key.source, key.id);
  }

  /** After a complete run: what is left of earlier failures in this source is gone from it, such as a row that was corrected. */
  close(location: string): void {
    for (const { source, id } of this.#open.values()) {
      const isWithin =
        source === location || source.startsWith(location + path.sep) || source.startsWith(`${location}:`);
      if (isWithin) this.#store.clearFailure(source, id);
    }
  }
}

function textOf({ source, id }: FailureKey): string {
  return JSON.stringify([source, id]);
}
