// Tables of text (CSV, TSV), read as a stream. Dialect: RFC 4180, a BOM, any line ends, and the delimiter that the header shows.

import { pipeline } from 'node:stream';
import { type Options, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { AppError } from '../../core/errors.ts';
import { cellValue } from './cell.ts';
import { headOf, type TextInput, unreadable } from './input.ts';
import { knownColumns, type RowEntry, RowReader } from './rows.ts';
import type { ItemSource } from './source.ts';

const delimiters = [',', ';', '\t', '|'] as const;
/** A header, and any one row, must fit: a quote that never closes does not read the whole file into memory. */
const maxRowBytes = 1 << 20;
/** What a decoder puts where bytes are not UTF-8. */
const undecodable = '\uFFFD';

interface Dialect {
  readonly delimiter: string;
  readonly columns: readonly string[];
}

/**
 * The rows of a CSV file. Columns: `file` (relative to the CSV's folder) or `url`, one of which it must have; `id` (default: the text
 * of `file` or `url`), `product_id`; every other column with a name becomes metadata, typed as cellValue() says, and empty cells are
 * left out. A row that cannot be used is a failure with its line; the others are read.
 * @throws AppError SOURCE_INVALID (no usable header), SOURCE_UNREADABLE
 */
export async function openCsv(input: TextInput): Promise<ItemSource> {
  const dialect = detectDialect(input, await headOf(input, maxRowBytes));
  return {
    kind: 'csv',
    location: input.location,
    entries: () => readEntries(input, dialect),
    count: async (signal) => (input.repeatable ? countRows(input, signal) : undefined),
  };
}

/** The delimiter is the one that yields a column `file` or `url`; among several, and where none does, the one with most columns. */
function detectDialect(table: TextInput, head: Buffer): Dialect {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw invalid(table, 'expected UTF-8, received UTF-16; save it as "CSV UTF-8"');
  }
  const candidates = delimiters
    .map((delimiter) => ({ delimiter, columns: headerOf(head, delimiter) }))
    .sort((a, b) => b.columns.length - a.columns.length);
  const dialect = candidates.find(({ columns }) => columns.includes('file') || columns.includes('url'));
  const found = (dialect ?? candidates[0]!).columns.filter((name) => name !== '');
  if (found.length === 0)
    throw invalid(table, 'expected a header with a column "file" or "url", received an empty file');
  const list = found.map((name) => JSON.stringify(name)).join(', ');
  if (!dialect)
    throw invalid(table, `expected a header with a column "file" or "url", found the columns ${list}`);
  if (new Set(found).size < found.length)
    throw invalid(table, `expected columns of different names, found ${list}`);
  return dialect;
}

function headerOf(head: Buffer, delimiter: string): string[] {
  try {
    const [header = []] = parseSync(head, { ...dialectOptions(delimiter), to: 1 });
    return header.map((name) => name.trim());
  } catch {
    return [];
  }
}

function dialectOptions(delimiter: string): Options {
  return {
    bom: true,
    delimiter,
    // Rows of another length are judged one by one; 5" screen is a fair cell; blank rows at the end are how spreadsheets save.
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    max_record_size: maxRowBytes,
  };
}

/** The rows of a table whose head has been looked at. */
async function* readEntries(table: TextInput, { delimiter, columns }: Dialect): AsyncGenerator<RowEntry> {
  const rows = new RowReader(table);
  let broken = false;
  // An error thrown by the parser would take the rows with it that wait in its buffer: let it skip instead.
  // After the first error it finds no more rows.
  const parser = parse({
    ...dialectOptions(delimiter),
    info: true,
    skip_records_with_error: true,
    on_skip: () => void (broken = true),
  });
  pipeline(table.open(), parser, () => undefined);
  let line = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRow>) {
      const isHeader = line === 0;
      line = info.lines;
      if (!isHeader) yield readRow(rows, columns, record, line);
    }
  } catch (error) {
    throw unreadable(table, error);
  }
  if (broken) {
    const problem =
      'a quote opens and does not close, or the row is longer than 1 MiB; this and later rows were not read';
    yield rows.failure(line + 1, 'ITEM_INVALID', problem);
  }
}

interface ParsedRow {
  readonly record: readonly string[];
  /** lines: the line in which the row ends. */
  readonly info: { readonly lines: number };
}

function readRow(
  rows: RowReader,
  columns: readonly string[],
  cells: readonly string[],
  line: number,
): RowEntry {
  if (cells.length !== columns.length) {
    const problem = `expected ${columns.length} cells, as in the header, received ${cells.length}`;
    return rows.failure(line, 'ITEM_INVALID', problem);
  }
  if (cells.some((cell) => cell.includes(undecodable))) {
    return rows.failure(line, 'ITEM_INVALID', 'expected UTF-8, received other bytes; save it as "CSV UTF-8"');
  }
  const cell = (name: string) => cells[columns.indexOf(name)]?.trim();
  const fields = columns.map((name, i) => [name, cells[i]!] as const).filter(isMetadata);
  // fromEntries defines properties, whatever they are called: "__proto__" is a column like any other.
  const metadata = Object.fromEntries(fields.map(([name, text]) => [name, cellValue(text)]));
  const known = { file: cell('file'), url: cell('url'), id: cell('id'), productId: cell('product_id') };
  return rows.read({ ...known, metadata }, line);
}

function isMetadata([name, text]: readonly [string, string]): boolean {
  return name !== '' && text !== '' && !knownColumns.has(name);
}

/** Line ends outside quotes, less the header: exact for a well-formed table, and fast. */
async function countRows(table: TextInput, signal?: AbortSignal): Promise<number | undefined> {
  const [quote, newline, carriageReturn] = [0x22, 0x0a, 0x0d];
  let rows = 0;
  let quoted = false;
  let blank = true;
  for await (const chunk of table.open() as AsyncIterable<Buffer>) {
    if (signal?.aborted) return undefined;
    for (const byte of chunk) {
      if (byte === quote) quoted = !quoted;
      if (byte === newline && !quoted) {
        if (!blank) rows++;
        blank = true;
      } else if (byte !== carriageReturn) blank = false;
    }
  }
  return Math.max(0, rows + (blank ? 0 : 1) - 1);
}

function invalid({ title, location }: TextInput, problem: string): AppError {
  return new AppError('SOURCE_INVALID', `${location === '-' ? title : location}: ${problem}`);
}
