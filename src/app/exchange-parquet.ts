/**
 * A catalogue as a Parquet file and back, for DuckDB, pandas, Spark and the like: a row an item, in the order of ids.
 *
 *   id, product_id, source, content_hash   text          width, height   int32        bytes   int64        modified_at   double
 *   origin, version, collection            text          metadata        JSON         embedding   list of float32
 *
 * The file's own metadata, under "whymatch", names the format and the model, and counts the items.
 */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type SchemaElement } from 'hyparquet';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { z } from 'zod';
import type { EmbeddingSpace } from '../core/embedder.ts';
import { AppError, messageOf, systemCode, throwIfAborted } from '../core/errors.ts';
import type { NewItem } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import type { Catalog } from '../search/catalog.ts';
import type { StoredItem } from '../search/item-store.ts';
import { format, headerSchema, version } from './exchange-header.ts';

const key = 'whymatch';

/** Rows that are written, and read, together. */
const groupSize = 1000;

const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } } as const;
const required = { repetition_type: 'REQUIRED' } as const;
const columns: readonly SchemaElement[] = [
  { name: 'id', ...text, ...required },
  { name: 'product_id', ...text, repetition_type: 'OPTIONAL' },
  { name: 'source', ...text, ...required },
  { name: 'content_hash', ...text, ...required },
  { name: 'width', type: 'INT32', ...required },
  { name: 'height', type: 'INT32', ...required },
  { name: 'bytes', type: 'INT64', ...required },
  { name: 'modified_at', type: 'DOUBLE', ...required },
  { name: 'origin', ...text, repetition_type: 'OPTIONAL' },
  { name: 'version', ...text, repetition_type: 'OPTIONAL' },
  { name: 'collection', ...text, repetition_type: 'OPTIONAL' },
  { name: 'metadata', ...text, converted_type: 'JSON', logical_type: { type: 'JSON' }, ...required },
  { name: 'embedding', converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1, ...required },
];
const schema: SchemaElement[] = [
  { name: 'schema', num_children: columns.length },
  ...columns,
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', type: 'FLOAT', ...required },
];

const rowSchema = z.object({
  id: z.string().min(1),
  product_id: z.string().nullish(),
  source: z.string(),
  content_hash: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  bytes: z.union([z.bigint(), z.number()]).transform(Number),
  modified_at: z.number(),
  // Absent in files of earlier versions.
  origin: z.string().nullish(),
  version: z.string().nullish(),
  collection: z.string().nullish(),
  metadata: z.record(z.string(), z.json()),
  embedding: z.array(z.number()),
});

/** Writes all items; returns how many. Throws ABORTED, and what the file system throws. */
export async function writeParquet(catalog: Catalog, file: string, options: LongRunning): Promise<number> {
  const { model, fingerprint, dimension } = catalog.space;
  const header = { format, version, model, fingerprint, dimension };
  const writer = new ParquetWriter({
    writer: fileWriter(file),
    schema,
    kvMetadata: [{ key, value: JSON.stringify(header) }],
  });
  const total = catalog.count();
  let done = 0;
  let group: StoredItem[] = [];
  const flush = async () => {
    await writer.write({ columnData: columnsOf(group), rowGroupSize: groupSize });
    done += group.length;
    group = [];
    options.onProgress?.({ phase: 'export', done, total });
    throwIfAborted(options.signal);
  };
  for (const entry of catalog.entries()) {
    group.push(entry);
    if (group.length === groupSize) await flush();
  }
  if (group.length > 0) await flush();
  await writer.finish();
  return done;
}

function columnsOf(group: readonly StoredItem[]) {
  const column = <T>(name: string, value: (entry: StoredItem) => T) => ({ name, data: group.map(value) });
  return [
    column('id', ({ item }) => item.id),
    column('product_id', ({ item }) => item.productId),
    column('source', ({ item }) => item.source),
    column('content_hash', ({ item }) => item.contentHash),
    column('width', ({ item }) => item.width),
    column('height', ({ item }) => item.height),
    column('bytes', ({ item }) => BigInt(item.bytes)),
    column('modified_at', ({ item }) => item.modifiedAt),
    column('origin', ({ item }) => item.origin),
    column('version', ({ item }) => item.version),
    column('collection', ({ item }) => item.collection),
    column('metadata', ({ item }) => item.metadata),
    column('embedding', ({ embedding }) => Array.from(embedding)),
  ];
}

export interface ParquetExport {
  readonly space: EmbeddingSpace;
  readonly items: number;
  /** In batches, in the file's order. */
  batches(): AsyncGenerator<NewItem[]>;
}

/** Opens what writeParquet wrote. Throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, SOURCE_INVALID (with the row). */
export async function openParquetExport(file: string): Promise<ParquetExport> {
  const buffer = await guarded(file, () => asyncBufferFromFile(file));
  const metadata = await guarded(file, () => parquetMetadataAsync(buffer));
  const given = metadata.key_value_metadata?.find((entry) => entry.key === key)?.value;
  const header = headerSchema.safeParse(given === undefined ? undefined : jsonOf(given));
  if (!header.success) {
    throw invalid(file, 'expected a file of `whymatch catalog export`, received another Parquet file');
  }
  const { model, fingerprint, dimension } = header.data;
  const items = Number(metadata.num_rows);
  return {
    space: { model, fingerprint, dimension },
    items,
    async *batches() {
      for (let rowStart = 0; rowStart < items; rowStart += groupSize) {
        const rowEnd = Math.min(items, rowStart + groupSize);
        const rows = await guarded(file, () =>
          parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd }),
        );
        yield rows.map((row, i) => itemOf(file, rowStart + i + 1, row, dimension));
      }
    },
  };
}

function itemOf(file: string, number: number, row: unknown, dimension: number): NewItem {
  const result = rowSchema.safeParse(row);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw invalid(file, `row ${number}: ${issue!.path.join('.')}: ${issue!.message}`);
  }
  const { id, source, width, height, bytes, metadata, embedding, ...rest } = result.data;
  if (embedding.length !== dimension) {
    throw invalid(
      file,
      `row ${number}: expected an embedding of ${dimension} values, received ${embedding.length}`,
    );
  }
  return {
    id,
    source,
    width,
    height,
    bytes,
    productId: rest.product_id ?? null,
    contentHash: rest.content_hash,
    modifiedAt: rest.modified_at,
    origin: rest.origin ?? null,
    version: rest.version ?? null,
    collection: rest.collection ?? null,
    metadata,
    embedding: Float32Array.from(embedding),
  };
}

async function guarded<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') throw failed('SOURCE_NOT_FOUND', file, error);
    if (code !== undefined) throw failed('SOURCE_UNREADABLE', file, error);
    throw invalid(file, `it is no whole Parquet file (${messageOf(error)}). Export it again`, error);
  }
}

function failed(code: 'SOURCE_NOT_FOUND' | 'SOURCE_UNREADABLE', file: string, cause: unknown): AppError {
  return new AppError(code, `${file} cannot be read: ${messageOf(cause)}`, { cause, details: { file } });
}

function invalid(file: string, problem: string, cause?: unknown): AppError {
  return new AppError('SOURCE_INVALID', `${file}: ${problem}`, { cause, details: { file } });
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
