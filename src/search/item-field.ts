import type { Item, Json } from '../core/item.ts';

/** What an item has in a metadata field, or as its product_id; undefined where it has none. */
export function fieldOf(item: Pick<Item, 'productId' | 'metadata'>, field: string): Json | undefined {
  return field === 'product_id' ? (item.productId ?? undefined) : item.metadata[field];
}
