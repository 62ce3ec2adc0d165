import type { Item } from '../core/item.ts';
import { imageLink, itemLink, similarLink, thumbnailLink } from './links.ts';
import type { ItemAnswer } from './schemas/items.ts';

/** What a client sees of an item: not where its file lies on the server. */
export function itemAnswer(item: Item): ItemAnswer {
  const { id, productId, width, height, bytes, contentHash, metadata, seq, indexedAt } = item;
  return {
    id,
    productId,
    width,
    height,
    bytes,
    contentHash,
    metadata: { ...metadata },
    seq,
    indexedAt: new Date(indexedAt).toISOString(),
    links: {
      self: itemLink(id),
      image: imageLink(item),
      thumbnail: thumbnailLink(item),
      similar: similarLink(id),
    },
  };
}
