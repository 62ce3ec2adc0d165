// Upkeep of a catalogue: what it takes on disk, and giving back what it no longer needs.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { LongRunning } from '../core/progress.ts';
import type { Connection } from './database.ts';
import type { ItemStore } from './item-store.ts';
import type { KeptPictures, SweptPictures } from './kept-pictures.ts';
import type { LiveIndex } from './live-index.ts';
import { databaseFile } from './open-database.ts';
import { snapshotBytes } from './snapshot.ts';

/** What a catalogue is made of, for work on all of it. */
export interface CatalogParts {
  readonly directory: string;
  readonly connection: Connection;
  readonly items: ItemStore;
  readonly index: LiveIndex;
  readonly pictures: KeptPictures;
}

export interface DiskUse {
  readonly database: number;
  readonly index: number;
}

export interface CompactReport {
  readonly before: DiskUse;
  readonly after: DiskUse;
  /** Kept pictures that no item had. */
  readonly pictures: SweptPictures;
}

/** In bytes. */
export function bytesOnDisk(directory: string): DiskUse {
  const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  const database = size(databaseFile(directory)) + size(join(directory, 'catalog.db-wal'));
  return { database, index: snapshotBytes(directory) };
}

/** The index first: its snapshot is what makes the record of removals dispensable. */
export async function compactCatalog(parts: CatalogParts, options: LongRunning): Promise<CompactReport> {
  const { directory, connection, items, index, pictures } = parts;
  connection.pragma('wal_checkpoint(TRUNCATE)');
  const before = bytesOnDisk(directory);
  if (index.removed > 0) await index.rebuild(options);
  else await index.save(options);
  // What is saved may be older, where it was not worth saving anew: it still needs the removals since. Readers that are behind start
  // over, as they do after a save.
  items.pruneTombstones(index.savedSeq ?? items.seq());
  options.onProgress?.({ phase: 'compact database', done: 0 });
  connection.exec('VACUUM');
  connection.pragma('wal_checkpoint(TRUNCATE)');
  options.onProgress?.({ phase: 'sweep pictures', done: 0 });
  const swept = await pictures.sweep(options.signal);
  return { before, after: bytesOnDisk(directory), pictures: swept };
}
