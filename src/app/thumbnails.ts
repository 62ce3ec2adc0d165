/** Small grey copies of pictures, the latest of them kept: what pixels are compared by. */
import { availableParallelism } from 'node:os';
import { LRUCache } from 'lru-cache';
import PQueue from 'p-queue';
import { AppError } from '../core/errors.ts';
import { type Thumbnail, thumbnail } from '../image/likeness.ts';
import { openPicture, type PictureBytes } from '../image/open.ts';

/** Four kB each. */
const mostKept = 2000;

export class Thumbnails {
  readonly #known = new LRUCache<string, Promise<Thumbnail | undefined>>({ max: mostKept });
  /** Bytes are read in their turn, so that few pictures are in memory at once, however many are asked for. */
  readonly #reading = new PQueue({ concurrency: availableParallelism() });

  /** Of the picture with this content, which `read` gives; undefined for one that is gone, has changed or is broken. */
  of(contentHash: string, read: () => Promise<PictureBytes>): Promise<Thumbnail | undefined> {
    const known = this.#known.get(contentHash);
    if (known) return known;
    const made = this.#reading.add(() => usable(async () => thumbnail(await openPicture(await read()))));
    this.#known.set(contentHash, made);
    made.catch(() => this.#known.delete(contentHash));
    return made;
  }
}

/** Undefined for a picture that is gone, has changed or is broken. */
export async function usable<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
