/** Which hits are copies: of a picture of the query, or of a better hit. */
import { type Comparable, findCopies } from '../app/copies.ts';
import type { Item } from '../core/item.ts';
import { isWhole, type QuerySource } from './examined.ts';
import type { SearchAnswer } from './schemas/search.ts';
import type { Parts } from './services.ts';

type DuplicateOf = NonNullable<SearchAnswer['hits'][number]['duplicateOf']>;

interface Asked {
  readonly source: QuerySource;
  readonly weight: number;
  /** (C), of length 1. */
  readonly unit: Float32Array;
}

/** In the order of the hits; undefined for those that are copies of nothing. A part of a picture has no copies. */
export async function duplicatesAmong(
  parts: Parts,
  compared: readonly Asked[],
  hits: readonly Item[],
): Promise<(DuplicateOf | undefined)[]> {
  const { catalog, pictures, thumbnails } = parts;
  const asked = compared.flatMap(({ source, weight, unit }, picture) => {
    if (weight < 0 || !isWhole(source)) return [];
    const { contentHash, file, item } = source;
    return [{ picture, contentHash, unit, read: async () => file ?? pictures.read(pictures.item(item!)) }];
  });
  const all = [...asked, ...hits.map((item) => comparable(parts, item))];
  const copies = await findCopies(catalog, all, thumbnails);
  return copies.slice(asked.length).map((copy) => {
    if (!copy) return undefined;
    const { of, tier } = copy;
    const picture = asked[of]?.picture ?? null;
    return { picture, hit: picture === null ? hits[of - asked.length]!.id : null, tier };
  });
}

function comparable({ catalog, network, pictures }: Parts, item: Item): Comparable {
  return {
    contentHash: item.contentHash,
    // One that was deleted meanwhile is like nothing.
    unit: catalog.embeddingOf(item.id) ?? new Float32Array(network.dimension),
    read: () => pictures.read(item),
  };
}
