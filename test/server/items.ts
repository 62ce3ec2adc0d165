/** Items over HTTP: read, added, changed, removed, one by one and in batches, while others write too. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { openCatalog } from '../../src/search/open-catalog.ts';
import {
  draw,
  jsonBody,
  rawBody,
  searchUrl,
  startServer,
  theModel,
  type Loose,
  test,
  sharedServer,
} from './support.ts';

test('an uploaded picture is an item that searches find, until it is deleted', async (t) => {
  const { ask, directory, catalog } = await startServer(t);
  const picture = await draw('circle', 'purple', 1);
  const metadata = JSON.stringify({ category: 'circle', note: 'Tím' });
  const put = await ask(
    `/v1/items/new%2Fone?${new URLSearchParams({ productId: 'p', metadata }).toString()}`,
    rawBody(picture, 'PUT'),
  );
  t.is(put.status, 201, put.bytes.toString());
  t.is(put.headers.get('location'), '/v1/items/new%2Fone');
  t.like(put.json, { id: 'new/one', productId: 'p', width: 160, height: 120, metadata: { note: 'Tím' } });
  const found = await ask(searchUrl({ k: '1' }), rawBody(picture));
  t.is(found.json.hits[0].id, 'new/one');
  t.deepEqual((await ask('/v1/items/new%2Fone/image')).bytes, picture);
  const file = catalog.get('new/one')!.source;
  t.is(path.relative(directory, file).split(path.sep)[0], 'pictures');
  t.is((await ask('/v1/items/new%2Fone', { method: 'DELETE' })).status, 204);
  t.is((await ask('/v1/items/new%2Fone')).status, 404);
  t.is((await ask('/v1/items/new%2Fone', { method: 'DELETE' })).json.code, 'ITEM_NOT_FOUND');
  t.false(existsSync(file));
});

test('a form and JSON put the same; without a picture only the data change', async (t) => {
  const { ask } = await startServer(t);
  const picture = await draw('cross', 'orange');
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(picture)]), '../../etc/passwd');
  form.set('metadata', '{"a":1}');
  const first = await ask('/v1/items/x', { method: 'PUT', body: form });
  t.is(first.status, 201);
  const image = picture.toString('base64');
  const second = await ask('/v1/items/y', jsonBody({ image, metadata: { a: 1 }, productId: null }, 'PUT'));
  t.is(second.json.contentHash, first.json.contentHash);
  const changed = await ask('/v1/items/x', jsonBody({ metadata: { a: 2 } }, 'PUT'));
  t.is(changed.status, 200);
  t.deepEqual(changed.json.metadata, { a: 2 });
  t.is(changed.json.contentHash, first.json.contentHash);
  t.is((await ask('/v1/items/nobody', jsonBody({ metadata: {} }, 'PUT'))).json.code, 'ITEM_NOT_FOUND');
  await ask('/v1/items/x', { method: 'DELETE' });
  t.is((await ask('/v1/items/y/thumbnail')).status, 200, 'equal pictures share a file, and keep it');
});

test('pages hold every item once, in order; recent ones come first when asked', async (t) => {
  const { ask } = await startServer(t);
  const ids: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Loose = (await ask(`/v1/items?limit=5&after=${encodeURIComponent(after)}`)).json;
    ids.push(...page.items.map(({ id }: Loose) => id));
    after = page.next;
  }
  t.is(ids.length, 12);
  t.deepEqual(ids, [...new Set(ids)].sort());
  await ask('/v1/items/shapes%2Fcross-red.png', jsonBody({ metadata: { changed: true } }, 'PUT'));
  const recent = await ask('/v1/items?order=recent&limit=3');
  t.is(recent.json.items[0].id, 'shapes/cross-red.png');
});

test('pictures come with ETags, versioned links never change, thumbnails are small', async (t) => {
  const { ask } = await sharedServer(t);
  const { links } = (await ask('/v1/items/shapes%2Fcircle-red.png')).json;
  const image = await ask(links.image);
  t.regex(image.headers.get('cache-control')!, /immutable/);
  t.is(image.headers.get('content-type'), 'image/png');
  t.is(image.headers.get('x-content-type-options'), 'nosniff');
  const headers = { 'if-none-match': image.headers.get('etag')! };
  t.is((await ask(links.image, { headers })).status, 304);
  const thumbnail = await ask('/v1/items/shapes%2Fcircle-red.png/thumbnail?maxSide=64');
  t.is(thumbnail.headers.get('cache-control'), 'private, no-cache');
  const { width, format } = await sharp(thumbnail.bytes).metadata();
  t.deepEqual({ width, format }, { width: 64, format: 'jpeg' });
});

test('a batch tells for each line what became of it', async (t) => {
  const { ask } = await startServer(t);
  const image = (await draw('square', 'pink')).toString('base64');
  const lines = [
    { id: 'b1', image, metadata: { n: 1 } },
    { op: 'put', id: 'b1', metadata: { n: 2 } },
    { op: 'delete', id: 'shapes/circle-red.png' },
    { op: 'delete', id: 'nobody' },
    { id: 'b2', image: Buffer.from('no picture').toString('base64') },
    { id: 'b3', image, color: 'unknown field' },
  ];
  const body = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{broken\n\n`;
  const answer = await ask('/v1/items:batch', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-ndjson' },
  });
  const results = answer.bytes
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(
    results.map(({ status, error }) => error?.code ?? status),
    ['created', 'updated', 'deleted', 'ITEM_NOT_FOUND', 'IMAGE_UNSUPPORTED', 'USAGE', 'USAGE'],
  );
  t.deepEqual(
    results.map(({ line }) => line),
    [1, 2, 3, 4, 5, 6, 7],
  );
  t.deepEqual((await ask('/v1/items/b1')).json.metadata, { n: 2 });
});

test('while another process writes, changes wait, then are refused; searches go on', async (t) => {
  const { ask, directory } = await startServer(t, { limits: { writerWaitMs: 300 } });
  const other = openCatalog(directory, { space: await theModel() });
  const busy = await ask('/v1/items/shapes%2Fcross-red.png', { method: 'DELETE' });
  t.is(busy.status, 503);
  t.is(busy.json.code, 'CATALOG_BUSY');
  t.is(busy.headers.get('retry-after'), '5');
  t.false(busy.bytes.toString().includes(directory));
  t.is((await ask('/v1/items/shapes%2Fcross-red.png/similar')).status, 200);
  other.close();
  t.is((await ask('/v1/items/shapes%2Fcross-red.png', { method: 'DELETE' })).status, 204);
});

test('many changes at once are all made', async (t) => {
  const { ask, catalog } = await startServer(t);
  const image = (await draw('circle', 'teal')).toString('base64');
  const ids = Array.from({ length: 10 }, (_, i) => `many/${i}`);
  const answers = await Promise.all(
    ids.map((id) => ask(`/v1/items/${encodeURIComponent(id)}`, jsonBody({ image }, 'PUT'))),
  );
  t.deepEqual(
    answers.map(({ status }) => status),
    ids.map(() => 201),
  );
  t.is(catalog.count(), 22);
});

test('a filter narrows lists and counts; a field that it names is counted as if it did not', async (t) => {
  const { ask } = await sharedServer(t);
  const filter = (value: unknown) => `filter=${encodeURIComponent(JSON.stringify(value))}`;
  const ids: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Loose = (await ask(`/v1/items?limit=2&after=${after}&${filter({ colour: 'red' })}`)).json;
    ids.push(...page.items.map(({ id }: Loose) => id));
    after = page.next && encodeURIComponent(page.next);
  }
  t.deepEqual(ids, ['shapes/circle-red.png', 'shapes/cross-red.png', 'shapes/square-red.png']);
  const recent = await ask(`/v1/items?order=recent&${filter({ price: { lt: 4 } })}`);
  t.is(recent.json.items.length, 4);
  const facets = await ask(`/v1/facets?fields=colour,category&${filter({ '/colour': { in: ['red'] } })}`);
  t.is(facets.json.items, 3);
  const [colour, category] = facets.json.fields;
  t.is(colour.values.length, 4, 'other colours can still be chosen');
  t.deepEqual(
    category.values.map(({ count }: Loose) => count),
    [1, 1, 1],
  );
  t.is((await ask(`/v1/items?${filter({ a: { magic: 1 } })}`)).json.code, 'FILTER_INVALID');
  t.is((await ask(`/v1/facets?filter={`)).status, 400);
});

test('facets count values and ranges; stats and info say what there is', async (t) => {
  const { ask } = await startServer(t);
  const facets = await ask('/v1/facets?fields=colour,price,nothing&limit=2');
  t.like(facets.json, { items: 12 });
  t.deepEqual(facets.json.fields[0].values, [
    { value: 'blue', count: 3 },
    { value: 'gold', count: 3 },
  ]);
  t.like(facets.json.fields[1], { name: 'price', min: 0, max: 23, distinct: 12 });
  t.is(facets.json.fields.length, 2);
  await ask('/v1/items/shapes%2Fcross-red.png', { method: 'DELETE' });
  t.is((await ask('/v1/facets')).json.items, 11);
  t.is((await ask('/v1/stats')).json.items, 11);
  const info = await ask('/v1/info');
  t.is(info.json.methods[0].name, 'guided-match');
  t.false(info.json.authentication);
  t.deepEqual((await ask('/v1/failures')).json, { count: 0, failures: [] });
});

test('what could not be indexed is listed up to a limit, and counted', async (t) => {
  const { ask, directory } = await startServer(t);
  const indexer = openCatalog(directory, { space: await theModel() });
  for (const name of ['b', 'c', 'a']) {
    const failure = { source: `/${name}.jpg`, id: null, code: 'IMAGE_CORRUPT', message: 'broken' };
    indexer.failures.record({ ...failure, collection: 'night' });
  }
  indexer.close();
  const { count, failures } = (await ask('/v1/failures?limit=2')).json;
  t.is(count, 3);
  t.deepEqual(
    failures.map(({ source, attempt, collection }: Loose) => ({ source, attempt, collection })),
    ['/a.jpg', '/b.jpg'].map((source) => ({ source, attempt: 1, collection: 'night' })),
  );
  t.is((await ask('/v1/failures?limit=0')).status, 400);
});
