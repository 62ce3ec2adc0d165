// Pictures behind URLs, from a server that is half broken.

import { existsSync } from 'node:fs';
import { readFile, rm, truncate } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import path from 'node:path';
import test from 'ava';
import type { FetchOptions } from '../../src/indexer/fetch-ahead.ts';
import { serve } from '../fetch/servers.ts';
import { write } from './files.ts';
import { picture } from './pictures.ts';
import { countsOf, workshop } from './workshop.ts';

const local: FetchOptions = { allowPrivate: true, backoffMs: 1, attempts: 3 };

/** Pictures by path, with what the server says of them; counts what is asked, and how often it sent a picture. */
function shelf(pictures: Record<string, Buffer>, headers: Record<string, Record<string, string>> = {}) {
  const state = { asked: 0, sent: 0, pictures };
  const listener: RequestListener = (req, res) => {
    state.asked++;
    const body = state.pictures[req.url!];
    const known = headers[req.url!] ?? {};
    if (!body) return void res.writeHead(404).end();
    const { 'if-none-match': match, 'if-modified-since': since } = req.headers;
    const isSame =
      (match ?? since) !== undefined &&
      match === known['etag'] &&
      (since === known['last-modified'] || match !== undefined);
    if (isSame) return void res.writeHead(304).end();
    state.sent++;
    res.writeHead(200, { 'content-type': 'image/png', ...known }).end(body);
  };
  return { state, listener };
}

test('pictures behind URLs are fetched, kept in the catalogue, and not sent again while they are the same', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const names = ['/tagged.png', '/dated.png', '/plain.png'];
  const bytes = await Promise.all([1, 2, 3].map((seed) => picture(seed)));
  const headers = {
    '/tagged.png': { etag: '"1"' },
    '/dated.png': { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' },
  };
  const { state, listener } = shelf(Object.fromEntries(names.map((name, i) => [name, bytes[i]!])), headers);
  const url = await serve(t, listener);
  const rows = names.map((name, i) => `${i},${url}${name},${i * 10}\n`).join('');
  await write(folder, { 'items.csv': `id,url,price\n${rows}` });

  t.deepEqual(countsOf(await index({ fetch: local }, 'items.csv')), { indexed: 3 });
  for (const [i, name] of names.entries()) {
    const item = catalog.get(String(i))!;
    t.like(item, { origin: url + name, bytes: bytes[i]!.length, metadata: { price: i * 10 } });
    t.is(path.relative(catalog.directory, item.source).split(path.sep)[0], 'pictures');
    t.true(existsSync(item.source));
    t.is(item.collection, path.join(folder, 'items.csv'));
  }
  t.is(catalog.get('0')!.version, '"1"');
  t.is(catalog.get('1')!.modifiedAt, Date.UTC(2026, 0, 1));
  t.is(state.sent, 3);

  // Only the one of which the server says nothing is sent again, and its bytes are the same.
  const seq = catalog.info().seq;
  t.deepEqual(countsOf(await index({ fetch: local }, 'items.csv')), { unchanged: 3 });
  t.is(state.sent, 4);
  t.is(catalog.info().seq, seq);

  // Other facts, the same pictures.
  await write(folder, { 'items.csv': `id,url,price\n${rows.replaceAll(/\d+\n/g, '7\n')}` });
  t.deepEqual(countsOf(await index({ fetch: local }, 'items.csv')), { updated: 3 });
  t.like(catalog.get('0'), { origin: url + names[0]!, version: '"1"', metadata: { price: 7 } });
  t.is(embedder.embedded, 3);

  // Another picture at the same URL.
  state.pictures['/tagged.png'] = await picture(9);
  headers['/tagged.png'].etag = '"2"';
  t.deepEqual(countsOf(await index({ fetch: local }, 'items.csv')), { indexed: 1, unchanged: 2 });
  t.like(catalog.get('0'), { version: '"2"', width: 40, height: 32 });

  // Two URLs of the same bytes share a file and an embedding.
  state.pictures['/copy.png'] = bytes[2]!;
  await write(folder, { 'more.urls': `${url}/copy.png\n` });
  t.deepEqual(countsOf(await index({ fetch: local }, 'more.urls')), { reused: 1 });
  t.is(catalog.get(`${url}/copy.png`)!.source, catalog.get('2')!.source);
});

test('what cannot be fetched is a failure with the reason, and everything else is indexed', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  const good = await picture(1);
  let flaky = 0;
  const url = await serve(t, (req, res) => {
    const answers: Record<string, () => void> = {
      '/good.png': () => res.end(good),
      '/flaky.png': () => (flaky++ < 2 ? res.writeHead(503).end() : res.end(good)),
      '/page.png': () => res.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      '/lies.png': () => res.writeHead(200, { 'content-type': 'image/png' }).end('<html>'),
      '/empty.png': () => res.end(),
      '/cut.png': () => res.end(good.subarray(0, good.length - 20)),
      '/reset.png': () => res.destroy(),
      '/private.png': () => res.writeHead(302, { location: 'file:///etc/hosts' }).end(),
    };
    (answers[req.url!] ?? (() => res.writeHead(404).end()))();
  });
  const paths = ['good', 'flaky', 'page', 'lies', 'empty', 'cut', 'reset', 'private', 'gone'];
  const urls = paths.map((name) => `${url}/${name}.png`);
  await write(folder, { 'list.txt': `${urls.join('\n')}\n` });
  const report = await index({ fetch: local }, 'list.txt');
  t.deepEqual(countsOf(report), { indexed: 1, reused: 1, failed: 7 });
  t.deepEqual(
    Object.fromEntries(catalog.failures.all().map(({ id, code }) => [path.basename(id!, '.png'), code])),
    {
      page: 'IMAGE_UNSUPPORTED',
      lies: 'IMAGE_UNSUPPORTED',
      empty: 'IMAGE_EMPTY',
      cut: 'IMAGE_CORRUPT',
      reset: 'URL_FAILED',
      private: 'URL_REFUSED',
      gone: 'URL_FAILED',
    },
  );
  t.true(
    catalog.failures.all().every(({ source, message }) => urls.includes(source) && message.includes(source)),
  );
  t.true(catalog.failures.all().every(({ collection }) => collection === path.join(folder, 'list.txt')));
  // Without the flag nothing is asked of this machine, and what is there stays.
  t.deepEqual(countsOf(await index({}, 'list.txt')), { failed: 9 });
  t.is(catalog.count(), 2);
  t.true(catalog.failures.all().every(({ code }) => code === 'URL_REFUSED'));
});

test('a slow or silent URL does not hold up the others', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  const pictures = await Promise.all(Array.from({ length: 60 }, (_, i) => picture(i)));
  let slow: (() => void) | undefined;
  let sent = 0;
  const url = await serve(t, (req, res) => {
    const number = Number(/\d+/.exec(req.url!)![0]);
    if (number === 0) slow = () => res.end(pictures[0]);
    else res.end(pictures[number]);
    // All others were asked for and are in the catalogue before the first is answered.
    if (number > 0 && ++sent === 59) setTimeout(() => slow!(), 300);
  });
  await write(folder, { 'list.urls': pictures.map((_, i) => `${url}/${i}.png\n`).join('') });
  const report = await index({ fetch: local, batchSize: 4 }, 'list.urls');
  t.deepEqual(countsOf(report), { indexed: 60 });
  const seqOfSlow = catalog.get(`${url}/0.png`)!.seq;
  t.is(seqOfSlow, catalog.info().seq);
});

test('a run that goes on does not ask again for what the interrupted one has fetched', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  const pictures = Object.fromEntries(
    await Promise.all(Array.from({ length: 30 }, async (_, i) => [`/${i}.png`, await picture(i)] as const)),
  );
  const { state, listener } = shelf(pictures);
  const url = await serve(t, listener);
  await write(folder, {
    'list.urls': Object.keys(pictures)
      .map((name) => `${url}${name}\n`)
      .join(''),
  });
  const start = Date.now();
  const stop = new AbortController();
  const first = await index(
    {
      fetch: local,
      batchSize: 4,
      signal: stop.signal,
      onProgress: ({ done }) => done >= 8 && stop.abort(),
    },
    'list.urls',
  );
  t.true(first.aborted);
  const done = catalog.count();
  t.true(done >= 8 && done < 30);
  state.asked = 0;
  await index({ fetch: { ...local, freshSince: start } }, 'list.urls');
  t.is(state.asked, 30 - done);
  t.is(catalog.count(), 30);
});

test('members of archives are kept, and only read again when the archive’s directory tells of a change', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const { tarOf, zipOf } = await import('./archives.ts');
  const [a, b, c] = await Promise.all([1, 2, 3].map((seed) => picture(seed)));
  const zipped = (second: Buffer) =>
    zipOf([
      { name: 'a.png', content: a! },
      { name: 'b.png', content: second },
      { name: 'bad.png', content: 'bad' },
    ]);
  await write(folder, { 'shop.zip': zipped(b!) });
  t.deepEqual(countsOf(await index({}, 'shop.zip')), { indexed: 2, failed: 1 });
  t.like(catalog.get('b.png'), { origin: `${path.join(folder, 'shop.zip')}!b.png`, bytes: b!.length });
  t.like(catalog.failures.all(), [
    { source: `${path.join(folder, 'shop.zip')}!bad.png`, id: 'bad.png', code: 'IMAGE_UNSUPPORTED' },
  ]);
  t.deepEqual(countsOf(await index({}, 'shop.zip')), { unchanged: 2, failed: 1 });
  await write(folder, { 'shop.zip': zipped(c!) });
  t.deepEqual(countsOf(await index({}, 'shop.zip')), { indexed: 1, unchanged: 1, failed: 1 });
  t.is(embedder.embedded, 3);

  // A tar has to be read, but what it holds is known.
  await write(folder, {
    'shop.tgz': await tarOf(
      [
        ['x.png', a!],
        ['y.png', b!],
      ],
      { gzip: true },
    ),
  });
  t.deepEqual(countsOf(await index({}, 'shop.tgz')), { reused: 1, indexed: 1 });
  t.deepEqual(countsOf(await index({}, 'shop.tgz')), { unchanged: 2 });
  t.is(embedder.embedded, 4);
  // Everything that the catalogue needs is its own.
  await rm(folder, { recursive: true });
  t.true([...catalog.items()].every(({ source }) => existsSync(source)));
});

test('a kept picture that somebody removed or cut is noticed, and fetched again', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const { zipOf } = await import('./archives.ts');
  const [a, b, c] = await Promise.all([1, 2, 3].map((seed) => picture(seed)));
  const { state, listener } = shelf({ '/a.png': a!, '/b.png': b! }, { '/a.png': { etag: '"1"' } });
  const url = await serve(t, listener);
  await write(folder, {
    'list.urls': `${url}/a.png\n${url}/b.png\n`,
    'shop.zip': zipOf([{ name: 'c.png', content: c! }]),
  });
  const indexBoth = async (options = {}) => [
    countsOf(await index({ fetch: { ...local, ...options } }, 'list.urls')),
    countsOf(await index({}, 'shop.zip')),
  ];
  await indexBoth();
  const [ofZip, ...ofUrls] = ['c.png', `${url}/a.png`, `${url}/b.png`].map((id) => catalog.get(id)!.source);
  for (const [lose, options] of [
    [(file: string) => rm(file), {}],
    [(file: string) => truncate(file, 10), {}],
    // As in a run that goes on, which does not ask again for what it has fetched.
    [(file: string) => rm(file), { freshSince: 0 }],
  ] as const) {
    for (const file of [ofZip!, ...ofUrls]) await lose(file);
    state.sent = 0;
    t.deepEqual(await indexBoth(options), [{ unchanged: 2 }, { unchanged: 1 }]);
    t.is(state.sent, 2);
    t.deepEqual(await Promise.all([ofZip!, ...ofUrls].map((file) => readFile(file))), [c, a, b]);
  }
  t.is(embedder.embedded, 3);
  t.deepEqual(catalog.failures.all(), []);
});

test('a stop does not wait for servers that say nothing', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  const good = await picture(1);
  const url = await serve(t, (req, res) => void (req.url === '/good.png' && res.end(good)));
  const urls = ['good', ...Array.from({ length: 20 }, (_, i) => `silent-${i}`)];
  await write(folder, { 'list.urls': urls.map((name) => `${url}/${name}.png\n`).join('') });
  catalog.failures.record({ source: `${url}/silent-0.png`, id: null, code: 'URL_FAILED', message: 'silent' });
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  const start = performance.now();
  const report = await index({ fetch: local, signal: stop.signal }, 'list.urls');
  t.true(performance.now() - start < 5000);
  t.like(report, { aborted: true, failed: 0 });
  t.is(catalog.failures.all().length, 1);
});
