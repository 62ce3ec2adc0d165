/**
 * The index on disk: a data file by hnswlib, and beside it index.json, which names the data file and says what it is. Renaming
 * index.json into place is the moment from which a snapshot counts; until then the one before it does.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { messageOf, systemCode } from '../core/errors.ts';
import { HnswIndex, type HnswParameters } from './hnsw.ts';
import { readHnswFileHeader } from './hnsw-file.ts';

const magic = 'whymatch-index';
const version = 1;
const headerName = 'index.json';

/** What a snapshot must have been made of to be of use. With what parameters it was built matters to nobody but who builds the next. */
export interface SnapshotOrigin extends HnswParameters {
  /** Of the catalogue. */
  readonly uid: string;
  /** Of the model. */
  readonly fingerprint: string;
  readonly dimension: number;
}

const headerSchema = z.object({
  magic: z.literal(magic),
  version: z.literal(version),
  uid: z.string(),
  fingerprint: z.string(),
  dimension: z.int().positive(),
  m: z.int().positive(),
  efConstruction: z.int().positive(),
  /** Every change of the catalogue up to this one is in the index. */
  seq: z.int().nonnegative(),
  /** Vectors that can be found; removed ones in the file are not counted. */
  size: z.int().nonnegative(),
  file: z.string().regex(/^index-[\w-]+\.hnsw$/),
  bytes: z.int().nonnegative(),
  sha256: z.string(),
});

export type SnapshotHeader = z.infer<typeof headerSchema>;

export interface Snapshot {
  readonly index: HnswIndex;
  readonly header: SnapshotHeader;
}

/** The snapshot of a catalogue, or the reason why there is none that can be used. */
export async function readSnapshot(directory: string, origin: SnapshotOrigin): Promise<Snapshot | string> {
  // A writer may replace the snapshot while it is read: its data file is then gone, and the next header names another.
  for (let attempt = 0; ; attempt++) {
    try {
      return await readOnce(directory, origin);
    } catch (error) {
      if (attempt === 2 || systemCode(error) !== 'ENOENT') return messageOf(error);
    }
  }
}

async function readOnce(directory: string, origin: SnapshotOrigin): Promise<Snapshot> {
  const text = await readFile(join(directory, headerName), 'utf8');
  const header = headerSchema.parse(JSON.parse(text));
  const foreign = whyForeign(header, origin);
  if (foreign !== undefined) throw new Error(foreign);
  const path = join(directory, header.file);
  const { size } = statSync(path);
  if (size !== header.bytes)
    throw new Error(`expected ${header.bytes} bytes in ${header.file}, found ${size}`);
  // hnswlib reads any bytes as links and would follow them out of memory: nothing unverified reaches it.
  if ((await sha256Of(path)) !== header.sha256) throw new Error(`${header.file} does not have its checksum`);
  return { index: await HnswIndex.load(path, header.dimension, header.size), header };
}

/**
 * Saving, step 1, which must not run beside changes of the index: writes the data file under a name of its own, and returns that name.
 * Throws an Error when it cannot be written whole.
 */
export function writeSnapshotData(directory: string, index: HnswIndex, seq: number): string {
  const file = `index-${seq}-${randomBytes(4).toString('hex')}.hnsw`;
  try {
    index.save(join(directory, file));
    return file;
  } catch (error) {
    discardSnapshot(directory, file);
    throw error;
  }
}

/** Step 2, which takes its time: makes the data file and a header for it durable, beside the snapshot that counts. */
export async function stageSnapshot(
  directory: string,
  file: string,
  facts: SnapshotOrigin & Pick<SnapshotHeader, 'seq' | 'size'>,
): Promise<void> {
  const path = join(directory, file);
  await syncPath(path, 'r+');
  const header: SnapshotHeader = {
    magic,
    version,
    uid: facts.uid,
    fingerprint: facts.fingerprint,
    dimension: facts.dimension,
    m: facts.m,
    efConstruction: facts.efConstruction,
    seq: facts.seq,
    size: facts.size,
    file,
    bytes: statSync(path).size,
    sha256: await sha256Of(path),
  };
  await writeFile(stagedHeader(directory, file), `${JSON.stringify(header, null, 2)}\n`);
  await syncPath(stagedHeader(directory, file), 'r+');
}

/** Step 3, at once: makes the staged snapshot the one that counts, and removes those before it. */
export function publishSnapshot(directory: string, file: string): void {
  renameSync(stagedHeader(directory, file), join(directory, headerName));
  removeStrays(directory, file);
}

/** Step 4: makes the rename durable. Windows has no such call, and needs none. */
export async function syncSnapshot(directory: string): Promise<void> {
  if (process.platform !== 'win32') await syncPath(directory, 'r');
}

/** Instead of step 3. */
export function discardSnapshot(directory: string, file: string): void {
  rmSync(join(directory, file), { force: true });
  rmSync(stagedHeader(directory, file), { force: true });
}

function stagedHeader(directory: string, file: string): string {
  return join(directory, `${file}.json`);
}

/**
 * Removes what a kill while saving left behind, and a snapshot from the future of a catalogue that was restored from an older copy:
 * its labels would come to mean other items. Only the writer may call it. `seq` is the catalogue's latest change.
 */
export function tidySnapshots(directory: string, seq: number): void {
  const header = readHeaderSync(directory);
  const usable = header !== undefined && header.seq <= seq;
  if (!usable) rmSync(join(directory, headerName), { force: true });
  removeStrays(directory, usable ? header.file : undefined);
}

/** Whether somebody saved one; it may still be unusable. */
export function hasSnapshot(directory: string): boolean {
  return existsSync(join(directory, headerName));
}

export interface Saved {
  /** Every change up to this one is in it. */
  readonly seq: number;
  /** Vectors that can be found, and those that were removed. */
  readonly size: number;
  readonly removed: number;
}

/** What a folder's snapshot holds, as its header and the start of its file say; undefined where there is none for this catalogue. */
export function savedIn(directory: string, origin: SnapshotOrigin): Saved | undefined {
  const header = readHeaderSync(directory);
  if (!header || whyForeign(header, origin) !== undefined) return undefined;
  try {
    const path = join(directory, header.file);
    if (statSync(path).size !== header.bytes) return undefined;
    const { count } = readHnswFileHeader(path);
    return { seq: header.seq, size: header.size, removed: count - header.size };
  } catch {
    return undefined;
  }
}

function whyForeign(header: SnapshotHeader, origin: SnapshotOrigin): string | undefined {
  const fields = ['uid', 'fingerprint', 'dimension'] as const;
  const other = fields.find((field) => header[field] !== origin[field]);
  return other && `expected ${other} ${origin[other]} in ${headerName}, received ${header[other]}`;
}

/** Size of the current data file; 0 when there is none. */
export function snapshotBytes(directory: string): number {
  return readHeaderSync(directory)?.bytes ?? 0;
}

function readHeaderSync(directory: string): SnapshotHeader | undefined {
  try {
    return headerSchema.parse(JSON.parse(readFileSync(join(directory, headerName), 'utf8')));
  } catch {
    return undefined;
  }
}

function removeStrays(directory: string, keep: string | undefined): void {
  for (const name of readdirSync(directory)) {
    if (/^index-[\w-]+\.hnsw(\.json)?$/.test(name) && name !== keep)
      rmSync(join(directory, name), { force: true });
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

async function syncPath(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
