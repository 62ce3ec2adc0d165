// A path -> the source it is. To add a kind: one file beside this one, one row here.

import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError, messageOf, systemCode } from '../../core/errors.ts';
import { openArchive } from './archive.ts';
import { openCsv } from './csv.ts';
import { openFolder } from './folder.ts';
import { fileInput, standardInput, type TextInput } from './input.ts';
import { openJsonLines } from './json-lines.ts';
import { openParquet } from './parquet.ts';
import { Selection, type SelectionOptions } from './selection.ts';
import type { ItemSource } from './source.ts';
import { tar } from './tar.ts';
import { openUrlList } from './url-list.ts';
import { zip } from './zip.ts';

interface SourceKind {
  /** What --format calls it. */
  readonly format: string;
  /** For people: what to pass. */
  readonly description: string;
  /** Names of its files; a folder has none. */
  readonly names?: RegExp;
}

/** Which of its pictures are wanted can be said for these. */
interface TreeKind extends SourceKind {
  readonly openTree: (location: string, selection: Selection) => ItemSource | Promise<ItemSource>;
}

/** These can be read from standard input. */
interface TextKind extends SourceKind {
  readonly openText: (input: TextInput) => Promise<ItemSource>;
}

interface FileKind extends SourceKind {
  readonly openFile: (location: string) => Promise<ItemSource>;
}

const kinds: readonly (TreeKind | TextKind | FileKind)[] = [
  { format: 'folder', description: 'a folder of pictures', openTree: openFolder },
  {
    format: 'csv',
    description: 'a table with a column "file" or "url" (.csv, .tsv, .jsonl, .ndjson, .parquet)',
    names: /\.(?:csv|tsv)$/i,
    openText: openCsv,
  },
  { format: 'jsonl', description: '', names: /\.(?:jsonl|ndjson)$/i, openText: openJsonLines },
  { format: 'parquet', description: '', names: /\.parquet$/i, openFile: openParquet },
  {
    format: 'tar',
    description: 'an archive of pictures (.tar, .tar.gz, .tgz, .zip)',
    names: /\.(?:tar|tar\.gz|tgz)$/i,
    openTree: (location, selection) => openArchive(location, tar, selection),
  },
  {
    format: 'zip',
    description: '',
    names: /\.zip$/i,
    openTree: (location, selection) => openArchive(location, zip, selection),
  },
  {
    format: 'urls',
    description: 'a list of URLs (.urls, .txt)',
    names: /\.(?:urls|txt)$/i,
    openText: openUrlList,
  },
];

export const sourceFormats: readonly string[] = kinds.map(({ format }) => format);

export interface OpenSourceOptions extends SelectionOptions {
  /** One of `sourceFormats`, for a file whose name does not tell, and for standard input. */
  readonly format?: string | undefined;
  /** What the source's items belong to in a catalogue; its location when absent. Needed where that changes from run to run. */
  readonly name?: string | undefined;
  /** What '-' stands for; the process's standard input when absent. */
  readonly stdin?: Readable | undefined;
}

/**
 * The source at a path, or on standard input for '-', by its format or by what the path is.
 * @throws AppError SOURCE_NOT_FOUND, SOURCE_UNREADABLE, SOURCE_INVALID; USAGE for options that do not go together
 */
export async function openSource(source: string, options: OpenSourceOptions = {}): Promise<ItemSource> {
  const opened = await (source === '-'
    ? openStandardInput(options)
    : openPath(path.resolve(source), options));
  return options.name === undefined ? opened : { ...opened, name: options.name };
}

async function openStandardInput({ format, stdin = process.stdin, include, exclude }: OpenSourceOptions) {
  const kind = kinds.find((kind) => kind.format === format);
  if (!kind || !('openText' in kind)) {
    const formats = kinds.flatMap((kind) => ('openText' in kind ? [kind.format] : [])).join(', ');
    throw new AppError('USAGE', `standard input needs a format: --format with one of ${formats}`);
  }
  checkSelection(kind, { include, exclude });
  return kind.openText(standardInput(stdin));
}

async function openPath(location: string, options: OpenSourceOptions): Promise<ItemSource> {
  const kind = kindOf(location, await statSource(location), options.format);
  checkSelection(kind, options);
  if ('openTree' in kind) return kind.openTree(location, new Selection(options));
  return 'openText' in kind ? kind.openText(fileInput(location)) : kind.openFile(location);
}

function kindOf(location: string, stats: Stats, format: string | undefined): (typeof kinds)[number] {
  const kind = kinds.find((kind) => {
    if (kind.names === undefined) return stats.isDirectory() && (format ?? kind.format) === kind.format;
    return stats.isFile() && (format === undefined ? kind.names.test(location) : format === kind.format);
  });
  if (kind) return kind;
  const expected = kinds
    .flatMap(({ description }) => (description === '' ? [] : [description]))
    .join(', or ');
  const known = sourceFormats.includes(format ?? sourceFormats[0]!);
  const advice = known ? '' : `; the formats are ${sourceFormats.join(', ')}`;
  throw new AppError('SOURCE_INVALID', `expected ${expected}; received ${location}${advice}`);
}

/** Tables say themselves which pictures they mean. */
function checkSelection(kind: SourceKind, { include = [], exclude = [] }: SelectionOptions): void {
  if ('openTree' in kind || include.length + exclude.length === 0) return;
  throw new AppError(
    'USAGE',
    `include and exclude are for folders and archives; ${kind.format} lists its pictures itself`,
  );
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
