// A path -> the source it is. To add a kind (JSON lines, Parquet, tar, zip, a list of URLs): one file beside this one, one row here.

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf, systemCode } from '../../core/errors.ts';
import { openCsv } from './csv.ts';
import { openFolder } from './folder.ts';
import type { ItemSource } from './source.ts';

interface SourceKind {
  /** For people: what to pass. */
  readonly description: string;
  readonly accepts: (location: string, stats: Stats) => boolean;
  readonly open: (location: string) => Promise<ItemSource>;
}

const kinds: readonly SourceKind[] = [
  {
    description: 'a folder of pictures',
    accepts: (_, stats) => stats.isDirectory(),
    open: openFolder,
  },
  {
    description: 'a table with a column "file" (.csv, .tsv)',
    accepts: (location, stats) => stats.isFile() && /\.(?:csv|tsv)$/i.test(location),
    open: openCsv,
  },
];

/**
 * The source at a path, chosen by what the path is.
 * @throws AppError SOURCE_NOT_FOUND, SOURCE_UNREADABLE, SOURCE_INVALID
 */
export async function openSource(source: string): Promise<ItemSource> {
  const location = path.resolve(source);
  const stats = await statSource(location);
  const kind = kinds.find(({ accepts }) => accepts(location, stats));
  if (kind) return kind.open(location);
  const expected = kinds.map(({ description }) => description).join(' or ');
  throw new AppError('SOURCE_INVALID', `expected ${expected}, received ${location}`);
}

async function statSource(location: string): Promise<Stats> {
  try {
    return await stat(location);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AppError('SOURCE_NOT_FOUND', `there is nothing at ${location}`, { cause: error });
    }
    throw new AppError('SOURCE_UNREADABLE', `${location} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
