/**
 * Pictures that are no files of this machine (uploads, URLs, members of archives), kept in the catalogue's folder under the hash of
 * their bytes: equal pictures share a file, and a file never changes.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf, systemCode, throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import { identify } from '../image/identify.ts';
import type { PictureBytes } from '../image/open.ts';
import type { Access } from './access.ts';
import type { ItemStore } from './item-store.ts';

const folder = 'pictures';

/** Folders that pictures are in; the second held a server's uploads once. */
const folders = [folder, 'uploads'];

/** Names a picture's file: where it is, and the hash of its bytes. */
type PictureFile = Pick<Item, 'source' | 'contentHash'>;

export interface SweptPictures {
  readonly files: number;
  readonly bytes: number;
}

/** Milliseconds. Times of files lag behind Date.now(): by a tick of the kernel at best, by two seconds on FAT. */
const coarsestClock = 2000;

export class KeptPictures {
  readonly #items: Pick<ItemStore, 'needsPicture'>;
  readonly #access: Access;
  /** Files that were stored since then, milliseconds since 1970, may be of items that are about to be put. */
  readonly #openedAt = Date.now();

  constructor(items: Pick<ItemStore, 'needsPicture'>, access: Access) {
    this.#items = items;
    this.#access = access;
  }

  /**
   * Stores the file of a picture for an item to be put, whole or not at all, unless it is there; returns its path. It survives a power
   * cut. Throws CATALOG_READ_ONLY.
   */
  keep(picture: Pick<PictureBytes, 'bytes' | 'contentHash'>): Promise<string> {
    return this.#access.longWriting(() => keepPicture(this.#access.directory, picture));
  }

  /** Removes the file of a picture that no item needs any more, where the catalogue keeps it. To be called after the change. */
  drop({ source, contentHash }: PictureFile): Promise<void> {
    return this.#access.longWriting(async () => {
      if (!isKept(this.#access.directory, source) || !path.basename(source).startsWith(contentHash)) return;
      if (this.#items.needsPicture({ source, contentHash })) return;
      await rm(source, { force: true });
    });
  }

  /** Removes kept files that no item needs: whoever stored them was killed before their rows were written. Throws ABORTED. */
  sweep(signal?: AbortSignal): Promise<SweptPictures> {
    return this.#access.longWriting(async () => {
      let [files, bytes] = [0, 0];
      for await (const source of keptFiles(this.#access.directory)) {
        throwIfAborted(signal);
        if (this.#items.needsPicture({ source, contentHash: path.parse(source).name })) continue;
        const { size, mtimeMs } = await stat(source);
        if (mtimeMs >= this.#openedAt - coarsestClock) continue;
        await rm(source);
        files++;
        bytes += size;
      }
      return { files, bytes };
    });
  }
}

async function keepPicture(
  directory: string,
  { bytes, contentHash }: Pick<PictureBytes, 'bytes' | 'contentHash'>,
): Promise<string> {
  const identity = identify(bytes);
  const extension = 'format' in identity ? `.${identity.format}` : '';
  const file = path.join(directory, folder, contentHash.slice(0, 2), contentHash + extension);
  if (await isWhole(file, bytes.length)) return file;
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, bytes, { flush: true });
    await rename(temporary, file);
    return file;
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new AppError('CATALOG_READ_ONLY', `the picture could not be stored: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Files named by a hash, and those that were being written under one. What somebody else put there is not ours to remove. */
const keptName = /^[0-9a-f]{64}(?:\.[a-z]+)?(?:\.[0-9a-f]{8}\.tmp)?$/;

async function* keptFiles(directory: string): AsyncGenerator<string> {
  for (const name of folders) {
    for (const group of await namesIn(path.join(directory, name))) {
      const files = await namesIn(path.join(directory, name, group));
      for (const file of files) if (keptName.test(file)) yield path.join(directory, name, group, file);
    }
  }
}

/** None of what is no folder. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw error;
  }
}

/** Whether the catalogue in `directory` keeps this file. */
function isKept(directory: string, source: string): boolean {
  return folders.some((name) => source.startsWith(path.join(directory, name) + path.sep));
}

async function isWhole(file: string, size: number): Promise<boolean> {
  try {
    return (await stat(file)).size === size;
  } catch {
    return false;
  }
}
