/** Changes of items: pictures in, rows out. */
import { stat } from 'node:fs/promises';
import { AppError } from '../core/errors.ts';
import type { Item, Metadata } from '../core/item.ts';
import type { PictureBytes } from '../image/open.ts';
import { openPicture } from '../image/open.ts';
import type { ExaminedPictures } from './examined.ts';
import type { ServerLimits } from './options.ts';
import type { CatalogWriter } from './writer.ts';

export interface ItemChange {
  readonly id: string;
  /** Absent: the item keeps its picture. */
  readonly file: PictureBytes | undefined;
  /** Absent: as it was. */
  readonly productId?: string | null | undefined;
  readonly metadata?: Metadata | undefined;
}

export class ItemChanges {
  readonly #pictures: ExaminedPictures;
  readonly #writer: CatalogWriter;
  readonly #limits: ServerLimits;

  constructor(pictures: ExaminedPictures, writer: CatalogWriter, limits: ServerLimits) {
    this.#pictures = pictures;
    this.#writer = writer;
    this.#limits = limits;
  }

  /**
   * Adds or replaces an item. Throws ITEM_NOT_FOUND for an unknown id without a picture, the IMAGE_ codes, CATALOG_BUSY,
   * CATALOG_READ_ONLY, SERVER_BUSY, ABORTED.
   */
  put(change: ItemChange, signal?: AbortSignal): Promise<{ readonly item: Item; readonly created: boolean }> {
    return change.file ? this.#putPicture(change, change.file, signal) : this.#putFacts(change, signal);
  }

  /** Throws ITEM_NOT_FOUND. */
  delete(id: string, signal?: AbortSignal): Promise<void> {
    return this.#writer.run(async (catalog) => {
      const item = catalog.get(id);
      if (!item || catalog.delete([id]) === 0) throw notFound(id);
      await catalog.pictures.drop(item);
    }, signal);
  }

  async #putPicture({ id, productId, metadata }: ItemChange, file: PictureBytes, signal?: AbortSignal) {
    const { picturePixels: maxPixels, pictureBytes: maxBytes } = this.#limits;
    const picture = await openPicture(file, { maxPixels, maxBytes });
    const { contentHash, width, height } = picture;
    const source = { file, item: undefined, contentHash, region: undefined, ignore: [], focus: undefined };
    // Decoded whole before anything is stored.
    const { subject } = await this.#pictures.ofQuery(source, signal);
    return this.#writer.run(async (catalog) => {
      const before = catalog.get(id);
      const stored = await catalog.pictures.keep(picture);
      const { size, mtimeMs } = await stat(stored);
      const facts = { id, source: stored, contentHash, width, height, bytes: size, modifiedAt: mtimeMs };
      const product = productId === undefined ? (before?.productId ?? null) : productId;
      const known = metadata ?? before?.metadata ?? {};
      catalog.put([{ ...facts, productId: product, metadata: known, embedding: subject.unit }]);
      if (before && before.contentHash !== contentHash) await catalog.pictures.drop(before);
      return { item: catalog.get(id)!, created: before === undefined };
    }, signal);
  }

  #putFacts({ id, productId, metadata }: ItemChange, signal?: AbortSignal) {
    return this.#writer.run((catalog) => {
      const before = catalog.get(id);
      const embedding = catalog.embeddingOf(id);
      if (!before || !embedding) {
        const message = `the catalogue has no item "${id}"; to add it, send a picture`;
        return Promise.reject(new AppError('ITEM_NOT_FOUND', message));
      }
      const product = productId === undefined ? before.productId : productId;
      catalog.put([{ ...before, embedding, productId: product, metadata: metadata ?? before.metadata }]);
      return Promise.resolve({ item: catalog.get(id)!, created: false });
    }, signal);
  }
}

function notFound(id: string): AppError {
  return new AppError('ITEM_NOT_FOUND', `the catalogue has no item "${id}"`);
}
