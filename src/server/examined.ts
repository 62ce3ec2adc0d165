/** Pictures of queries and items that have been through the network, the latest of them kept. */
import { LRUCache } from 'lru-cache';
import { type ExaminedPicture, preparePicture, readItemPicture } from '../app/pictures.ts';
import { unframed } from '../app/query.ts';
import { AppError, errorCodes } from '../core/errors.ts';
import type { LookedAtParts, Rect } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import { openPicture, type PictureBytes } from '../image/open.ts';
import type { Catalog } from '../search/catalog.ts';
import type { Network } from './compute/network.ts';
import type { EmbedBatcher } from './embed-batcher.ts';
import type { ServerLimits } from './options.ts';
import { matched, outside, reweighted } from './reweight.ts';
import type { WorkQueue } from './work-queue.ts';

/** A picture of a query: what was sent, or which item, and what of it counts. */
export interface QuerySource {
  /** Opened already, perhaps. */
  readonly file: PictureBytes | undefined;
  /** Where there is no file. */
  readonly item: string | undefined;
  readonly contentHash: string;
  readonly region: Rect | undefined;
  readonly ignore: readonly Rect[];
  readonly focus: string | undefined;
}

/** Pictures of which is known whether they have a frame. */
const mostFrames = 4096;

export class ExaminedPictures {
  readonly #network: Network;
  readonly #catalog: Catalog;
  readonly #batcher: EmbedBatcher;
  readonly #decoding: WorkQueue;
  readonly #limits: ServerLimits;
  readonly #kept: LRUCache<string, ExaminedPicture>;
  /** By content; the pages of a search ask again. */
  readonly #frames = new LRUCache<string, { readonly inside: Rect | undefined }>({ max: mostFrames });

  constructor(
    network: Network,
    catalog: Catalog,
    parts: { readonly batcher: EmbedBatcher; readonly decoding: WorkQueue; readonly limits: ServerLimits },
  ) {
    this.#network = network;
    this.#catalog = catalog;
    this.#batcher = parts.batcher;
    this.#decoding = parts.decoding;
    this.#limits = parts.limits;
    this.#kept = new LRUCache({ maxSize: parts.limits.cacheBytes, sizeCalculation: memoryOf });
  }

  /** Throws the IMAGE_ codes, CROP_OUTSIDE, ITEM_NOT_FOUND, ITEM_CHANGED, SERVER_BUSY, SERVER_TIMEOUT, ABORTED. */
  async ofQuery(source: QuerySource, signal?: AbortSignal): Promise<ExaminedPicture> {
    const key = keyOf(source);
    const known = this.#kept.get(key);
    if (known) return known;
    const examined = await this.examine(source, signal);
    this.#kept.set(key, examined);
    return examined;
  }

  /** As ofQuery, and not kept. */
  async examine(source: QuerySource, signal?: AbortSignal): Promise<ExaminedPicture> {
    const read = async () => source.file ?? this.read(this.item(source.item!));
    const examined = await this.#examine(read, source.region, signal);
    return this.#weigh(examined, source, signal);
  }

  async ofItem(item: Item, signal?: AbortSignal): Promise<ExaminedPicture> {
    return this.ofQuery(sourceOfItem(item), signal);
  }

  /**
   * The source of a picture that was sent, its region what lies inside a frame of one colour around it; no region where there is no frame.
   * Throws the IMAGE_ codes, SERVER_BUSY, SERVER_TIMEOUT, ABORTED.
   */
  async insideFrame(source: QuerySource, signal?: AbortSignal): Promise<QuerySource> {
    const { file, contentHash } = source;
    // What is in the catalogue was put there as it is.
    if (!file) return source;
    const known = this.#frames.get(contentHash);
    if (known) return { ...source, region: known.inside };
    const look = async () => {
      const picture = await this.#open(file);
      return { picture, inside: await unframed(picture) };
    };
    const { picture, inside } = await this.#decoding.runWithin(this.#limits.decodeMs, look, signal);
    this.#frames.set(contentHash, { inside });
    return { ...source, file: picture, region: inside };
  }

  /** Lets go of all that can be made again. */
  forget(): void {
    this.#kept.clear();
  }

  /** Throws ITEM_NOT_FOUND. */
  item(id: string): Item {
    const item = this.#catalog.get(id);
    if (item) return item;
    throw new AppError('ITEM_NOT_FOUND', `the catalogue has no item "${id}"`);
  }

  /** The file of an item's picture. Throws ITEM_CHANGED and the IMAGE_ codes, without naming the path. */
  async read(item: Item): Promise<PictureBytes> {
    try {
      return await readItemPicture(item);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      const message = `the picture of item "${item.id}" is not what was indexed. ${errorCodes[error.code][1]}`;
      throw new AppError(error.code, message, { cause: error });
    }
  }

  /** Throws the IMAGE_ codes for what cannot be decoded within the limits. */
  async #examine(read: () => Promise<PictureBytes>, region: Rect | undefined, signal?: AbortSignal) {
    const prepare = async () =>
      preparePicture(this.#network, { source: await this.#open(await read()), crop: region });
    const { decodeMs } = this.#limits;
    return this.#batcher.examine(() => this.#decoding.runWithin(decodeMs, prepare, signal), signal);
  }

  #open(file: PictureBytes) {
    const { picturePixels, pictureBytes } = this.#limits;
    return openPicture(file, { maxPixels: picturePixels, maxBytes: pictureBytes });
  }

  async #weigh(
    examined: ExaminedPicture,
    source: QuerySource,
    signal?: AbortSignal,
  ): Promise<ExaminedPicture> {
    let { subject } = examined;
    if (source.ignore.length > 0) {
      subject = reweighted(subject, outside(subject, examined.placement, source.ignore));
    }
    if (source.focus !== undefined) {
      const other = await this.ofItem(this.item(source.focus), signal);
      subject = reweighted(subject, matched(subject, other.subject));
    }
    return subject === examined.subject ? examined : { ...examined, subject };
  }
}

/** A query and an item as they were compared: of each the part, or all that counted where there is none. */
export const comparedPair = (query: QuerySource, item: Item, looks: LookedAtParts) => ({
  query: onlyPart(query, looks.query),
  hit: onlyPart(sourceOfItem(item), looks.hit),
});

const onlyPart = (source: QuerySource, part: Rect | null): QuerySource =>
  part ? { ...source, region: part } : source;

export function sourceOfItem({ id, contentHash }: Item): QuerySource {
  return { file: undefined, item: id, contentHash, region: undefined, ignore: [], focus: undefined };
}

/** All of the picture counts, and everywhere the same. */
export const isWhole = ({ region, ignore, focus }: QuerySource): boolean =>
  !region && ignore.length === 0 && focus === undefined;

/** Equal for what gives the same subject. */
export function keyOf({ contentHash, region, ignore, focus }: QuerySource): string {
  return JSON.stringify([contentHash, region, ignore, focus]);
}

function memoryOf({ picture, subject }: ExaminedPicture): number {
  return 1024 + picture.bytes.length + subject.image.data.byteLength + subject.features.data.byteLength;
}
