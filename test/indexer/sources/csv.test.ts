import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { openSource } from '../../../src/indexer/sources/open.ts';
import type { ItemSource } from '../../../src/indexer/sources/source.ts';
import { read, temporaryFolder, write } from '../files.ts';

async function table(
  t: ExecutionContext,
  text: string | Uint8Array,
  name = 'items.csv',
): Promise<ItemSource> {
  const folder = await temporaryFolder(t);
  await write(folder, { [name]: text });
  return openSource(path.join(folder, name));
}

test('known columns are taken, the others become typed metadata, files are relative to the table', async (t) => {
  const source = await table(
    t,
    'id,file,product_id,price,in_stock,note\n007,a/1.jpg,42,19.90,true,"a, ""b"""\nx,/abs/2.jpg,,5,,\n',
  );
  const { items, failures } = await read(source);
  t.deepEqual(failures, []);
  t.deepEqual(items, [
    {
      type: 'item',
      id: '007',
      productId: '42',
      file: path.join(path.dirname(source.location), 'a/1.jpg'),
      metadata: { price: 19.9, in_stock: true, note: 'a, "b"' },
    },
    { type: 'item', id: 'x', productId: null, file: '/abs/2.jpg', metadata: { price: 5 } },
  ]);
  t.is(await source.count(), 2);
});

for (const [name, delimiter] of [
  ['comma', ','],
  ['semicolon', ';'],
  ['tab', '\t'],
  ['pipe', '|'],
]) {
  test(`a table with BOM, CRLF and the delimiter ${name} is read`, async (t) => {
    const rows = [
      ['file', 'name;,|\t.', 'size'],
      ['a.jpg', 'x;,|\ty', '5" screen'],
      ['"b\r\n.jpg"', '"two\r\nlines"', '1'],
    ];
    const quoted = rows.map((row) =>
      row.map((cell) => (/[;,|\t]/.test(cell) ? `"${cell}"` : cell)).join(delimiter),
    );
    const source = await table(t, `\uFEFF${quoted.join('\r\n')}\r\n\r\n${delimiter}${delimiter}\r\n`);
    const { items, failures } = await read(source);
    t.deepEqual(failures, []);
    t.deepEqual(
      items.map(({ id, metadata }) => [id, metadata]),
      [
        ['a.jpg', { 'name;,|\t.': 'x;,|\ty', size: '5" screen' }],
        ['b\r\n.jpg', { 'name;,|\t.': 'two\r\nlines', size: 1 }],
      ],
    );
  });
}

test('each broken row is a failure with its line, and the rows around it are read', async (t) => {
  const source = await table(
    t,
    Buffer.concat([
      Buffer.from('id,file,color\n1,1.jpg,red\n,2.jpg,red\n3,,red\n4,4.jpg\n5,5.jpg,red,blue\n'),
      Buffer.from('6,caf\xe9.jpg,red\n', 'latin1'),
      Buffer.from('7,\0.jpg,red\n8,https://example.org/8.jpg,red\n1,9.jpg,red\n10,10.jpg,red\n'),
    ]),
  );
  const { items, failures } = await read(source);
  t.deepEqual(
    items.map(({ id }) => id),
    ['1', '10'],
  );
  t.deepEqual(
    failures.map(({ source: place, id, code }) => [path.basename(place), id, code]),
    [
      ['items.csv:3', null, 'ITEM_INVALID'],
      ['items.csv:4', null, 'ITEM_INVALID'],
      ['items.csv:5', null, 'ITEM_INVALID'],
      ['items.csv:6', null, 'ITEM_INVALID'],
      ['items.csv:7', null, 'ITEM_INVALID'],
      ['items.csv:8', null, 'ITEM_INVALID'],
      ['items.csv:9', null, 'ITEM_INVALID'],
      ['items.csv:10', '1', 'ITEM_DUPLICATE'],
    ],
  );
  t.regex(failures[0]!.message, /line 3: .*"id" is empty/);
  t.regex(failures[1]!.message, /line 4: .*neither a "file" nor a "url"/);
  t.regex(failures[2]!.message, /expected 3 cells, as in the header, received 2/);
  t.regex(failures[4]!.message, /expected UTF-8/);
  t.regex(failures[6]!.message, /received the URL https:\/\/example.org/);
  t.regex(failures.at(-1)!.message, /line 10: id "1" was used in line 2 already/);
});

test('without an id column a file listed twice is a duplicate', async (t) => {
  const { items, failures } = await read(await table(t, 'file\na.jpg\nb.jpg\na.jpg\n'));
  t.is(items.length, 2);
  t.like(failures, [{ code: 'ITEM_DUPLICATE', id: 'a.jpg' }]);
  t.regex(failures[0]!.message, /line 4: .* in line 2 already/);
});

test('a quote that never closes costs the rows after it, not those before, and says so', async (t) => {
  const rows = Array.from({ length: 500 }, (_, i) => `${i}.jpg,x`);
  const { items, failures } = await read(
    await table(t, `file,note\n${rows.join('\n')}\nbad.jpg,"open\nlost.jpg,x\n`),
  );
  t.is(items.length, 500);
  t.like(failures, [{ id: null, code: 'ITEM_INVALID' }]);
  t.regex(failures[0]!.message, /line 502: a quote opens and does not close.* later rows were not read/);
});

test('a quote that never closes does not read a large file into memory', async (t) => {
  const source = await table(t, `file,note\na.jpg,x\nbad.jpg,"open\n${'lost.jpg,x\n'.repeat(300_000)}`);
  const { items, failures } = await read(source);
  t.is(items.length, 1);
  t.like(failures, [{ source: `${source.location}:3` }]);
});

test('a header without a column "file" is refused and names the columns found', async (t) => {
  await t.throwsAsync(table(t, 'picture;name\na.jpg;b\n'), {
    code: 'SOURCE_INVALID',
    message: /expected a header with a column "file" or "url", found the columns "picture", "name"/,
  });
});

test('an empty file, two columns of one name and UTF-16 are refused', async (t) => {
  await t.throwsAsync(table(t, ''), { code: 'SOURCE_INVALID', message: /empty file/ });
  await t.throwsAsync(table(t, '\n\n'), { code: 'SOURCE_INVALID', message: /empty file/ });
  await t.throwsAsync(table(t, 'file,a,a\n'), { code: 'SOURCE_INVALID', message: /different names/ });
  const utf16 = Buffer.from('\uFEFFfile\na.jpg\n', 'utf16le');
  await t.throwsAsync(table(t, utf16), { code: 'SOURCE_INVALID', message: /UTF-16; save it as "CSV UTF-8"/ });
});

test('a table with a header only has no entries', async (t) => {
  const source = await table(t, 'file,id');
  t.deepEqual(await read(source), { items: [], failures: [] });
  t.is(await source.count(), 0);
});

test('a column without a name is left out, and one called __proto__ is a column like any other', async (t) => {
  const { items } = await read(await table(t, ',file,__proto__\n0,a.jpg,x\n'));
  t.deepEqual(Object.entries(items[0]!.metadata), [['__proto__', 'x']]);
});

test('a stopped count gives no number', async (t) => {
  const source = await table(t, 'file\na.jpg\n');
  t.is(await source.count(AbortSignal.abort()), undefined);
});

test('property: what a spreadsheet would write, with any delimiter and line end, is read back as it was', async (t) => {
  const cell = fc
    .stringMatching(/^[a-z ,;|\t"\n€é]{1,8}$/)
    .filter((text) => text.trim() !== '' && text !== 'true');
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'items.csv');
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }),
      fc.constantFrom(',', ';', '\t', '|'),
      fc.constantFrom('\n', '\r\n'),
      async (rows, delimiter, lineEnd) => {
        const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const header = ['id', 'file', 'a', 'b'].join(delimiter);
        const lines = rows.map((cells, i) => [String(i), `${i}.jpg`, ...cells.map(quote)].join(delimiter));
        await write(folder, { 'items.csv': [header, ...lines].join(lineEnd) });
        const source = await openSource(file);
        const { items } = await read(source);
        t.deepEqual(
          items.map(({ metadata }) => metadata),
          rows.map(([a, b]) => ({ a, b })),
        );
        t.is(await source.count(), rows.length);
      },
    ),
    { numRuns: 60 },
  );
});
