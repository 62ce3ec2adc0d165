import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { parquetWriteFile } from 'hyparquet-writer';
import test, { type ExecutionContext } from 'ava';
import { exportCatalog, exportedSpace, importCatalog } from '../../src/app/exchange.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { newItem, newItems, openSmall, space, temporaryPath } from '../search/support.ts';

/** A catalogue of 620 items with all sorts of values, and a place for files beside it. */
function filled(t: ExecutionContext): { catalog: Catalog; file: string } {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put([
    ...newItems(0, 616),
    newItem('line\nbreak, ü 👟', 9001, {
      productId: 'p',
      metadata: { nested: [1, { a: null }], price: 0.1 },
    }),
    newItem('\u2028', 9002),
    newItem('fetched', 9004, { origin: 'https://shop.example/a.png', version: '"7"', collection: 'feed' }),
    newItem('zeros', 9003, { embedding: new Float32Array(space.dimension) }),
  ]);
  return { catalog, file: join(dirname(path), 'out.jsonl') };
}

/** Everything but when it was written. */
function contents(catalog: Catalog): unknown[] {
  return [...catalog.entries()].map(({ item, embedding }) => ({
    ...item,
    seq: 0,
    indexedAt: 0,
    embedding: [...embedding].join(),
  }));
}

for (const vectors of ['base64', 'numbers'] as const) {
  test(`what was exported as ${vectors} and imported is the same to the last bit`, async (t) => {
    const { catalog, file } = filled(t);
    t.is(await exportCatalog(catalog, file, { vectors }), 620);
    t.deepEqual(await exportedSpace(file), space);
    const copy = openSmall(t, temporaryPath(t));
    t.is(await importCatalog(copy, file), 620);
    t.deepEqual(contents(copy), contents(catalog));
    const { seq } = copy.info();
    t.is(await importCatalog(copy, file), 620);
    t.is(copy.count(), 620);
    t.true(copy.info().seq > seq);
  });
}

test('what was exported as Parquet and imported is the same to the last bit, and other programs can read it', async (t) => {
  const { catalog, file } = filled(t);
  catalog.put(newItems(1000, 1700));
  t.is(await exportCatalog(catalog, file, { format: 'parquet' }), 1320);
  t.deepEqual(await exportedSpace(file), space);
  const rows = await parquetReadObjects({ file: await asyncBufferFromFile(file), rowEnd: 3 });
  t.deepEqual(Object.keys(rows[0]!), [
    'id',
    'product_id',
    'source',
    'content_hash',
    'width',
    'height',
    'bytes',
    'modified_at',
    'origin',
    'version',
    'collection',
    'metadata',
    'embedding',
  ]);
  t.is((rows[0]!['embedding'] as number[]).length, space.dimension);
  const copy = openSmall(t, temporaryPath(t));
  t.is(await importCatalog(copy, file), 1320);
  t.deepEqual(contents(copy), contents(catalog));

  const empty = openSmall(t, temporaryPath(t));
  const none = `${file}.none`;
  t.is(await exportCatalog(empty, none, { format: 'parquet' }), 0);
  t.is(await importCatalog(copy, none), 0);
});

test('a Parquet file that is cut, or of another program, or of another model is refused before anything is put', async (t) => {
  const { catalog, file } = filled(t);
  await exportCatalog(catalog, file, { format: 'parquet' });
  const other = openSmall(t, temporaryPath(t), { space: { ...space, fingerprint: 'e'.repeat(64) } });
  await t.throwsAsync(importCatalog(other, file), { code: 'CATALOG_MODEL_MISMATCH' });
  const copy = openSmall(t, temporaryPath(t));
  const bytes = readFileSync(file);
  writeFileSync(file, bytes.subarray(0, bytes.length - 100));
  await t.throwsAsync(importCatalog(copy, file), {
    code: 'SOURCE_INVALID',
    message: /no whole Parquet file/,
  });
  parquetWriteFile({ filename: file, columnData: [{ name: 'id', data: ['a'] }] });
  await t.throwsAsync(importCatalog(copy, file), {
    code: 'SOURCE_INVALID',
    message: /another Parquet file/,
  });
  t.is(copy.count(), 0);
});

test('an empty catalogue is a header and an end', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  const file = join(dirname(path), 'empty.jsonl');
  t.is(await exportCatalog(catalog, file), 0);
  t.is(readFileSync(file, 'utf8').trimEnd().split('\n').length, 2);
  t.is(await importCatalog(catalog, file), 0);
});

test('a file of another model is refused before anything is put', async (t) => {
  const { catalog, file } = filled(t);
  await exportCatalog(catalog, file);
  const other = openSmall(t, temporaryPath(t), {
    space: { ...space, fingerprint: 'e'.repeat(64) },
    create: true,
  });
  await t.throwsAsync(importCatalog(other, file), {
    code: 'CATALOG_MODEL_MISMATCH',
    message: /Import into a new folder/,
  });
  t.is(other.count(), 0);
});

test('a file that is cut, changed or something else is an error with the line, and what was put stays', async (t) => {
  const { catalog, file } = filled(t);
  await exportCatalog(catalog, file);
  const good = readFileSync(file, 'utf8').trimEnd().split('\n');
  const bad: [readonly string[], RegExp][] = [
    [good.slice(0, -1), /expected a last line that counts the items, received 620 items/],
    [[...good.slice(0, 100), good.at(-1)!], /expected 620 items, received 99 items.*export it again/],
    [[...good.slice(0, 5), good[5]!.slice(0, 40)], /:6: expected JSON/],
    [[...good.slice(0, 3), good[3]!.replace('"width":640', '"width":"640"')], /:4: width: /],
    [
      [...good.slice(0, 3), good[3]!.replace(/"embedding":"[^"]*"/, '"embedding":[1,2]')],
      /:4: expected an embedding of 16 values, received 2/,
    ],
    [[good[0]!.replace('"version":1', '"version":9'), ...good.slice(1)], /:1: version: /],
    [[...good, good[5]!], /:623: expected nothing after the last line/],
    [[], /:1: expected a header/],
    [['id,file'], /:1: expected JSON.*whymatch catalog export/],
  ];
  for (const [lines, message] of bad) {
    writeFileSync(file, lines.join('\n'));
    const copy = openSmall(t, temporaryPath(t));
    await t.throwsAsync(importCatalog(copy, file), { code: 'SOURCE_INVALID', message });
    t.true(copy.count() <= 620);
  }
});

test('files that are not there, or cannot be written, are errors that name them, and leave nothing behind', async (t) => {
  const { catalog, file } = filled(t);
  await t.throwsAsync(importCatalog(catalog, `${file}x`), {
    code: 'SOURCE_NOT_FOUND',
    message: /out\.jsonlx/,
  });
  const folder = dirname(file);
  await t.throwsAsync(importCatalog(catalog, folder), { code: 'SOURCE_UNREADABLE' });
  await t.throwsAsync(exportCatalog(catalog, join(folder, 'none', 'a.jsonl')), { code: 'OUTPUT_UNWRITABLE' });
  mkdirSync(file);
  appendFileSync(join(file, 'x'), 'x');
  await t.throwsAsync(exportCatalog(catalog, file), { code: 'OUTPUT_UNWRITABLE' });
  t.deepEqual(readdirSync(folder).sort(), ['catalog', 'out.jsonl']);
  const controller = new AbortController();
  controller.abort();
  await t.throwsAsync(exportCatalog(catalog, join(folder, 'b'), { signal: controller.signal }), {
    code: 'ABORTED',
  });
  t.deepEqual(readdirSync(folder).sort(), ['catalog', 'out.jsonl']);
});
