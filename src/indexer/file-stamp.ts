// What tells whether a file is still the one that it was.

import { stat } from 'node:fs/promises';
import type { Item } from '../core/item.ts';
import type { Stamp } from './sources/source.ts';

/** Undefined where there is no file: whoever reads it says so. */
export async function stampOf(file: string): Promise<Stamp | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { bytes: size, modifiedAt: mtimeMs, version: null };
  } catch {
    return undefined;
  }
}

/** Whether the catalogue still has its copy of a remote picture: somebody may have removed it by hand. */
export async function isStillKept({ source, bytes }: Pick<Item, 'source' | 'bytes'>): Promise<boolean> {
  return (await stampOf(source))?.bytes === bytes;
}
