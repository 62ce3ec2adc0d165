// Temporary folders and files for the indexer's tests.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { ItemSource, SourceEntry, SourceFailure, SourceItem } from '../../src/indexer/sources/source.ts';

/** A folder that is gone when the test is over. */
export async function temporaryFolder(t: ExecutionContext): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'whymatch-indexer-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files by their path below `folder`, with the folders they need. */
export async function write(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

/** All entries of a source, apart. */
export async function read(source: ItemSource): Promise<{ items: SourceItem[]; failures: SourceFailure[] }> {
  const entries: SourceEntry[] = [];
  for await (const entry of source.entries()) entries.push(entry);
  return {
    items: entries.filter((entry) => entry.type === 'item'),
    failures: entries.filter((entry) => entry.type === 'failure'),
  };
}
