// How a program gets a catalogue.
import { resolve } from 'node:path';
import type { EmbeddingSpace } from '../core/embedder.ts';
import { isSameSpace, modelMismatch } from '../core/model-mismatch.ts';
import { Catalog } from './catalog.ts';
import { withCatalogErrors } from './database.ts';
import { defaultIndexSettings, type IndexSettings } from './index-settings.ts';
import { openDatabase } from './open-database.ts';
import { readIdentity, readTuning } from './schema.ts';

export interface OpenOptions {
  /** The embedding space that the caller works in; an Embedder is one. A catalogue of another is refused. */
  readonly space?: EmbeddingSpace;
  /** Makes the catalogue where there is none; needs `space`. */
  readonly create?: boolean;
  /** Takes no writer lock and writes nothing, not even an index. Any number of readers may be open beside one writer. */
  readonly readonly?: boolean;
  /** Parts of the default index settings to change; a snapshot made with others is rebuilt. */
  readonly index?: Partial<IndexSettings>;
}

/**
 * Opens the catalogue in a folder. Unless `readonly`, this process is its one writer until close(); a folder that cannot be written is
 * opened for reading. Throws CATALOG_NOT_FOUND, CATALOG_INVALID, CATALOG_VERSION, CATALOG_MODEL_MISMATCH, CATALOG_BUSY (with the
 * holder's pid in message and details) or CATALOG_READ_ONLY (when it would have to be made).
 */
export function openCatalog(directory: string, options: OpenOptions = {}): Catalog {
  const { space, create = false, readonly = false } = options;
  if (create && (!space || readonly)) {
    throw new RangeError('expected a space, and not readonly, to create a catalogue');
  }
  const path = resolve(directory);
  return withCatalogErrors(path, () => {
    const database = openDatabase(path, { createFor: create ? space : undefined, readonly });
    try {
      const identity = readIdentity(database.connection);
      if (space && !isSameSpace(identity.space, space)) throw modelMismatch(path, identity.space, space);
      const settings = { ...defaultIndexSettings, ...readTuning(database.connection), ...options.index };
      return new Catalog(path, database, identity, settings);
    } catch (error) {
      database.close();
      throw error;
    }
  });
}
