/**
 * Pictures that are no files of this machine (uploads, URLs, members of archives), kept in the catalogue's folder under the hash of
 * their bytes: equal pictures share a file, and a file never changes.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../core/errors.ts';
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

/**
 * Removes the file of a picture that no item of the catalogue needs any more, where the catalogue keeps it. To be called by the writer,
 * after the change.
 */
export async function dropPicture(
  catalog: Catalog,
  { source, contentHash }: Pick<Item, 'source' | 'contentHash'>,
): Promise<void> {
  if (!isKept(catalog.directory, source) || !path.basename(source).startsWith(contentHash)) return;
  if (catalog.findByHash(contentHash)) return;
  await rm(source, { force: true });
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
