/**
 * What has been found out about a catalogue and is kept with it: small files in its folder, so that they can be made anew while a server
 * has the catalogue open. Searches read them each time; what has not changed is not read again.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf, systemCode } from '../core/errors.ts';
import type { Catalog } from './catalog.ts';

export type Whose = Pick<Catalog, 'directory' | 'space' | 'info'>;

/** What a document is about: another model has other embeddings, and a catalogue that was made later in the same folder has other pictures. */
export interface About {
  readonly fingerprint: string;
  readonly createdAt: number;
}

export interface DocumentKind<T> {
  /** In the catalogue's folder. */
  readonly file: string;
  /** Undefined for another subject, another version, or what is damaged. */
  readonly parse: (text: string, about: About) => T | undefined;
}

export const aboutOf = (catalog: Whose): About => ({
  fingerprint: catalog.space.fingerprint,
  createdAt: catalog.info().createdAt,
});

interface Read {
  /** Tells whether the file is the one that was read. */
  readonly stamp: string;
  readonly value: unknown;
}

const known = new WeakMap<Whose, Map<DocumentKind<unknown>, Read>>();

/** Undefined where there is none that can be used: search does without it. */
export async function readDocument<T>(catalog: Whose, kind: DocumentKind<T>): Promise<T | undefined> {
  const file = path.join(catalog.directory, kind.file);
  try {
    const { ino, size, mtimeMs } = await stat(file);
    const stamp = `${ino} ${size} ${mtimeMs}`;
    const ofCatalog = known.get(catalog) ?? new Map<DocumentKind<unknown>, Read>();
    known.set(catalog, ofCatalog);
    const read = ofCatalog.get(kind);
    if (read?.stamp === stamp) return read.value as T | undefined;
    const value = kind.parse(await readFile(file, 'utf8'), aboutOf(catalog));
    ofCatalog.set(kind, { stamp, value });
    return value;
  } catch (error) {
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/** In place of what there was, whole or not at all. Returns the file. Throws OUTPUT_UNWRITABLE. */
export async function writeDocument(
  { directory }: Whose,
  kind: DocumentKind<unknown>,
  value: unknown,
): Promise<string> {
  const file = path.join(directory, kind.file);
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, JSON.stringify(value));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AppError('OUTPUT_UNWRITABLE', `${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
      details: { file },
    });
  }
  return file;
}
