import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Catalog } from '../../src/search/catalog.ts';
import { newItem, newItems, openSmall, smallIndex, temporaryPath, unitVector } from './support.ts';

interface Header {
  file: string;
  [field: string]: unknown;
}

/** A closed catalogue of items i0 to i119 with a snapshot. */
async function savedCatalog(t: ExecutionContext): Promise<string> {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 120));
  await catalog.saveIndex();
  catalog.close();
  return path;
}

const headerOf = (path: string): Header => JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'));
const dataFiles = (path: string) => readdirSync(path).filter((name) => name.endsWith('.hnsw'));

async function assertFinds(
  t: ExecutionContext,
  catalog: Catalog,
  seeds: readonly number[],
  expected: 'hnsw' | 'exact' = 'hnsw',
): Promise<void> {
  for (const seed of seeds) {
    const { hits, method } = await catalog.search(unitVector(seed), { k: 1 });
    t.is(method, expected);
    t.is(hits[0]!.item.id, `i${seed}`);
  }
}

test('a saved index is loaded, not built, and brought up to date from the rows', async (t) => {
  const path = await savedCatalog(t);
  const catalog = openSmall(t, path);
  catalog.put([...newItems(120, 140), newItem('i7', 7000)]);
  catalog.delete(['i8']);
  await assertFinds(t, catalog, [0, 60, 119, 120, 139]);
  t.is((await catalog.search(unitVector(7000), { k: 1 })).hits[0]!.item.id, 'i7');
  t.not((await catalog.search(unitVector(8), { k: 1 })).hits[0]!.item.id, 'i8');
  t.like(catalog.info().index, { problem: undefined, size: 139, tail: 21 });
});

test('saving replaces the snapshot and leaves one data file; saving again without changes does nothing', async (t) => {
  const path = await savedCatalog(t);
  const [first] = dataFiles(path);
  const catalog = openSmall(t, path);
  await catalog.saveIndex();
  t.deepEqual(dataFiles(path), [first!]);
  catalog.put([newItem('x', 1000)]);
  await catalog.saveIndex();
  // Less than a hundredth is not worth writing all of it again.
  t.deepEqual(dataFiles(path), [first!]);
  catalog.put([newItem('y', 1001)]);
  await catalog.saveIndex();
  const after = dataFiles(path);
  t.is(after.length, 1);
  t.not(after[0], first);
  t.is(headerOf(path).file, after[0]!);
});

test('a small catalogue needs no snapshot', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 20));
  await catalog.saveIndex();
  t.deepEqual(dataFiles(path), []);
  t.false(existsSync(join(path, 'index.json')));
});

const damages: Record<string, (path: string) => void> = {
  'no header': (path) => rmSync(join(path, 'index.json')),
  'an empty header': (path) => writeFileSync(join(path, 'index.json'), ''),
  'half a header': (path) => truncateSync(join(path, 'index.json'), 100),
  'a header of something else': (path) => writeFileSync(join(path, 'index.json'), '{"magic":"other"}'),
  'a newer header': (path) => changeHeader(path, { version: 2 }),
  'no data file': (path) => rmSync(join(path, headerOf(path).file)),
  'half a data file': (path) => truncateSync(join(path, headerOf(path).file), 10_000),
  'an empty data file': (path) => truncateSync(join(path, headerOf(path).file), 0),
  'a data file with one bit flipped': (path) => {
    const file = join(path, headerOf(path).file);
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(file, bytes);
  },
  'another model': (path) => changeHeader(path, { fingerprint: 'e'.repeat(64) }),
  'another dimension': (path) => changeHeader(path, { dimension: 8 }),
  'another catalogue': (path) => changeHeader(path, { uid: 'somebody-else' }),
  'the future': (path) => changeHeader(path, { seq: 1_000_000 }),
};

function changeHeader(path: string, changes: Record<string, unknown>): void {
  writeFileSync(join(path, 'index.json'), JSON.stringify({ ...headerOf(path), ...changes }));
}

for (const [name, damage] of Object.entries(damages)) {
  test(`a snapshot with ${name} is not used: readers and the writer compare one by one, and the writer saves anew`, async (t) => {
    const path = await savedCatalog(t);
    damage(path);
    const reader = openSmall(t, path, { readonly: true });
    await assertFinds(t, reader, [0, 60, 119], 'exact');
    if (name !== 'no header') t.not(reader.info().index.problem, undefined);
    reader.close();

    const writer = openSmall(t, path);
    await assertFinds(t, writer, [0, 60, 119], 'exact');
    await writer.saveIndex();
    await assertFinds(t, writer, [0, 60, 119]);
    writer.close();
    t.is(dataFiles(path).length, 1);

    const next = openSmall(t, path);
    await assertFinds(t, next, [0, 60, 119]);
    t.is(next.info().index.problem, undefined);
  });
}

test('a snapshot that was built with other parameters is used, until there is reason to build another', async (t) => {
  const path = await savedCatalog(t);
  const catalog = openSmall(t, path, { index: { ...smallIndex, m: 8, efConstruction: 50 } });
  await assertFinds(t, catalog, [0, 60, 119]);
  await catalog.rebuildIndex();
  t.is(headerOf(path)['m'], 8);
  await assertFinds(t, catalog, [0, 60, 119]);
});

test('what a kill while saving leaves is removed by the next writer, and the snapshot before it is used', async (t) => {
  const path = await savedCatalog(t);
  const { file } = headerOf(path);
  copyFileSync(join(path, file), join(path, 'index-999-deadbeef.hnsw'));
  writeFileSync(join(path, 'index-999-deadbeef.hnsw.json'), '{"half');
  const catalog = openSmall(t, path);
  t.deepEqual(dataFiles(path), [file]);
  t.false(existsSync(join(path, 'index-999-deadbeef.hnsw.json')));
  await assertFinds(t, catalog, [0, 119]);
  t.is(catalog.info().index.problem, undefined);
});

test('a catalogue restored from an older copy does not use the newer snapshot, even after it has grown past it', async (t) => {
  const path = temporaryPath(t);
  const first = openSmall(t, path);
  first.put(newItems(0, 100));
  first.close();
  const copy = readFileSync(join(path, 'catalog.db'));
  const second = openSmall(t, path);
  second.put(newItems(100, 200));
  await second.saveIndex();
  second.close();

  writeFileSync(join(path, 'catalog.db'), copy);
  const restored = openSmall(t, path);
  restored.put(newItems(500, 700));
  restored.close();
  const catalog = openSmall(t, path);
  await assertFinds(t, catalog, [0, 99, 500, 600, 699], 'exact');
  t.is(catalog.info().index.size, 300);
});

test('a reader that slept through a save and a purge of the removals still sees only what there is', async (t) => {
  const path = await savedCatalog(t);
  const reader = openSmall(t, path, { readonly: true });
  await assertFinds(t, reader, [5]);
  const writer = openSmall(t, path);
  writer.delete(['i5']);
  writer.put([newItem('i6', 6000)]);
  await writer.saveIndex();
  writer.put(newItems(120, 122));
  // Only now the removals are forgotten that the reader has not seen.
  await writer.saveIndex();
  const found = await reader.search(unitVector(5), { k: 300 });
  t.is(found.hits.length, 121);
  t.false(found.hits.some(({ item }) => item.id === 'i5'));
  t.is((await reader.search(unitVector(6000), { k: 1 })).hits[0]!.item.id, 'i6');
  await assertFinds(t, reader, [121]);
  t.is(reader.info().index.size, 121);
});

test('an index that cannot be saved loses nothing but the saving', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 120));
  // A folder in the header's place: the rename fails, as it would on a failing disk.
  mkdirSync(join(path, 'index.json'));
  await t.throwsAsync(catalog.saveIndex(), { code: 'CATALOG_READ_ONLY', message: /Nothing is lost/ });
  catalog.put([newItem('i300', 300)]);
  await assertFinds(t, catalog, [0, 300], 'exact');
  rmSync(join(path, 'index.json'), { recursive: true });
  await catalog.saveIndex();
  t.is(dataFiles(path).length, 1);
  t.is(basename(headerOf(path).file), dataFiles(path)[0]!);
});
