/** A catalogue of synthetic items, through the Catalog's own way in. */
import type { EmbeddingSpace } from '../../../src/core/embedder.ts';
import type { Json, NewItem } from '../../../src/core/item.ts';
import type { Catalog } from '../../../src/search/catalog.ts';
import { clusteredSource } from './clustered.ts';

/** Of the dimension of the default model. */
export const benchSpace: EmbeddingSpace = {
  model: 'bench-vectors',
  fingerprint: 'b'.repeat(64),
  dimension: 512,
};

/** Filters that keep every 2nd, 100th or 10,000th item. */
export const benchFilters: Readonly<Record<string, { readonly every: number; readonly filter: Json }>> = {
  '50 %': { every: 2, filter: { half: 0 } },
  '1 %': { every: 100, filter: { percent: 0 } },
  '0.01 %': { every: 10_000, filter: { rare: 0 } },
};

const batchSize = 1000;

/** The embeddings of items i0 to i<count - 1>, in order. */
export function* embeddingsOf(count: number): Generator<Float32Array> {
  const next = clusteredSource(count, benchSpace.dimension);
  for (let i = 0; i < count; i++) yield next();
}

/** Further draws of the same source. */
export function queriesOf(count: number, howMany: number): Float32Array[] {
  const next = clusteredSource(count, benchSpace.dimension, { draws: 2 });
  return Array.from({ length: howMany }, next);
}

/** Puts the items, and goes on where an earlier run stopped. */
export function fillCatalog(catalog: Catalog, count: number, onBatch: (done: number) => void): void {
  const already = catalog.count();
  if (already >= count) return;
  let batch: NewItem[] = [];
  let i = 0;
  for (const embedding of embeddingsOf(count)) {
    if (i >= already) batch.push(itemOf(i, embedding));
    i++;
    if (batch.length < batchSize && i < count) continue;
    catalog.put(batch);
    batch = [];
    onBatch(i);
  }
}

function itemOf(i: number, embedding: Float32Array): NewItem {
  return {
    id: `i${i}`,
    productId: null,
    source: `/pictures/${i}.jpg`,
    contentHash: i.toString(16).padStart(64, '0'),
    width: 600,
    height: 800,
    bytes: 100_000 + i,
    modifiedAt: 1_700_000_000_000,
    metadata: { half: i % 2, percent: i % 100, rare: i % 10_000, price: (i % 5000) / 10 },
    embedding,
  };
}
