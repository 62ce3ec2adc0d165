// Parquet tables, read a group of rows at a time.

import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import path from 'node:path';
import { AppError, messageOf } from '../../core/errors.ts';
import type { Json } from '../../core/item.ts';
import { type RowEntry, RowReader, typedRow } from './rows.ts';
import type { ItemSource } from './source.ts';

/** What is decoded at once: so many bytes as the columns have without compression, or one row. */
const chunkBytes = 32 * 1024 * 1024;

/**
 * The rows of a Parquet file. Columns: `file` (relative to the table's folder) or `url`, one of which it must have; `id`, `product_id`;
 * every other column becomes metadata with its type: text, booleans, numbers (integers beyond 2^53 become text, so that no digit is
 * lost), dates and times as ISO 8601 text, lists and structs as JSON. Null, NaN, infinity and bytes that are no text are left out.
 * @throws AppError SOURCE_INVALID, SOURCE_UNREADABLE
 */
export async function openParquet(table: string): Promise<ItemSource> {
  const metadata = await readMetadata(table);
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  if (!columns.includes('file') && !columns.includes('url')) {
    const list = columns.map((name) => JSON.stringify(name)).join(', ');
    throw new AppError(
      'SOURCE_INVALID',
      `${table}: expected a column "file" or "url", found the columns ${list}`,
    );
  }
  return {
    kind: 'parquet',
    location: table,
    entries: () => readEntries(table, metadata),
    count: async () => Number(metadata.num_rows),
  };
}

async function readMetadata(table: string): Promise<FileMetaData> {
  try {
    return await parquetMetadataAsync(await asyncBufferFromFile(table), { geoparquet: false });
  } catch (error) {
    const message = `${table}: expected a Parquet file (${messageOf(error)})`;
    throw new AppError('SOURCE_INVALID', message, { cause: error });
  }
}

async function* readEntries(table: string, metadata: FileMetaData): AsyncGenerator<RowEntry> {
  const rows = new RowReader({
    location: table,
    title: path.basename(table),
    resolve: (name) => path.resolve(path.dirname(table), name),
  });
  let line = 0;
  try {
    for await (const record of readRecords(table, metadata)) {
      line++;
      const row = typedRow(record);
      yield typeof row === 'string' ? rows.failure(line, 'ITEM_INVALID', row) : rows.read(row, line);
    }
  } catch (error) {
    throw new AppError(
      'SOURCE_UNREADABLE',
      `${table} cannot be read after row ${line}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

async function* readRecords(
  table: string,
  metadata: FileMetaData,
): AsyncGenerator<Record<string, Json | undefined>> {
  const file = await asyncBufferFromFile(table);
  for (const { rowStart, rowEnd } of chunksOf(metadata)) {
    const records = await parquetReadObjects({
      file,
      metadata,
      rowStart,
      rowEnd,
      compressors,
      parsers,
      useOffsetIndex: true,
    });
    for (const record of records) {
      yield Object.fromEntries(Object.entries(record).map(([name, value]) => [name, jsonOf(value)]));
    }
  }
}

interface RowRange {
  readonly rowStart: number;
  readonly rowEnd: number;
}

/** Parts of row groups that fit into memory. */
function* chunksOf({ row_groups: groups }: FileMetaData): Generator<RowRange> {
  let first = 0;
  for (const { num_rows, total_byte_size } of groups) {
    const count = Number(num_rows);
    const perRow = Number(total_byte_size) / Math.max(1, count);
    const step = Math.max(1, Math.floor(chunkBytes / Math.max(1, perRow)));
    for (let start = 0; start < count; start += step) {
      yield { rowStart: first + start, rowEnd: first + Math.min(count, start + step) };
    }
    first += count;
  }
}

/** Times as text; the library makes Date objects of them otherwise, which do not tell a day from a moment. */
const parsers = {
  dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10),
  timestampFromMilliseconds: (value: bigint) => new Date(Number(value)).toISOString(),
  timestampFromMicroseconds: (value: bigint) => new Date(Number(value / 1000n)).toISOString(),
  timestampFromNanoseconds: (value: bigint) => new Date(Number(value / 1_000_000n)).toISOString(),
};

/** Undefined where JSON has no such value. */
function jsonOf(value: unknown): Json | undefined {
  if (typeof value === 'bigint')
    return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value))
      ? Number(value)
      : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value))
    return value instanceof Uint8Array ? undefined : Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map((entry) => jsonOf(entry) ?? null);
  if (typeof value !== 'object') return undefined;
  const fields = Object.entries(value).map(([name, entry]) => [name, jsonOf(entry)] as const);
  return Object.fromEntries(fields.filter((field): field is [string, Json] => field[1] !== undefined));
}
