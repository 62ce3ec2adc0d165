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
import type { Catalog } from './catalog.ts';

const folder = 'pictures';

/** Folders that pictures are in; the second held a server's uploads once. */
const folders = [folder, 'uploads'];

/** Writes the file, whole or not at all, unless it is there; returns its path. It survives a power cut. Throws CATALOG_READ_ONLY. */
export async function keepPicture(
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

/** Names a picture's file: where it is, and the hash of its bytes. */
type PictureFile = Pick<Item, 'source' | 'contentHash'>;

/**
 * Removes the file of a picture that no item of the catalogue needs any more, where the catalogue keeps it. To be called by the writer,
 * after the change.
 */
export async function dropPicture(
  catalog: Pick<Catalog, 'directory' | 'needsPicture'>,
  { source, contentHash }: PictureFile,
): Promise<void> {
  if (!isKept(catalog.directory, source) || !path.basename(source).startsWith(contentHash)) return;
  if (catalog.needsPicture({ source, contentHash })) return;
  await rm(source, { force: true });
}

export interface SweepOptions {
  /** Files that were stored since then, milliseconds since 1970, may be of items that are about to be put. */
  readonly storedBefore: number;
  readonly isNeeded: (file: PictureFile) => boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface SweptPictures {
  readonly files: number;
  readonly bytes: number;
}

/** Milliseconds. Times of files lag behind Date.now(): by a tick of the kernel at best, by two seconds on FAT. */
const coarsestClock = 2000;

/** Removes kept files that no item needs: whoever stored them was killed before their rows were written. Throws ABORTED. */
export async function sweepPictures(
  directory: string,
  { storedBefore, isNeeded, signal }: SweepOptions,
): Promise<SweptPictures> {
  let [files, bytes] = [0, 0];
  for await (const source of keptFiles(directory)) {
    throwIfAborted(signal);
    if (isNeeded({ source, contentHash: path.parse(source).name })) continue;
    const { size, mtimeMs } = await stat(source);
    if (mtimeMs >= storedBefore - coarsestClock) continue;
    await rm(source);
    files++;
    bytes += size;
  }
  return { files, bytes };
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
export function isKept(directory: string, source: string): boolean {
  return folders.some((name) => source.startsWith(path.join(directory, name) + path.sep));
}

async function isWhole(file: string, size: number): Promise<boolean> {
  try {
    return (await stat(file)).size === size;
  } catch {
    return false;
  }
}
