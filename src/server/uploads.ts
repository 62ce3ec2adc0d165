/** Files of uploaded pictures, in the catalogue's folder under the hash of their bytes: equal pictures share a file. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf } from '../core/errors.ts';
import type { Picture } from '../image/open.ts';
import type { Catalog } from '../search/catalog.ts';

/** Writes the file, whole or not at all, and returns its path. Throws CATALOG_READ_ONLY. */
export async function storeUpload(directory: string, picture: Picture): Promise<string> {
  const file = path.join(
    folderOf(directory),
    picture.contentHash.slice(0, 2),
    `${picture.contentHash}.${picture.format}`,
  );
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, picture.bytes, { flush: true });
    await rename(temporary, file);
    return file;
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new AppError('CATALOG_READ_ONLY', `the upload could not be stored: ${messageOf(cause)}`, { cause });
  }
}

/** Removes a file that no item needs any more, if it is an upload. To be called by the writer, after the change. */
export async function dropUpload(catalog: Catalog, source: string, contentHash: string): Promise<void> {
  const inside = !path.relative(folderOf(catalog.directory), source).startsWith('..');
  if (!inside || !path.basename(source).startsWith(contentHash)) return;
  if (catalog.findByHash(contentHash)) return;
  await rm(source, { force: true });
}

const folderOf = (directory: string): string => path.join(directory, 'uploads');
