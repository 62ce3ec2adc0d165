/** The native packages below a catalogue, each loaded and used once. Loaded one by one, so that one that fails does not hide the other. */
import { createRequire } from 'node:module';

/** better-sqlite3's version, and SQLite's. Throws what the package throws when it does not load. */
export async function aboutDatabase(): Promise<{ readonly version: string; readonly sqlite: string }> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(':memory:');
  const sqlite = database.prepare('SELECT sqlite_version()').pluck().get() as string;
  database.close();
  return { version: versionOf('better-sqlite3'), sqlite };
}

/** hnswlib-node's version. Throws what the package throws when it does not load, and when it does not find what it was given. */
export async function aboutIndex(): Promise<{ readonly version: string }> {
  const { default: hnswlib } = await import('hnswlib-node');
  const index = new hnswlib.HierarchicalNSW('ip', 2);
  index.initIndex(1);
  index.addPoint([1, 0], 7);
  if (index.searchKnn([1, 0], 1).neighbors[0] !== 7)
    throw new Error('hnswlib-node does not find what it was given');
  return { version: versionOf('hnswlib-node') };
}

function versionOf(name: string): string {
  return (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
}
