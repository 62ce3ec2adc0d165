import {
  closeSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import type { Catalog } from '../../src/search/catalog.ts';
import type { VerifyReport } from '../../src/search/verify.ts';
import { newItem, newItems, openSmall, temporaryFolder, temporaryPath, unitVector } from './support.ts';

const wrong = ({ checks }: VerifyReport) =>
  checks.filter(({ ok }) => !ok).map(({ name, found, advice }) => `${name}: ${found} -> ${advice}`);

/** A saved catalogue of 200 items, closed. */
async function savedCatalog(t: ExecutionContext): Promise<string> {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.fieldIndexes.add('price');
  catalog.put(newItems(0, 200).map((item, i) => ({ ...item, metadata: { price: i } })));
  await catalog.saveIndex();
  catalog.close();
  return path;
}

/** Changes the rows behind the catalogue's back. */
function tamper(path: string, sql: string, ...values: unknown[]): void {
  const database = new Database(join(path, 'catalog.db'));
  database.pragma('foreign_keys = OFF');
  database.prepare(sql).run(...values);
  database.close();
}

async function verified(t: ExecutionContext, path: string): Promise<VerifyReport> {
  const catalog = openSmall(t, path, { readonly: true });
  const report = await catalog.verify();
  catalog.close();
  return report;
}

test('a sound catalogue has nothing wrong, in any state of its index', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  t.true((await catalog.verify()).ok);
  catalog.put(newItems(0, 40));
  const small = await catalog.verify();
  t.like(small, { ok: true, items: 40, selfHits: 1, recallAt10: 1 });
  catalog.put([...newItems(0, 300), newItem('black', 1, { embedding: new Float32Array(16) })]);
  t.deepEqual(wrong(await catalog.verify()), []);
  await catalog.saveIndex();
  catalog.delete(newItems(0, 100).map(({ id }) => id));
  catalog.put(newItems(250, 400).map((item, i) => ({ ...item, embedding: unitVector(9000 + i) })));
  const grown = await catalog.verify();
  t.deepEqual(wrong(grown), []);
  t.true(grown.recallAt10! > 0.97);
  t.regex(grown.checks.find(({ name }) => name === 'embeddings')!.found, /but for 1 of zeros/);
});

const damages: readonly (readonly [string, string, unknown[], RegExp])[] = [
  [
    'an embedding that is cut',
    'UPDATE embeddings SET vector = substr(vector, 1, 60) WHERE label = 7',
    [],
    /embeddings: 1 .*: i6 -> .*--force/,
  ],
  [
    'an embedding of another length',
    'UPDATE embeddings SET vector = ? WHERE label = 9',
    [Buffer.alloc(64, 1)],
    /embeddings: 1 .*: i8/,
  ],
  [
    'an embedding that is not finite',
    'UPDATE embeddings SET vector = ? WHERE label = 9',
    [Buffer.alloc(64, 255)],
    /embeddings: 1 .*: i8/,
  ],
  [
    'an item without its embedding',
    'DELETE FROM embeddings WHERE label = 3',
    [],
    /rows: 1 items have no embedding -> .*export/,
  ],
  [
    'an embedding without its item',
    'DELETE FROM items WHERE label = 3',
    [],
    /rows: \d rows belong to items that there are not/,
  ],
  [
    'a record of removal for what is there',
    'INSERT INTO tombstones VALUES (900, 3)',
    [],
    /rows: 1 items are recorded as removed/,
  ],
  [
    'a count of changes that went back',
    `UPDATE meta SET value = 50 WHERE key = 'seq'`,
    [],
    /rows: the latest change is 50, but an item has change 200/,
  ],
  [
    'an index of a field that is behind',
    'DELETE FROM field_values WHERE label = 3',
    [],
    /filters: 1 values .*index-field/,
  ],
];

for (const [what, sql, values, message] of damages) {
  test(`${what} is found, with what to do`, async (t) => {
    const path = await savedCatalog(t);
    t.deepEqual(wrong(await verified(t, path)), []);
    tamper(path, sql, ...values);
    const report = await verified(t, path);
    t.false(report.ok);
    t.regex(wrong(report).join('\n'), message);
  });
}

test('a damaged page of the database is found', async (t) => {
  const path = await savedCatalog(t);
  const file = join(path, 'catalog.db');
  const page = new Database(file);
  const root = Number(
    page.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'items_product_id'`).pluck().get(),
  );
  page.close();
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.alloc(1000, 7), 0, 1000, (root - 1) * 4096);
  closeSync(handle);
  const report = await verified(t, path);
  t.regex(wrong(report)[0]!, /database: .*(damaged|malformed)/);
});

test('a saved index that is damaged, or does not have all it says, is found', async (t) => {
  const path = await savedCatalog(t);
  const header = join(path, 'index.json');
  const good = readFileSync(header, 'utf8');
  const { file } = JSON.parse(good) as { file: string };

  writeFileSync(header, good.replace(/"sha256": "./, '"sha256": "x'));
  t.regex(
    wrong(await verified(t, path))[0]!,
    new RegExp(`index: .*${file} does not have its checksum -> .*rebuild`),
  );

  writeFileSync(header, good);
  const catalog = openSmall(t, path);
  catalog.put(newItems(200, 210));
  catalog.close();
  t.deepEqual(wrong(await verified(t, path)), []);
  writeFileSync(header, good.replace('"seq": 200', '"seq": 210'));
  t.regex(wrong(await verified(t, path))[0]!, /index: the index lacks 10 items and has 0 that there are not/);

  const writer = openSmall(t, path);
  await writer.rebuildIndex();
  t.deepEqual(wrong(await writer.verify()), []);
});

test('pictures that are gone or changed are found; a new time of the same bytes is no change', async (t) => {
  const folder = temporaryFolder(t);
  const catalog = openSmall(t, temporaryPath(t));
  const files = ['same', 'touched', 'changed', 'longer', 'gone'].map((name) => {
    const source = join(folder, name);
    writeFileSync(source, name);
    const { size: bytes, mtimeMs: modifiedAt } = statSync(source);
    const contentHash = createHash('sha256').update(name).digest('hex');
    return newItem(name, bytes, { source, bytes, modifiedAt, contentHash });
  });
  catalog.put([...files, newItem('far', 3, { source: 'https://shop.example/1.jpg' })]);
  t.deepEqual(wrong(await catalog.verify({ sources: true })), []);
  utimesSync(join(folder, 'touched'), 1, 1);
  writeFileSync(join(folder, 'changed'), 'CHANGED');
  utimesSync(join(folder, 'changed'), 1, 1);
  writeFileSync(join(folder, 'longer'), 'longer than before');
  unlinkSync(join(folder, 'gone'));
  const [only] = wrong(await catalog.verify({ sources: true }));
  t.regex(
    only!,
    /sources: 1 files are missing and 2 have changed: changed \(changed\), gone \(missing\), longer \(changed\); 1 are no files here/,
  );
  t.deepEqual(wrong(await catalog.verify()), []);
});

test('compacting leaves a saved index usable that was not worth saving anew', async (t) => {
  for (const [name, change] of [
    ['one item more', (catalog: Catalog) => catalog.put(newItems(200, 201))],
    [
      'too few items for an index',
      (catalog: Catalog) => void catalog.delete(newItems(0, 160).map(({ id }) => id)),
    ],
  ] as const) {
    const catalog = openSmall(t, temporaryPath(t));
    catalog.put(newItems(0, 200));
    await catalog.saveIndex();
    change(catalog);
    await catalog.compact();
    catalog.put(newItems(300, 330));
    t.deepEqual(wrong(await catalog.verify()), [], name);
  }
});

test('a rebuild that is stopped leaves a usable index, whatever was removed before', async (t) => {
  for (const compacted of [false, true]) {
    const catalog = openSmall(t, temporaryPath(t));
    catalog.put(newItems(0, 1000));
    await catalog.saveIndex();
    catalog.delete(newItems(0, 50).map(({ id }) => id));
    if (compacted) await catalog.compact();
    else await catalog.saveIndex();
    const stop = new AbortController();
    const onProgress = ({ done }: { done: number }) => done >= 700 && stop.abort();
    await t.throwsAsync(catalog.rebuildIndex({ signal: stop.signal, onProgress }), { code: 'ABORTED' });
    t.deepEqual(wrong(await catalog.verify()), []);
  }
});

test('compacting gives room back and changes nothing that is found, beside a reader', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 2000));
  await catalog.saveIndex();
  const reader = openSmall(t, path, { readonly: true });
  await reader.search(unitVector(3));
  catalog.delete(newItems(0, 1500).map(({ id }) => id));
  const { before, after } = await catalog.compact();
  t.true(after.database < before.database / 2);
  t.true(after.index < before.index / 2);
  t.is(catalog.count(), 500);
  for (const opened of [catalog, reader]) {
    t.deepEqual(wrong(await opened.verify()), []);
    t.is((await opened.search(unitVector(1700), { k: 1 })).hits[0]!.item.id, 'i1700');
    t.deepEqual((await opened.search(unitVector(3), { k: 1, minScore: 0.999 })).hits, []);
  }
});

test('rebuilding can be stopped, and loses nothing', async (t) => {
  const catalog = openSmall(t, await savedCatalog(t));
  const controller = new AbortController();
  await t.throwsAsync(
    catalog.rebuildIndex({ signal: controller.signal, onProgress: () => controller.abort() }),
    { code: 'ABORTED' },
  );
  t.deepEqual(wrong(await catalog.verify()), []);
});
