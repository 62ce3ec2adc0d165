// Who may do what with an open catalogue. All parts of it that are called from outside share one Access.
import { catalogError, withCatalogErrors } from './database.ts';
import { type OpenDatabase, readOnlyError } from './open-database.ts';

/**
 * Each method runs `work`, and turns what SQLite throws into an AppError about the catalogue's folder. All throw an Error after close();
 * those that write throw CATALOG_READ_ONLY where the catalogue was opened for reading.
 */
export class Access {
  readonly directory: string;
  readonly readonly: boolean;
  #closed = false;

  constructor(directory: string, { readonly }: Pick<OpenDatabase, 'readonly'>) {
    this.directory = directory;
    this.readonly = readonly;
  }

  reading<T>(work: () => T): T {
    this.#checkOpen();
    return withCatalogErrors(this.directory, work);
  }

  writing<T>(work: () => T): T {
    this.#checkWritable();
    return withCatalogErrors(this.directory, work);
  }

  /** Work that goes on after other turns of the event loop; it may find the catalogue closed on its way. */
  async longReading<T>(work: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    try {
      return await work();
    } catch (error) {
      throw catalogError(this.directory, error);
    }
  }

  async longWriting<T>(work: () => Promise<T>): Promise<T> {
    this.#checkWritable();
    return this.longReading(work);
  }

  /** Runs `work` the first time. */
  close(work: () => void): void {
    if (this.#closed) return;
    this.#closed = true;
    withCatalogErrors(this.directory, work);
  }

  #checkOpen(): void {
    if (this.#closed) throw closedError();
  }

  #checkWritable(): void {
    this.#checkOpen();
    if (this.readonly) throw readOnlyError(this.directory);
  }
}

export function closedError(): Error {
  return new Error('expected an open catalogue: close() has been called on this one');
}
