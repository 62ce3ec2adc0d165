/**
 * Changes to the catalogue. The server reads through a connection that is always open; to write, it becomes the one writer for as long
 * as changes are in hand, and no longer, so that an indexer in another process gets its turn.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../core/errors.ts';
import type { Catalog } from '../search/catalog.ts';
import { openCatalog } from '../search/open-catalog.ts';
import { WorkQueue } from './work-queue.ts';

/** Milliseconds between two attempts to become the writer. */
const patience = 100;

export class CatalogWriter {
  readonly #catalog: Catalog;
  readonly #waitMs: number;
  readonly #queue: WorkQueue;
  #open: Catalog | undefined;

  constructor(catalog: Catalog, options: { readonly waitMs: number; readonly waiting: number }) {
    this.#catalog = catalog;
    this.#waitMs = options.waitMs;
    this.#queue = new WorkQueue({ concurrency: 1, waiting: options.waiting });
  }

  /** Runs `work` alone. Throws CATALOG_BUSY when another process writes for longer than the wait, SERVER_BUSY, ABORTED. */
  run<T>(work: (catalog: Catalog) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#queue.run(async () => {
      this.#open ??= await this.#becomeWriter(signal);
      try {
        return await work(this.#open);
      } finally {
        // This one still counts.
        if (this.#queue.size <= 1) this.#close();
      }
    }, signal);
  }

  async close(): Promise<void> {
    await this.#queue.idle();
    this.#close();
  }

  #close(): void {
    this.#open?.close();
    this.#open = undefined;
  }

  async #becomeWriter(signal: AbortSignal | undefined): Promise<Catalog> {
    const { directory, space } = this.#catalog;
    for (const end = Date.now() + this.#waitMs; ; await sleep(patience)) {
      try {
        const catalog = openCatalog(directory, { space });
        if (!catalog.readonly) return catalog;
        catalog.close();
        throw new AppError('CATALOG_READ_ONLY', `the catalogue ${directory} cannot be written`);
      } catch (error) {
        const busy = error instanceof AppError && error.code === 'CATALOG_BUSY';
        if (!busy || signal?.aborted || Date.now() + patience > end) throw error;
      }
    }
  }
}
