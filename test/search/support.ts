// What the tests of src/search share: embeddings with neighbours, items, folders that go away, and other processes.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import type { EmbeddingSpace } from '../../src/core/embedder.ts';
import type { NewItem } from '../../src/core/item.ts';
import { gaussian, seededRandom } from '../../src/core/random.ts';
import { normalize } from '../../src/core/vector.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { moduleBesides } from '../../src/threads/thread.ts';

export const space: EmbeddingSpace = { model: 'test-model', fingerprint: 'f'.repeat(64), dimension: 16 };

/** A unit vector that depends on the seed alone. */
export function unitVector(seed: number, dimension = space.dimension): Float32Array {
  const random = seededRandom(seed);
  return normalize(Float32Array.from({ length: dimension }, () => gaussian(random)));
}

/** Unit vectors in clusters, as embeddings of pictures lie. */
export function clusteredVectors(count: number, dimension: number, seed: number): Float32Array[] {
  const random = seededRandom(seed);
  const draw = () => Float32Array.from({ length: dimension }, () => gaussian(random));
  const centres = Array.from({ length: Math.ceil(count / 30) }, draw);
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(random() * centres.length)]!;
    return normalize(centre.map((value) => value + gaussian(random)));
  });
}

/** An item whose embedding depends on the seed alone. */
export function newItem(id: string, seed: number, changes: Partial<NewItem> = {}): NewItem {
  return {
    id,
    productId: null,
    source: `/pictures/${id}.jpg`,
    contentHash: seed.toString(16).padStart(64, '0'),
    width: 640,
    height: 480,
    bytes: 1000 + seed,
    modifiedAt: 1_700_000_000_000.5,
    metadata: {},
    embedding: unitVector(seed),
    ...changes,
  };
}

/** Items i<from> to i<to - 1>, with their numbers as seeds. */
export function newItems(from: number, to: number): NewItem[] {
  return Array.from({ length: to - from }, (_, i) => newItem(`i${from + i}`, from + i));
}

/** A path in a new temporary folder; nothing is there yet. */
export function temporaryPath(t: ExecutionContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'whymatch-search-'));
  // A thread that was writing a graph when its catalogue was closed ends with that file: the folder may get one more while it is removed.
  t.teardown(() => rmSync(parent, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }));
  return join(parent, 'catalog');
}

/** The same, with the folder made. */
export function temporaryFolder(t: ExecutionContext): string {
  const folder = temporaryPath(t);
  mkdirSync(folder);
  return folder;
}

/** A catalogue that has a graph from 50 items up, built where and when it is asked for, so that tests reach it quickly. */
export const smallIndex = { exactUpTo: 50, thread: false, background: false };

/** Opens one that is indexed so. */
export function openSmall(
  t: ExecutionContext,
  directory: string,
  options: Parameters<typeof openCatalog>[1] = {},
): Catalog {
  const catalog = openCatalog(directory, {
    space,
    create: options.readonly !== true,
    index: smallIndex,
    ...options,
  });
  t.teardown(() => catalog.close());
  return catalog;
}

/** Runs a program of test/search/children in another process; with a limit, in kB, to what its files may grow to. */
export function spawnChild(
  t: ExecutionContext,
  name: string,
  args: readonly string[],
  { fileLimit, ...options }: { uid?: number; fileLimit?: number } = {},
): ChildProcessByStdio<null, Readable, null> {
  const path = fileURLToPath(moduleBesides(import.meta, `children/${name}`));
  const command = [process.execPath, path, ...args];
  const [program, ...rest] =
    fileLimit === undefined
      ? command
      : ['bash', '-c', `trap '' XFSZ; ulimit -f ${fileLimit}; exec "$@"`, 'bash', ...command];
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'], ...options });
  child.stdout.setEncoding('utf8');
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}
