// JSON lines, Parquet, lists of URLs, and standard input.

import path from 'node:path';
import { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Json } from '../../../src/core/item.ts';
import { linesOf } from '../../../src/indexer/sources/lines.ts';
import { openSource } from '../../../src/indexer/sources/open.ts';
import { read, temporaryFolder, write } from '../files.ts';

async function table(t: ExecutionContext, name: string, content: string | Uint8Array) {
  const folder = await temporaryFolder(t);
  await write(folder, { [name]: content });
  return { folder, source: await openSource(path.join(folder, name)) };
}

const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

test('JSON lines keep the types of their fields', async (t) => {
  const metadata = { price: 12.5, sold: true, tags: ['a', 'ü'], size: { w: 3, none: null }, text: '007' };
  const { folder, source } = await table(
    t,
    'items.jsonl',
    `\uFEFF${lines(
      { id: 'a', product_id: 'p', file: 'sub/a.jpg', ...metadata, nothing: null },
      { id: 17, product_id: 4, url: 'https://shop.example/b.jpg' },
      { file: '/abs/c.jpg', url: 'https://shop.example/page' },
    )}\r\n\n`,
  );
  const { items, failures } = await read(source);
  t.deepEqual(failures, []);
  t.deepEqual(items, [
    { type: 'item', id: 'a', productId: 'p', file: path.join(folder, 'sub/a.jpg'), metadata },
    { type: 'item', id: '17', productId: '4', url: 'https://shop.example/b.jpg', metadata: {} },
    {
      type: 'item',
      id: '/abs/c.jpg',
      productId: null,
      file: '/abs/c.jpg',
      metadata: { url: 'https://shop.example/page' },
    },
  ]);
});

test('each broken line is a failure with its number, and the lines around it are read', async (t) => {
  const bad = [
    '{"file":"a.jpg"',
    '[1]',
    'null',
    '"text"',
    '{}',
    '{"file":""}',
    '{"file":7}',
    '{"id":true,"file":"a.jpg"}',
    '{"url":"ftp://shop.example/a.jpg"}',
    '{"url":"a.jpg"}',
    '{"file":"https://shop.example/a.jpg"}',
    `{"file":"${'a'.repeat(1 << 20)}.jpg"}`,
    '{"id":"first","file":"again.jpg"}',
  ];
  const broken = Buffer.concat([
    Buffer.from(lines({ id: 'first', file: 'a.jpg' })),
    Buffer.from(bad.map((line) => `${line}\n`).join('')),
    Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
    Buffer.from('{"file":"last.jpg"}'),
  ]);
  const { folder, source } = await table(t, 'items.ndjson', broken);
  const { items, failures } = await read(source);
  t.deepEqual(
    items.map(({ id }) => id),
    ['first', 'last.jpg'],
  );
  t.deepEqual(
    failures.map(({ source }) => source),
    Array.from({ length: bad.length + 1 }, (_, i) => `${path.join(folder, 'items.ndjson')}:${i + 2}`),
  );
  t.true(failures.slice(0, -2).every(({ code }) => code === 'ITEM_INVALID'));
  t.like(failures.at(-2), { code: 'ITEM_DUPLICATE', id: 'first' });
  t.regex(failures.at(-2)!.message, /line 14: .*line 1 already/);
  t.is(await source.count(), bad.length + 3);
});

test('property: JSON lines come back as they were written, whatever the metadata and the chunks', async (t) => {
  const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
  const row = fc.dictionary(
    fc.string().filter((name) => !['file', 'url', 'id', 'product_id'].includes(name)),
    value,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(row), fc.integer({ min: 1, max: 50 }), async (rows, chunk) => {
      const text = Buffer.from(lines(...rows.map((fields, i) => ({ ...fields, file: `${i}.jpg` }))));
      const chunks = Array.from({ length: Math.ceil(text.length / chunk) }, (_, i) =>
        text.subarray(i * chunk, (i + 1) * chunk),
      );
      const source = await openSource('-', { format: 'jsonl', stdin: Readable.from(chunks) });
      const { items } = await read(source);
      const expected = rows.map((fields) =>
        Object.fromEntries(
          Object.entries(JSON.parse(JSON.stringify(fields)) as object).filter(([, v]) => v !== null),
        ),
      );
      t.deepEqual(
        items.map(({ metadata }) => metadata as object),
        expected,
      );
    }),
    { numRuns: 50 },
  );
});

test('lines of any length in chunks of any size: too long a one is dropped without being held', async (t) => {
  async function* endless() {
    yield Buffer.from('first\n');
    for (let i = 0; i < 64; i++) yield Buffer.alloc(1 << 20, 'x');
    yield Buffer.from('\nlast');
  }
  const found = [];
  for await (const line of linesOf(endless())) found.push(line);
  t.deepEqual(found, [
    { number: 1, text: 'first' },
    { number: 2, problem: 'the line is longer than 1 MiB' },
    { number: 3, text: 'last' },
  ]);
});

const parquet = (columns: Record<string, { data: unknown[]; type?: string }>, rowGroupSize?: number) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: Object.entries(columns).map(([name, column]) => ({ name, ...column })) as never,
      ...(rowGroupSize === undefined ? {} : { rowGroupSize }),
    }),
  );

test('Parquet keeps types: text, numbers, booleans, lists, times as ISO text; what JSON cannot say is left out', async (t) => {
  const big = 2n ** 60n + 1n;
  const { folder, source } = await table(
    t,
    'items.parquet',
    parquet({
      id: { data: [1, 2, 3], type: 'INT32' },
      file: { data: ['a.jpg', 'sub/b.jpg', null], type: 'STRING' },
      url: { data: [null, null, 'https://shop.example/c.jpg'], type: 'STRING' },
      price: { data: [1.5, Number.NaN, 3], type: 'DOUBLE' },
      stock: { data: [5n, big, null], type: 'INT64' },
      sold: { data: [true, false, null], type: 'BOOLEAN' },
      at: { data: [new Date(0), null, new Date('2026-01-02T03:04:05.678Z')], type: 'TIMESTAMP' },
      facts: { data: [{ tags: ['x', 'y'] }, null, { n: 1 }], type: 'JSON' },
    }),
  );
  const { items, failures } = await read(source);
  t.deepEqual(failures, []);
  t.deepEqual(items, [
    {
      type: 'item',
      id: '1',
      productId: null,
      file: path.join(folder, 'a.jpg'),
      metadata: {
        price: 1.5,
        stock: 5,
        sold: true,
        at: '1970-01-01T00:00:00.000Z',
        facts: { tags: ['x', 'y'] },
      },
    },
    {
      type: 'item',
      id: '2',
      productId: null,
      file: path.join(folder, 'sub/b.jpg'),
      metadata: { stock: String(big), sold: false },
    },
    {
      type: 'item',
      id: '3',
      productId: null,
      url: 'https://shop.example/c.jpg',
      metadata: { price: 3, at: '2026-01-02T03:04:05.678Z', facts: { n: 1 } },
    },
  ]);
  t.is(await source.count(), 3);
});

test('Parquet of many row groups is read in order; broken rows and files are named', async (t) => {
  const count = 5000;
  const file = Array.from({ length: count }, (_, i) => (i === 7 ? '' : `${i}.jpg`));
  const bytes = parquet(
    { file: { data: file, type: 'STRING' }, n: { data: [...file.keys()], type: 'INT32' } },
    700,
  );
  const { folder, source } = await table(t, 'items.parquet', bytes);
  const { items, failures } = await read(source);
  t.is(items.length, count - 1);
  t.true(items.every(({ id, metadata }) => `${JSON.stringify(metadata['n'])}.jpg` === id));
  t.like(failures, [{ source: `${path.join(folder, 'items.parquet')}:8`, code: 'ITEM_INVALID' }]);

  await write(folder, { 'not.parquet': 'PAR?', 'other.parquet': parquet({ picture: { data: ['a'] } }) });
  for (const [name, message] of [
    ['not.parquet', /expected a Parquet file/],
    ['other.parquet', /expected a column "file" or "url", found the columns "picture"/],
  ] as const)
    await t.throwsAsync(openSource(path.join(folder, name)), { code: 'SOURCE_INVALID', message });
  // The footer is there, the data is not.
  const torn = Buffer.from(bytes);
  torn.fill(0xff, 4, torn.length / 2);
  await write(folder, { 'torn.parquet': torn });
  const reading = async () => read(await openSource(path.join(folder, 'torn.parquet')));
  await t.throwsAsync(reading, { code: 'SOURCE_UNREADABLE', message: /torn\.parquet cannot be read/ });
});

test('a list of URLs: the URL is the id; comments and blank lines are left out', async (t) => {
  const list = '# pictures\n\nhttps://shop.example/a.jpg\r\n  http://shop.example/b?c=d \n';
  const { folder, source } = await table(
    t,
    'list.urls',
    `${list}photos/c.jpg\nhttps://shop.example/a.jpg\nhttps://\n`,
  );
  const { items, failures } = await read(source);
  t.deepEqual(
    items.map(({ id, url }) => [id, url]),
    [
      ['https://shop.example/a.jpg', 'https://shop.example/a.jpg'],
      ['http://shop.example/b?c=d', 'http://shop.example/b?c=d'],
    ],
  );
  t.deepEqual(
    failures.map(({ source, code }) => [path.relative(folder, source), code]),
    [
      ['list.urls:5', 'ITEM_INVALID'],
      ['list.urls:6', 'ITEM_DUPLICATE'],
      ['list.urls:7', 'ITEM_INVALID'],
    ],
  );
});

test('a CSV may have urls instead of files, or both', async (t) => {
  const { folder, source } = await table(
    t,
    'items.csv',
    'id,file,url,price\n1,a.jpg,https://shop.example/page,5\n2,,https://shop.example/b.jpg,6\n3,,,7\n',
  );
  const { items, failures } = await read(source);
  t.deepEqual(items, [
    {
      type: 'item',
      id: '1',
      productId: null,
      file: path.join(folder, 'a.jpg'),
      metadata: { price: 5, url: 'https://shop.example/page' },
    },
    { type: 'item', id: '2', productId: null, url: 'https://shop.example/b.jpg', metadata: { price: 6 } },
  ]);
  t.like(failures, [{ code: 'ITEM_INVALID' }]);
});

test('standard input needs a format; files in it are relative to the working directory, and rows come as they arrive', async (t) => {
  await t.throwsAsync(openSource('-'), { code: 'USAGE', message: /--format with one of csv, jsonl, urls/ });
  await t.throwsAsync(openSource('-', { format: 'zip' }), { code: 'USAGE' });
  let last!: (chunk: string) => void;
  const held = new Promise<string>((resolve) => (last = resolve));
  async function* slowly() {
    yield Buffer.from('id;fi');
    // The parser looks a few bytes ahead.
    yield Buffer.from('le\n1;a.jpg\n2;photos/2026/');
    yield Buffer.from(await held);
  }
  const source = await openSource('-', { format: 'csv', stdin: Readable.from(slowly()), name: 'shop' });
  t.like(source, { kind: 'csv', location: '-', name: 'shop' });
  t.is(await source.count(), undefined);
  const entries = source.entries()[Symbol.asyncIterator]();
  t.like((await entries.next()).value, { id: '1', file: path.resolve('a.jpg') });
  last('b.jpg\n');
  t.like((await entries.next()).value, { id: '2', file: path.resolve('photos/2026/b.jpg') });
  t.true((await entries.next()).done);
});

test('--format says what a file is whose name does not', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, { items: lines({ file: 'a.jpg' }), 'a.txt': 'file\nb.jpg\n' });
  t.is((await openSource(path.join(folder, 'items'), { format: 'jsonl' })).kind, 'jsonl');
  t.is((await openSource(path.join(folder, 'a.txt'), { format: 'csv' })).kind, 'csv');
  await t.throwsAsync(openSource(folder, { format: 'csv' }), { code: 'SOURCE_INVALID' });
  await t.throwsAsync(openSource(path.join(folder, 'items'), { format: 'xml' }), {
    code: 'SOURCE_INVALID',
    message: /the formats are folder, csv, jsonl/,
  });
});
