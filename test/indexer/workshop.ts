// Where the tests of indexing runs work.

import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { type IndexOptions, indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import type { IndexReport } from '../../src/indexer/tally.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { temporaryFolder } from './files.ts';
import { PixelEmbedder } from './pictures.ts';

export interface Workshop {
  readonly folder: string;
  readonly catalog: Catalog;
  readonly embedder: PixelEmbedder;
  /** Indexes the folder, or a table in it. */
  index(options?: Partial<IndexOptions>, table?: string): Promise<IndexReport>;
}

/** A folder for pictures, an empty catalogue, and the run that takes the one into the other. */
export async function workshop(t: ExecutionContext): Promise<Workshop> {
  const [folder, directory] = await Promise.all([temporaryFolder(t), temporaryFolder(t)]);
  const embedder = new PixelEmbedder();
  const catalog = openCatalog(directory, { space: embedder, create: true });
  t.teardown(() => catalog.close());
  const index: Workshop['index'] = async (options = {}, table = '') =>
    indexItems(await openSource(path.join(folder, table)), { store: catalog, embedder, ...options });
  return { folder, catalog, embedder, index };
}

/** The counts of a report that are not zero. */
export function countsOf({
  indexed,
  reused,
  updated,
  unchanged,
  failed,
}: IndexReport): Record<string, number> {
  const counts = Object.entries({ indexed, reused, updated, unchanged, failed });
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
