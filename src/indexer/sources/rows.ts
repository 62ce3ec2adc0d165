// A row of a table -> an item, or the reason why not. What tables have in common; each format only finds its rows and their types.

import type { ErrorCode } from '../../core/errors.ts';
import type { Json, Metadata } from '../../core/item.ts';
import { IdMap } from '../id-map.ts';
import type { FileItem, SourceFailure, UrlItem } from './source.ts';

/** A row by its known columns; '' is an empty cell, and undefined a column that the table does not have. */
export interface Row {
  readonly file: string | undefined;
  readonly url?: string | undefined;
  readonly id: string | undefined;
  readonly productId: string | undefined;
  readonly metadata: Metadata;
}

export type RowEntry = FileItem | UrlItem | SourceFailure;

/** Columns with a meaning of their own. All others that have a name are metadata. */
export const knownColumns: ReadonlySet<string> = new Set(['file', 'url', 'id', 'product_id']);

/** What a table is called, and where its files are. */
export interface TableName {
  /** Absolute path, ARCHIVE!MEMBER, or '-'. */
  readonly location: string;
  /** For people. */
  readonly title: string;
  /** The place of a file that it names. */
  readonly resolve: (file: string) => string;
}

/** Makes items of a table's rows. Remembers the ids that it has seen: about 32 bytes a row. */
export class RowReader {
  readonly #table: TableName;
  readonly #lines = new IdMap();

  constructor(table: TableName) {
    this.#table = table;
  }

  /**
   * `file` says where the picture is, or else `url`; where a row has both, the url is metadata. In a table without the column `id`,
   * the text of the one that counts is the id. Lines count from 1.
   */
  read({ file = '', url = '', id, productId = '', metadata }: Row, line: number): RowEntry {
    const isUrl = file === '';
    const picture = isUrl ? url : file;
    const name = id ?? picture;
    const problem =
      problemOf(isUrl ? 'url' : 'file', picture) ?? placeProblem(file, url) ?? problemOf('id', name);
    if (problem) return this.failure(line, 'ITEM_INVALID', problem);
    const first = this.#lines.add(name, line);
    if (first !== undefined) {
      const problem = `id ${JSON.stringify(name)} was used in line ${first} already; give this row an id of its own`;
      return this.failure(line, 'ITEM_DUPLICATE', problem, name);
    }
    const item = { type: 'item', id: name, productId: productId === '' ? null : productId } as const;
    if (isUrl) return { ...item, url, metadata };
    const known = url === '' ? metadata : { ...metadata, url };
    return { ...item, file: this.#table.resolve(file), metadata: known };
  }

  failure(line: number, code: ErrorCode, problem: string, id: string | null = null): SourceFailure {
    const { location, title } = this.#table;
    return {
      type: 'failure',
      source: `${location}:${line}`,
      id,
      code,
      message: `${title}, line ${line}: ${problem}`,
    };
  }
}

function problemOf(column: string, value: string): string | undefined {
  if (value === '')
    return column === 'id' ? 'the cell of column "id" is empty' : 'the row has neither a "file" nor a "url"';
  if (value.includes('\0')) return `the cell of column "${column}" holds a NUL character`;
  return undefined;
}

function placeProblem(file: string, url: string): string | undefined {
  if (/^https?:\/\//i.test(file))
    return `expected a path in column "file", received the URL ${file}; name the column "url"`;
  if (file === '' && !/^https?:\/\/[^/]/i.test(url))
    return `expected an http(s) URL in column "url", received ${JSON.stringify(url.slice(0, 200))}`;
  return undefined;
}

/** A row of a format whose cells have types of their own, or what is wrong with it. */
export function typedRow(record: Readonly<Record<string, Json | undefined>>): Row | string {
  const [file, url, id, productId] = [
    textIn(record, 'file'),
    textIn(record, 'url'),
    nameIn(record, 'id'),
    nameIn(record, 'product_id'),
  ];
  const problem = [file, url, id, productId].find((cell) => typeof cell === 'object')?.problem;
  if (problem !== undefined) return problem;
  // null is how tables say that there is no value.
  const fields = Object.entries(record).filter(
    (field): field is [string, Json] =>
      !knownColumns.has(field[0]) && field[1] !== null && field[1] !== undefined,
  );
  const metadata = Object.fromEntries(fields);
  return { file, url, id, productId, metadata } as Row;
}

type Cell = string | undefined | { readonly problem: string };

function textIn(record: Readonly<Record<string, Json | undefined>>, name: string): Cell {
  const value = record[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value.trim();
  return { problem: `expected text in "${name}", received ${JSON.stringify(value).slice(0, 100)}` };
}

/** Ids are often numbers elsewhere; here they are text. */
function nameIn(record: Readonly<Record<string, Json | undefined>>, name: string): Cell {
  const value = record[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : textIn(record, name);
}
