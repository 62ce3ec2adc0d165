/** What a search needs to look at its first hits more closely. */
import { closerPart, keptLooks, type Look, looksOf } from '../app/looks.ts';
import { type ExaminedPicture, isPictureProblem } from '../app/pictures.ts';
import type { Reranking } from '../app/rerank.ts';
import { AppError } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import { type ExaminedPictures, type QuerySource, sourceOfItem } from './examined.ts';
import { regionsOf } from './regions.ts';
import type { Parts } from './services.ts';

/** Items asked for at once, so that one search does not fill the queue in which those of others wait. */
const together = 8;

/** Looks at items: what many searches find is read once. */
export class ItemLooks {
  readonly #pictures: ExaminedPictures;
  readonly #kept = keptLooks();

  constructor(pictures: ExaminedPictures) {
    this.#pictures = pictures;
  }

  /** In order; undefined where a picture cannot be read any more. */
  async of(items: readonly Item[], signal: AbortSignal): Promise<(readonly Look[] | undefined)[]> {
    const found: (readonly Look[] | undefined)[] = [];
    for (let start = 0; start < items.length; start += together) {
      const chosen = items.slice(start, start + together);
      found.push(...(await Promise.all(chosen.map((item) => this.#looksOf(item, signal)))));
    }
    return found;
  }

  /** Lets go of all that can be made again. */
  forget(): void {
    this.#kept.clear();
  }

  async #looksOf(item: Item, signal: AbortSignal): Promise<readonly Look[] | undefined> {
    const known = this.#kept.get(item.contentHash);
    if (known) return known;
    try {
      const source = sourceOfItem(item);
      const region = closerPart(item);
      const looks = looksOf(
        await Promise.all([
          this.#pictures.ofQuery(source, signal),
          ...(region ? [this.#pictures.examine({ ...source, region }, signal)] : []),
        ]),
      );
      this.#kept.set(item.contentHash, looks);
      return looks;
    } catch (error) {
      if (error instanceof AppError && isPictureProblem(error)) return undefined;
      throw error;
    }
  }
}

/** How alike a picture and each of some items are, looked at more closely; nothing is looked at before that is asked. */
export function likenessesTo(
  { pictures, studio, looks: ofItems }: Pick<Parts, 'pictures' | 'studio' | 'looks'>,
  { source, signal }: { readonly source: QuerySource; readonly signal: AbortSignal },
): NonNullable<Reranking['likenessesOf']> {
  return async (items) => {
    const whole = await pictures.ofQuery(source, signal);
    const [object] = await regionsOf(studio, whole);
    const parts: ExaminedPicture[] = [];
    if (object) {
      const { score: _, ...region } = object;
      parts.push(await pictures.ofQuery({ ...source, region }, signal));
    }
    return studio.likenesses(looksOf([whole, ...parts]), await ofItems.of(items, signal));
  };
}
