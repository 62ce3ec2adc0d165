import { chmodSync, existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import Database from 'better-sqlite3';
import { AppError } from '../../src/core/errors.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import {
  newItem,
  newItems,
  openSmall,
  space,
  spawnChild,
  temporaryFolder,
  temporaryPath,
  unitVector,
} from './support.ts';

test('where there is no catalogue, opening says how to make one, and leaves nothing behind', (t) => {
  const missing = temporaryPath(t);
  t.throws(() => openCatalog(missing), { code: 'CATALOG_NOT_FOUND', message: /whymatch index/ });
  t.throws(() => openCatalog(missing, { readonly: true }), { code: 'CATALOG_NOT_FOUND' });
  t.false(existsSync(missing));
  const empty = temporaryFolder(t);
  t.throws(() => openCatalog(empty), { code: 'CATALOG_NOT_FOUND' });
  t.deepEqual(readdirSync(empty), []);
});

test('a catalogue is made in a new folder, however deep, or an empty one', (t) => {
  const deep = join(temporaryPath(t), 'a', 'b');
  t.is(openSmall(t, deep).count(), 0);
  t.is(openSmall(t, temporaryFolder(t)).count(), 0);
});

test('a folder with other files, or a file, is not made into a catalogue', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'holiday.jpg'), 'x');
  t.throws(() => openSmall(t, folder), { code: 'CATALOG_INVALID', message: /holiday\.jpg/ });
  t.deepEqual(readdirSync(folder), ['holiday.jpg']);
  t.throws(() => openCatalog(join(folder, 'holiday.jpg')), { code: 'CATALOG_INVALID' });
  t.throws(() => openSmall(t, join(folder, 'holiday.jpg')), { code: 'CATALOG_INVALID' });
});

test('creating needs to know the space, and to be allowed to write', (t) => {
  t.throws(() => openCatalog(temporaryPath(t), { create: true }), { instanceOf: RangeError });
  t.throws(() => openCatalog(temporaryPath(t), { create: true, space, readonly: true }), {
    instanceOf: RangeError,
  });
});

test('another program’s database is refused and not touched', (t) => {
  const folder = temporaryFolder(t);
  const other = new Database(join(folder, 'catalog.db'));
  other.exec('CREATE TABLE notes (text)');
  other.close();
  t.throws(() => openSmall(t, folder), { code: 'CATALOG_INVALID', message: /another program/ });
  t.throws(() => openCatalog(folder, { readonly: true }), { code: 'CATALOG_INVALID' });
  const again = new Database(join(folder, 'catalog.db'));
  t.is(again.pragma('journal_mode', { simple: true }), 'delete');
  t.is(again.pragma('application_id', { simple: true }), 0);
  again.close();
});

test('a file that is no database, and a damaged one, are refused', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'catalog.db'), 'not a database at all '.repeat(500));
  t.throws(() => openSmall(t, folder), { code: 'CATALOG_INVALID' });

  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 200));
  catalog.close();
  truncateSync(join(path, 'catalog.db'), 3 * 4096);
  t.throws(
    () => {
      const damaged = openSmall(t, path);
      void [...damaged.items()];
    },
    { code: 'CATALOG_INVALID' },
  );
});

test('what a kill during creation leaves is no catalogue yet, and is completed', (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'catalog.db'), '');
  writeFileSync(join(folder, 'writer.lock'), '');
  t.throws(() => openCatalog(folder), { code: 'CATALOG_NOT_FOUND' });
  t.throws(() => openCatalog(folder, { readonly: true }), { code: 'CATALOG_NOT_FOUND' });
  const catalog = openSmall(t, folder);
  catalog.put([newItem('a', 1)]);
  t.true(catalog.has('a'));
});

test('a newer format is refused', (t) => {
  const path = temporaryPath(t);
  openSmall(t, path).close();
  const database = new Database(join(path, 'catalog.db'));
  database.pragma('user_version = 99');
  database.close();
  for (const readonly of [false, true]) {
    t.throws(() => openCatalog(path, { readonly }), {
      code: 'CATALOG_VERSION',
      message: /format 99.*Update whymatch/,
    });
  }
});

test('another model is refused, naming both and the way on', (t) => {
  const path = temporaryPath(t);
  openSmall(t, path).close();
  const other = { ...space, model: 'other-model', fingerprint: 'e'.repeat(64) };
  const error = t.throws(() => openCatalog(path, { space: other }), { instanceOf: AppError });
  t.is(error.code, 'CATALOG_MODEL_MISMATCH');
  t.regex(
    error.message,
    /other-model.*test-model.*--model test-model.*re-embed --catalog \S+ --model other-model --output/,
  );
  t.deepEqual(error.details['found'], space);
  // Refusing it gave the writer's place back.
  t.notThrows(() => openCatalog(path).close());
});

test('another version of the model is refused with the command that makes the catalogue anew', (t) => {
  const path = temporaryPath(t);
  openSmall(t, path).close();
  const newer = { ...space, fingerprint: 'e'.repeat(64) };
  const error = t.throws(() => openCatalog(path, { space: newer, readonly: true }), { instanceOf: AppError });
  t.is(error.code, 'CATALOG_MODEL_MISMATCH');
  t.true(
    error.message.endsWith(
      `whymatch catalog re-embed --catalog ${path} --model test-model --output ${path}-new`,
    ),
    error.message,
  );
});

test('the name of the model does not matter, its fingerprint does', (t) => {
  const path = temporaryPath(t);
  openSmall(t, path).close();
  const renamed = openCatalog(path, { space: { ...space, model: 'renamed' } });
  t.is(renamed.space.model, 'test-model');
  renamed.close();
});

test('two writers at once: the second is refused with the pid of the first, readers are not', async (t) => {
  const path = temporaryPath(t);
  const writer = openSmall(t, path);
  const error = t.throws(() => openCatalog(path), { instanceOf: AppError });
  t.is(error.code, 'CATALOG_BUSY');
  t.regex(error.message, new RegExp(`process ${process.pid} `));
  t.is(error.details['pid'], process.pid);

  const reader = openSmall(t, path, { readonly: true });
  writer.put([newItem('a', 1)]);
  t.is((await reader.search(unitVector(1))).hits[0]!.item.id, 'a');
  writer.close();
  const next = openSmall(t, path);
  next.put([newItem('b', 2)]);
  t.is((await reader.search(unitVector(2))).hits[0]!.item.id, 'b');
});

test('a reader writes nothing', async (t) => {
  const path = temporaryPath(t);
  const writer = openSmall(t, path);
  writer.put(newItems(0, 100));
  writer.close();
  const files = readdirSync(path);
  const reader = openSmall(t, path, { readonly: true });
  t.true(reader.readonly);
  const code = 'CATALOG_READ_ONLY';
  t.throws(() => reader.put([newItem('a', 1)]), { code });
  t.throws(() => reader.delete(['a']), { code });
  t.throws(() => reader.failures.clear('x', null), { code });
  await t.throwsAsync(reader.saveIndex(), { code });
  t.is((await reader.search(unitVector(5))).hits[0]!.item.id, 'i5');
  reader.close();
  t.deepEqual(readdirSync(path), files);
});

test('closing leaves one plain database file', (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 10));
  t.deepEqual(readdirSync(path).sort(), ['catalog.db', 'catalog.db-shm', 'catalog.db-wal', 'writer.lock']);
  catalog.close();
  t.deepEqual(readdirSync(path).sort(), ['catalog.db', 'writer.lock']);
});

test('closing twice is fine, and use after it a clear error', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 200));
  const underWay = catalog.search(unitVector(1));
  catalog.close();
  catalog.close();
  const closed = { message: /close\(\) has been called/ };
  await t.throwsAsync(underWay, closed);
  t.throws(() => catalog.get('i1'), closed);
  t.throws(() => catalog.put([newItem('a', 1)]), closed);
  t.throws(() => catalog.info(), closed);
  await t.throwsAsync(catalog.search(unitVector(1)), closed);
  await t.throwsAsync(catalog.search(unitVector(1), { exact: true }), closed);
  await t.throwsAsync(catalog.saveIndex(), closed);
});

test('a catalogue in a folder that cannot be written is searched, with its snapshot, and not written', async (t) => {
  const path = temporaryPath(t);
  const writer = openSmall(t, path);
  writer.put(newItems(0, 100));
  await writer.saveIndex();
  writer.close();
  // Root may write anywhere, so the child runs as nobody; it must reach the folder.
  chmodSync(join(path, '..'), 0o755);
  for (const name of readdirSync(path)) chmodSync(join(path, name), 0o444);
  chmodSync(path, 0o555);
  const child = spawnChild(t, 'read-only', [path], process.getuid?.() === 0 ? { uid: 65534 } : {});
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  chmodSync(path, 0o755);
  t.deepEqual(JSON.parse(output), {
    readonly: true,
    nearest: 'i42',
    method: 'hnsw',
    problem: null,
    put: 'CATALOG_READ_ONLY',
    create: 'CATALOG_READ_ONLY',
  });
});

test('a folder in which nothing can be made is an error that says so', (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'x'));
  writeFileSync(join(folder, 'file'), '');
  t.throws(() => openSmall(t, join(folder, 'file', 'catalog')), { code: 'CATALOG_READ_ONLY' });
});
