// A catalogue as a run writes to it: counts what is new, tells of every failure as it happens, and (in a dry run) lets nothing through.

import type { Item, NewItem } from '../core/item.ts';
import type { FailureStore, ItemFailure, ItemStore, KnownPicture, PictureStore } from './store.ts';

/** attempt: how many times it has failed, this time included. */
export type FailureListener = (
  failure: ItemFailure & { readonly collection: string; readonly attempt: number },
) => void;

export class ObservedStore implements ItemStore {
  readonly #store: ItemStore;
  readonly #dryRun: boolean;
  readonly failures: FailureStore;
  readonly pictures: PictureStore;
  added = 0;
  changed = 0;
  /** Items whose pictures, which the catalogue keeps, gave way to others. */
  readonly replaced: Pick<Item, 'source' | 'contentHash'>[] = [];

  constructor(store: ItemStore, dryRun: boolean, onFailure: FailureListener = () => undefined) {
    this.#store = store;
    this.#dryRun = dryRun;
    this.failures = observedFailures(store.failures, dryRun, onFailure);
    this.pictures = dryRun ? untouchedPictures : store.pictures;
  }

  get directory(): string {
    return this.#store.directory;
  }

  get space(): ItemStore['space'] {
    return this.#store.space;
  }

  get(id: string): Item | undefined {
    return this.#store.get(id);
  }

  findByHash(contentHash: string): KnownPicture | undefined {
    return this.#store.findByHash(contentHash);
  }

  put(items: readonly NewItem[]): void {
    const before = items.map(({ id }) => this.#store.get(id));
    if (!this.#dryRun) this.#store.put(items);
    for (const [i, item] of items.entries()) this.#count(before[i], item);
  }

  #count(before: Item | undefined, { contentHash }: NewItem): void {
    if (!before) this.added++;
    else this.changed++;
    if (!this.#dryRun && before && before.origin !== null && before.contentHash !== contentHash) {
      this.replaced.push({ source: before.source, contentHash: before.contentHash });
    }
  }
}

function observedFailures(failures: FailureStore, dryRun: boolean, onFailure: FailureListener): FailureStore {
  return {
    all: () => failures.all(),
    record: (failure) => {
      const attempt = dryRun ? 0 : failures.record(failure);
      onFailure({ ...failure, attempt });
      return attempt;
    },
    clear: (source, id) => {
      if (!dryRun) failures.clear(source, id);
    },
  };
}

/** Of a dry run: a picture stays where it came from. */
const untouchedPictures: PictureStore = {
  keep: ({ source }) => Promise.resolve(source),
  drop: () => Promise.resolve(),
};
