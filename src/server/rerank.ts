/** What a search needs to compare its first hits place by place. */
import { isPictureProblem } from '../app/pictures.ts';
import type { Reranking } from '../app/rerank.ts';
import { AppError } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import { type Places, placesOf } from '../explain/places.ts';
import type { ExaminedPictures, QuerySource } from './examined.ts';

/** Pictures asked for at once, so that one search does not fill the queue in which those of others wait. */
const together = 16;

/** What has been through the network is kept by `pictures`: a hit that many searches find is read once. Throws what examining the query throws. */
export async function rerankingOf(
  pictures: ExaminedPictures,
  source: QuerySource,
  { count, signal }: { readonly count: number; readonly signal: AbortSignal },
): Promise<Reranking> {
  const placesOfItem = async (item: Item) => {
    try {
      return placesOf((await pictures.ofItem(item, signal)).subject);
    } catch (error) {
      if (error instanceof AppError && isPictureProblem(error)) return undefined;
      throw error;
    }
  };
  const { subject } = await pictures.ofQuery(source, signal);
  const placesOfItems = async (items: readonly Item[]) => {
    const found: (Places | undefined)[] = [];
    for (let start = 0; start < items.length; start += together) {
      found.push(...(await Promise.all(items.slice(start, start + together).map(placesOfItem))));
    }
    return found;
  };
  return { count, query: placesOf(subject), placesOf: placesOfItems };
}
