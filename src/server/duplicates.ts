/** The review of duplicates: found once, when somebody asks, in the background; then worked off pair by pair. */
import { setImmediate } from 'node:timers/promises';
import { type Duplicate, findDuplicates } from '../app/duplicates.ts';
import { AppError, throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { Progress } from '../core/progress.ts';
import type { Catalog } from '../search/catalog.ts';
import type { ItemChanges } from './items.ts';
import type { CatalogWriter } from './writer.ts';

export interface Review {
  /** Undefined until somebody has looked for the first time. */
  readonly seq: number | undefined;
  /** Those that nobody has decided about, and whose items are as they were. */
  readonly pairs: readonly Duplicate[];
  /** Of the search for duplicates that is under way. */
  readonly progress: Progress | undefined;
}

/** Pairs looked up between two turns of the event loop: a few milliseconds. */
const step = 200;

export type Decision = 'not-duplicate' | 'undo' | 'delete';

export class DuplicateReview {
  readonly #catalog: Catalog;
  readonly #writer: CatalogWriter;
  readonly #changes: ItemChanges;
  readonly #stop = new AbortController();
  #found: { readonly seq: number; readonly pairs: readonly Duplicate[] } | undefined;
  #looking: Promise<void> | undefined;
  #progress: Progress | undefined;
  #failure: unknown;

  constructor(catalog: Catalog, writer: CatalogWriter, changes: ItemChanges) {
    this.#catalog = catalog;
    this.#writer = writer;
    this.#changes = changes;
  }

  /** Looks for duplicates when nobody has yet, or when `again` is asked for; does not wait for that. Throws what the last look threw, and ABORTED. */
  async get(again: boolean, signal?: AbortSignal): Promise<Review> {
    if (!this.#looking && (again || (!this.#found && this.#failure === undefined))) this.#look();
    if (this.#failure !== undefined) throw this.#failure;
    const { seq, pairs: found = [] } = this.#found ?? {};
    const progress = this.#progress;
    const pairs: Duplicate[] = [];
    for (let done = 0; done < found.length; done += step) {
      throwIfAborted(signal);
      pairs.push(...found.slice(done, done + step).filter((pair) => this.#isOpen(pair)));
      if (done + step < found.length) await setImmediate();
    }
    return { seq, pairs, progress };
  }

  /**
   * not-duplicate: the pictures are different ones, for good; undo: no longer said to be. delete: `b` goes, `a` stays. Returns false where
   * that was so already. Throws ITEM_NOT_FOUND, CATALOG_BUSY, SERVER_BUSY, ABORTED.
   */
  async decide(decision: Decision, a: string, b: string, signal?: AbortSignal): Promise<boolean> {
    const [first, second] = [this.#item(a), this.#item(b)];
    if (a === b) throw new AppError('USAGE', `expected two items, received "${a}" twice`);
    if (decision === 'delete') {
      await this.#changes.delete(b, signal);
      return true;
    }
    return this.#writer.run(({ distinctPairs }) => {
      const pair = [first.contentHash, second.contentHash] as const;
      const changed = decision === 'undo' ? distinctPairs.remove(...pair) : distinctPairs.add(...pair);
      return Promise.resolve(changed);
    }, signal);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  #look(): void {
    const { seq } = this.#catalog.info();
    this.#failure = undefined;
    this.#progress = { phase: 'compare', done: 0 };
    const onProgress = (progress: Progress) => (this.#progress = progress);
    this.#looking = findDuplicates(this.#catalog, { onProgress, signal: this.#stop.signal }).then(
      (pairs) => this.#ended(() => (this.#found = { seq, pairs })),
      (error: unknown) => this.#ended(() => (this.#failure = error)),
    );
  }

  #ended(note: () => unknown): void {
    note();
    this.#looking = undefined;
    this.#progress = undefined;
  }

  #isOpen({ a, b }: Duplicate): boolean {
    const same = ({ id, contentHash }: Item) => this.#catalog.get(id)?.contentHash === contentHash;
    return same(a) && same(b) && !this.#catalog.distinctPairs.has(a.contentHash, b.contentHash);
  }

  #item(id: string): Item {
    const item = this.#catalog.get(id);
    if (item) return item;
    throw new AppError('ITEM_NOT_FOUND', `the catalogue has no item "${id}"`);
  }
}
