// Keeps the catalogue's list of failures true: what has failed is on it, what has been set right is not.

import path from 'node:path';
import { collectionOf, type ItemSource } from './sources/source.ts';
import type { FailureKey, FailureStore, ItemFailure, RecordedFailure } from './store.ts';

export class FailureLedger {
  readonly #failures: FailureStore;
  readonly #source: ItemSource;
  /** Failures of earlier runs of which this one has not heard yet. */
  readonly #open: Map<string, RecordedFailure>;

  constructor(failures: FailureStore, source: ItemSource) {
    this.#failures = failures;
    this.#source = source;
    this.#open = new Map(failures.all().map((failure) => [textOf(failure), failure]));
  }

  record(failure: ItemFailure): void {
    this.#open.delete(textOf(failure));
    this.#failures.record({ ...failure, collection: collectionOf(this.#source) });
  }

  /** The item is in the catalogue as the source has it. */
  resolve(key: FailureKey): void {
    if (this.#open.delete(textOf(key))) this.#failures.clear(key.source, key.id);
  }

  /** After a complete run: what is left of earlier failures in this source is gone from it, such as a row that was corrected. */
  close(): void {
    for (const failure of this.#open.values()) {
      if (this.#isOurs(failure)) this.#failures.clear(failure.source, failure.id);
    }
  }

  /** Older catalogues do not say from which source a failure is. A folder that is indexed as a whole knows what is in it. */
  #isOurs({ source, collection }: RecordedFailure): boolean {
    const { location } = this.#source;
    return (
      collection === collectionOf(this.#source) ||
      source === location ||
      source.startsWith(location + path.sep) ||
      source.startsWith(`${location}:`)
    );
  }
}

function textOf({ source, id }: FailureKey): string {
  return JSON.stringify([source, id]);
}
