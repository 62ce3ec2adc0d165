/**
 * A catalogue as a file and back, with all items and their embeddings, to move between machines, to keep, or to read with other
 * programs: JSON lines here, Parquet in exchange-parquet.ts. In JSON lines the first line names the model, one line an item follows,
 * and the last says how many there were.
 */
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { AppError, messageOf, systemCode, throwIfAborted } from '../core/errors.ts';
import type { Json, NewItem } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import type { EmbeddingSpace } from '../core/embedder.ts';
import { isSameSpace } from '../core/model-mismatch.ts';
import type { Catalog } from '../search/catalog.ts';
import { format, headerSchema, version } from './exchange-header.ts';
import { openParquetExport, writeParquet } from './exchange-parquet.ts';
import { decodeEmbedding, encodeEmbedding } from '../search/embedding-blob.ts';

/** base64: float32, little-endian, exact and short. numbers: a list, exact too, three times as long, for any reader. */
export type VectorFormat = 'base64' | 'numbers';

const itemSchema = z.object({
  id: z.string().min(1),
  productId: z.string().nullable(),
  source: z.string(),
  origin: z.string().nullish(),
  version: z.string().nullish(),
  collection: z.string().nullish(),
  contentHash: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  bytes: z.int().nonnegative(),
  modifiedAt: z.number(),
  metadata: z.record(z.string(), z.json()),
  embedding: z.union([z.base64(), z.array(z.number())]),
});

const endSchema = z.object({ end: z.literal(true), items: z.int().nonnegative() });

/** Lines written, or items put, at once. */
const batchSize = 500;

export type ExportFormat = 'jsonl' | 'parquet';

export interface ExportOptions extends LongRunning {
  /** Default: jsonl. */
  readonly format?: ExportFormat;
  /** How JSON lines have embeddings; base64 unless given. Parquet has lists of float32. */
  readonly vectors?: VectorFormat;
}

/** Writes the whole file or none, in the order of ids; returns how many items it has. Throws OUTPUT_UNWRITABLE, ABORTED. */
export async function exportCatalog(
  catalog: Catalog,
  file: string,
  options: ExportOptions = {},
): Promise<number> {
  const temporary = `${file}.${process.pid}.tmp`;
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, 'wx');
    const items =
      options.format === 'parquet'
        ? await writeParquet(catalog, temporary, options)
        : await writeLines(catalog, handle, options);
    await handle.sync();
    await handle.close();
    await rename(temporary, file);
    return items;
  } catch (error) {
    await handle?.close().catch(() => undefined);
    await rm(temporary, { force: true });
    if (error instanceof AppError || systemCode(error) === undefined) throw error;
    throw new AppError('OUTPUT_UNWRITABLE', `${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
      details: { file },
    });
  }
}

async function writeLines(
  catalog: Catalog,
  handle: FileHandle,
  { vectors = 'base64', onProgress, signal }: LongRunning & { vectors?: VectorFormat },
): Promise<number> {
  const { model, fingerprint, dimension } = catalog.space;
  const total = catalog.count();
  let lines = [JSON.stringify({ format, version, model, fingerprint, dimension })];
  let done = 0;
  const flush = async () => {
    await handle.write(lines.map((line) => `${line}\n`).join(''));
    lines = [];
    onProgress?.({ phase: 'export', done, total });
    throwIfAborted(signal);
  };
  for (const { item, embedding } of catalog.entries()) {
    const { seq: _, indexedAt: __, ...facts } = item;
    const vector =
      vectors === 'base64' ? encodeEmbedding(embedding).toString('base64') : Array.from(embedding);
    lines.push(JSON.stringify({ ...facts, embedding: vector }));
    done++;
    if (lines.length >= batchSize) await flush();
  }
  lines.push(JSON.stringify({ end: true, items: done }));
  await flush();
  return done;
}

/** The model's space of an exported file. Throws SOURCE_NOT_FOUND, SOURCE_UNREADABLE, SOURCE_INVALID. */
export async function exportedSpace(file: string): Promise<EmbeddingSpace> {
  if (await isParquet(file)) return (await openParquetExport(file)).space;
  for await (const [line] of linesOf(file)) {
    const { model, fingerprint, dimension } = parsed(file, 1, headerSchema, jsonOf(file, 1, line));
    return { model, fingerprint, dimension };
  }
  throw sourceInvalid(file, 1, 'expected a header, received an empty file');
}

/**
 * Adds the items of an exported file to a catalogue, or replaces those of the same id; returns how many. What was put before an error
 * stays. Throws CATALOG_MODEL_MISMATCH, SOURCE_INVALID with the line (also where the file ends too soon), SOURCE_NOT_FOUND, ABORTED.
 */
export async function importCatalog(
  catalog: Catalog,
  file: string,
  options: LongRunning = {},
): Promise<number> {
  checkSpace(catalog, file, await exportedSpace(file));
  return (await isParquet(file))
    ? importParquet(catalog, file, options)
    : importLines(catalog, file, options);
}

async function importParquet(catalog: Catalog, file: string, options: LongRunning): Promise<number> {
  const { items, batches } = await openParquetExport(file);
  let done = 0;
  for await (const batch of batches()) {
    catalog.put(batch);
    done += batch.length;
    options.onProgress?.({ phase: 'import', done, total: items });
    throwIfAborted(options.signal);
  }
  return done;
}

/** By its first bytes, whatever its name. What cannot be read is not Parquet: whoever reads it says so. */
async function isParquet(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && buffer.toString('latin1') === 'PAR1';
    } finally {
      await handle.close();
    }
  } catch {
    return false;
  }
}

async function importLines(catalog: Catalog, file: string, options: LongRunning): Promise<number> {
  let batch: NewItem[] = [];
  let done = 0;
  let expected: number | undefined;
  const flush = () => {
    catalog.put(batch);
    done += batch.length;
    batch = [];
    options.onProgress?.({ phase: 'import', done });
    throwIfAborted(options.signal);
  };
  for await (const [text, line] of linesOf(file)) {
    if (line === 1) continue;
    if (expected !== undefined)
      throw sourceInvalid(file, line, 'expected nothing after the last line, received more');
    const value = jsonOf(file, line, text);
    if (isEnd(value)) expected = parsed(file, line, endSchema, value).items;
    else batch.push(itemOf(file, line, value, catalog.space.dimension));
    if (batch.length === batchSize) flush();
  }
  flush();
  if (expected === done) return done;
  const promise = expected === undefined ? 'a last line that counts the items' : `${expected} items`;
  throw sourceInvalid(
    file,
    undefined,
    `expected ${promise}, received ${done} items. It is not complete: export it again`,
  );
}

function checkSpace({ directory, space }: Catalog, file: string, found: EmbeddingSpace): void {
  if (isSameSpace(found, space)) return;
  throw new AppError(
    'CATALOG_MODEL_MISMATCH',
    `the embeddings in ${file} are of model ${found.model} (${found.fingerprint.slice(0, 12)}), and those in ${directory} of ${space.model} (${space.fingerprint.slice(0, 12)}). Import into a new folder`,
    { details: { file, directory, expected: space, found } },
  );
}

function itemOf(file: string, line: number, value: Json, dimension: number): NewItem {
  const { embedding, ...facts } = parsed(file, line, itemSchema, value);
  const vector =
    typeof embedding === 'string'
      ? decodeEmbedding(Buffer.from(embedding, 'base64'))
      : Float32Array.from(embedding);
  if (vector.length !== dimension) {
    throw sourceInvalid(
      file,
      line,
      `expected an embedding of ${dimension} values, received ${vector.length}`,
    );
  }
  return { ...facts, embedding: vector };
}

function isEnd(value: Json): boolean {
  return typeof value === 'object' && value !== null && 'end' in value;
}

/** Lines with their numbers, from 1; empty ones are left out. */
async function* linesOf(file: string): AsyncGenerator<[string, number]> {
  let number = 0;
  let rest = '';
  try {
    // readline would not pass on that the file cannot be read.
    for await (const chunk of createReadStream(file, 'utf8')) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) {
        number++;
        if (line.trim() !== '') yield [line, number];
      }
    }
    if (rest.trim() !== '') yield [rest, number + 1];
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    throw new AppError(
      code === 'ENOENT' ? 'SOURCE_NOT_FOUND' : 'SOURCE_UNREADABLE',
      `${file} cannot be read: ${messageOf(error)}`,
      { cause: error, details: { file } },
    );
  }
}

function jsonOf(file: string, line: number, text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw sourceInvalid(
      file,
      line,
      `expected JSON (${messageOf(error)}). Is it a file of \`whymatch catalog export\`?`,
    );
  }
}

function parsed<T>(file: string, line: number, schema: z.ZodType<T>, value: Json): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw sourceInvalid(file, line, `${issue!.path.join('.') || 'the line'}: ${issue!.message}`);
}

function sourceInvalid(file: string, line: number | undefined, problem: string): AppError {
  const place = line === undefined ? file : `${file}:${line}`;
  return new AppError('SOURCE_INVALID', `${place}: ${problem}`, { details: { file, line } });
}
