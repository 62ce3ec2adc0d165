/** From a catalogue of one model to a new one of another: the same pictures, read again from their sources. */
import { readFile } from 'node:fs/promises';
import type { Embedder } from '../core/embedder.ts';
import type { Item } from '../core/item.ts';
import { indexItems } from '../indexer/pipeline.ts';
import type { ItemSource, SourceEntry, SourceItem } from '../indexer/sources/source.ts';
import type { IndexReport } from '../indexer/tally.ts';
import type { LongRunning } from '../core/progress.ts';
import type { Catalog } from '../search/catalog.ts';

export interface ReEmbedOptions extends LongRunning {
  readonly embedder: Embedder;
  readonly batchSize?: number;
}

/**
 * Indexes the pictures of `from` into `to`, under the same ids, products and metadata. Goes on where it was stopped. Pictures that
 * cannot be read any more are failures of `to`. Throws as indexItems does.
 */
export async function reEmbed(from: Catalog, to: Catalog, options: ReEmbedOptions): Promise<IndexReport> {
  return indexItems(catalogSource(from), { ...options, store: to });
}

/** The items of a catalogue as a source of pictures, in the order of their ids. */
export function catalogSource(catalog: Catalog): ItemSource {
  return {
    kind: 'catalog',
    location: catalog.directory,
    async *entries(): AsyncGenerator<SourceEntry> {
      for (const item of catalog.items()) yield entryOf(item);
    },
    count: async () => catalog.count(),
  };
}

/** What the old catalogue keeps a copy of, the new one does too: the old one may go. */
function entryOf(item: Item): SourceItem {
  const { id, productId, metadata, collection, source, origin, version, bytes, modifiedAt } = item;
  const named = { type: 'item', id, productId, metadata, collection } as const;
  if (origin === null) return { ...named, file: source };
  return {
    ...named,
    remote: {
      origin,
      stamp: { bytes, modifiedAt, version },
      stampTells: true,
      read: async () => readFile(source),
    },
  };
}
