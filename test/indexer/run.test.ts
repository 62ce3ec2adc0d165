// Runs as operators want them: sync, dry runs, trying again what failed, going on after an interruption.

import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runIndexing, type RunOptions, type RunReport, sumOf } from '../../src/indexer/run.ts';
import { openSource, type OpenSourceOptions } from '../../src/indexer/sources/open.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { serve } from '../fetch/servers.ts';
import { zipOf } from './archives.ts';
import { write } from './files.ts';
import { picture, pictures } from './pictures.ts';
import { type Workshop, workshop } from './workshop.ts';

type Run = (table?: string, options?: Partial<RunOptions>, source?: OpenSourceOptions) => Promise<RunReport>;

async function bench(t: ExecutionContext): Promise<Workshop & { run: Run }> {
  const shop = await workshop(t);
  const { folder, catalog: store, embedder } = shop;
  const run: Run = async (table = '', options = {}, source = {}) =>
    runIndexing(await openSource(path.join(folder, table), source), { store, embedder, ...options });
  return { ...shop, run };
}

const idsOf = (catalog: Catalog) => [...catalog.items()].map(({ id }) => id);

const list = (...names: string[]) => `file\n${names.map((name) => `${name}\n`).join('')}`;

test('sync removes what the source no longer has, and nothing of other sources', async (t) => {
  const { folder, catalog, run } = await bench(t);
  await write(folder, {
    ...(await pictures(8)),
    'a.csv': list('0.png', '1.png', '2.png', '3.png'),
    'b.csv': list('4.png', '5.png'),
  });
  await run('a.csv');
  await run('b.csv');
  catalog.put([
    { ...catalog.get('0.png')!, id: 'by-hand', collection: null, embedding: catalog.embeddingOf('0.png')! },
  ]);
  await write(folder, { 'a.csv': list('1.png', '2.png', '7.png') });
  t.like(await run('a.csv'), { added: 1, removed: 0 });
  t.true(catalog.has('3.png'), 'upsert removes nothing');
  t.like(await run('a.csv', { mode: 'sync' }), {
    added: 0,
    changed: 0,
    unchanged: 3,
    removed: 2,
    withheld: null,
  });
  t.deepEqual(idsOf(catalog), ['1.png', '2.png', '4.png', '5.png', '7.png', 'by-hand']);
  // An item belongs to the source that named it last.
  await write(folder, { 'b.csv': list('2.png', '4.png', '5.png') });
  t.like(await run('b.csv', { mode: 'sync' }), { changed: 1, unchanged: 2, removed: 0 });
  t.like(await run('a.csv', { mode: 'sync' }, { name: 'a' }), { changed: 3, removed: 0 });
  t.deepEqual(
    catalog.collections.all().map(({ name, items }) => [path.basename(name), items]),
    [
      ['a.csv', 0],
      ['b.csv', 2],
      ['a', 3],
    ],
  );
});

test('a name holds a source together whose path changes every night', async (t) => {
  const { folder, catalog, run } = await bench(t);
  await write(folder, {
    ...(await pictures(4)),
    'monday.csv': list('0.png', '1.png', '2.png'),
    'tuesday.csv': list('1.png', '2.png', '3.png'),
  });
  await run('monday.csv', { mode: 'sync' }, { name: 'feed' });
  t.like(await run('tuesday.csv', { mode: 'sync' }, { name: 'feed' }), {
    added: 1,
    unchanged: 2,
    removed: 1,
  });
  t.deepEqual(idsOf(catalog), ['1.png', '2.png', '3.png']);
});

test('sync removes nothing when parts of the source could not be read, or the run was stopped, or it is more than half', async (t) => {
  const { folder, catalog, run } = await bench(t);
  const names = Array.from({ length: 10 }, (_, i) => `${i}.png`);
  await write(folder, { ...(await pictures(10)), 'a.csv': list(...names) });
  await run('a.csv');
  const sync = (options: Partial<RunOptions> = {}) => run('a.csv', { mode: 'sync', ...options });

  // A row that cannot be used may be the one of a missing item.
  await write(folder, { 'a.csv': `${list(...names.slice(2))}x,y,z\n` });
  t.like(await sync(), { failed: 1, removed: 0, withheld: { items: 2, reason: 'unreadable' } });
  t.is(catalog.count(), 10);
  // One with an id is in the source, whatever is wrong with its picture.
  await write(folder, { 'a.csv': list('gone.png', ...names.slice(2)), '2.png': 'broken' });
  t.like(await sync(), { failed: 2, removed: 2, withheld: null });
  t.is(catalog.count(), 8);
  t.true(catalog.has('2.png'), 'what the source still names is kept, although it broke');

  await write(folder, { 'a.csv': list(...names.slice(7)), '2.png': await picture(3) });
  t.like(await sync({ signal: AbortSignal.abort() }), { aborted: true, removed: 0, withheld: null });
  t.like(await sync({ dryRun: true }), { removed: 0, withheld: { items: 5, reason: 'mass-delete' } });
  t.like(await sync(), { removed: 0, withheld: { items: 5, reason: 'mass-delete' } });
  t.is(catalog.count(), 8);
  t.like(await sync({ allowMassDelete: true }), { removed: 5, withheld: null });
  t.deepEqual(idsOf(catalog), ['7.png', '8.png', '9.png']);
  // An empty folder is most likely one that is not mounted.
  await write(folder, { 'a.csv': list() });
  t.like(await sync(), { removed: 0, withheld: { items: 3, reason: 'mass-delete' } });
});

test('a damaged archive, and a folder that cannot be read, keep everything', async (t) => {
  const { folder, catalog, run } = await bench(t);
  const members = Object.entries(await pictures(4)).map(([name, content]) => ({ name, content }));
  await write(folder, { 'shop.zip': zipOf(members) });
  await run('shop.zip', { mode: 'sync' });
  await write(folder, { 'shop.zip': zipOf(members).subarray(0, 300) });
  const torn = await run('shop.zip', { mode: 'sync' });
  t.like(torn, { removed: 0, withheld: { reason: 'unreadable' } });
  t.is(catalog.count(), 4);
  await write(folder, { 'shop.zip': zipOf(members.slice(1)) });
  const kept = catalog.get('0.png')!.source;
  t.true(existsSync(kept));
  t.like(await run('shop.zip', { mode: 'sync' }), { removed: 1, unchanged: 3, withheld: null });
  t.false(existsSync(kept), 'the kept picture goes with its item');
});

test('a kept picture goes when another takes its place, unless somebody still needs it', async (t) => {
  const { folder, catalog, run } = await bench(t);
  const [one, two, three] = await Promise.all([1, 2, 3].map((seed) => picture(seed)));
  const shop = (a: Buffer, b: Buffer) =>
    write(folder, {
      'shop.zip': zipOf([
        { name: 'a.png', content: a },
        { name: 'b.png', content: b },
      ]),
    });
  await shop(one!, one!);
  await run('shop.zip');
  const shared = catalog.get('a.png')!.source;
  t.is(catalog.get('b.png')!.source, shared);
  await shop(two!, one!);
  t.like(await run('shop.zip'), { added: 0, changed: 1, unchanged: 1 });
  t.true(existsSync(shared));
  await shop(two!, three!);
  await run('shop.zip');
  t.false(existsSync(shared));
  const files = await readdir(path.join(catalog.directory, 'pictures'), {
    recursive: true,
    withFileTypes: true,
  });
  t.is(files.filter((file) => file.isFile()).length, 2);
});

test('a dry run says what would be done, changes nothing, and does not ask the model', async (t) => {
  const { folder, catalog, embedder, run } = await bench(t);
  await write(folder, { ...(await pictures(6)), 'bad.png': '' });
  await run();
  await rm(path.join(folder, '0.png'));
  await write(folder, {
    '1.png': await picture(77),
    'new.png': await picture(78),
    'worse.png': 'text',
    'bad.png': await picture(79),
  });
  const zip = zipOf([{ name: 'z.png', content: await picture(80) }]);
  await write(folder, { 'more.zip': zip });
  const before = { seq: catalog.info().seq, failures: catalog.failures.all(), embedded: embedder.embedded };
  const heard: string[] = [];
  const dry = {
    dryRun: true,
    mode: 'sync',
    onFailure: ({ id }: { id: string | null }) => heard.push(String(id)),
  } as const;
  const expected = { added: 2, changed: 1, unchanged: 4, removed: 1, failed: 1, withheld: null };
  t.like(await run('', dry), { ...expected, dryRun: true });
  t.like(await run('more.zip', dry), { added: 1 });
  t.deepEqual(heard, ['worse.png']);
  t.deepEqual(
    { seq: catalog.info().seq, failures: catalog.failures.all(), embedded: embedder.embedded },
    before,
  );
  t.false(existsSync(path.join(catalog.directory, 'pictures')));
  t.deepEqual(catalog.collections.all().length, 1);
  t.like(await run('', { mode: 'sync' }), { ...expected, dryRun: false });
});

test('only what failed is tried again: items by their id, rows once they are right', async (t) => {
  const { folder, catalog, embedder, run } = await bench(t);
  await write(folder, {
    ...(await pictures(5)),
    'bad.png': 'bad',
    'a.csv': 'id,file\n0,0.png\n1,1.png\n2,bad.png\n3,gone.png\n,2.png\n',
  });
  t.like(await run('a.csv'), { added: 2, failed: 3 });
  t.like(await run('a.csv', { retryFailed: true }), { failed: 3, unchanged: 0 });
  t.true(catalog.failures.all().every(({ attempt }) => attempt === 2));
  await write(folder, {
    'bad.png': await picture(50),
    '0.png': await picture(51),
    'a.csv': 'id,file\n0,0.png\n1,1.png\n2,bad.png\n3,4.png\n5,2.png\n',
  });
  const report = await run('a.csv', { retryFailed: true });
  t.like(report, { added: 3, changed: 0, unchanged: 0, failed: 0 });
  t.deepEqual(catalog.failures.all(), []);
  t.is(embedder.embedded, 5, 'the picture that changed is left to the next full run');
});

test('failures are told as they happen, with the attempt', async (t) => {
  const { folder, run } = await bench(t);
  await write(folder, { 'bad.png': '', 'worse.png': 'x' });
  const heard: unknown[] = [];
  const onFailure = ({ id, code, attempt }: { id: string | null; code: string; attempt: number }) =>
    heard.push([id, code, attempt]);
  await run('', { onFailure });
  await run('', { onFailure });
  t.deepEqual(heard, [
    ['bad.png', 'IMAGE_EMPTY', 1],
    ['worse.png', 'IMAGE_UNSUPPORTED', 1],
    ['bad.png', 'IMAGE_EMPTY', 2],
    ['worse.png', 'IMAGE_UNSUPPORTED', 2],
  ]);
});

test('a run that goes on after a stop asks only for the URLs that are left; after a complete run it asks for all', async (t) => {
  const { folder, catalog, run } = await bench(t);
  const all = await Promise.all(Array.from({ length: 20 }, (_, i) => picture(i)));
  let asked = 0;
  const url = await serve(t, (req, res) => {
    asked++;
    res.end(all[Number(/\d+/.exec(req.url!)![0])]);
  });
  await write(folder, { 'a.urls': all.map((_, i) => `${url}/${i}.png\n`).join('') });
  const fetch = { allowPrivate: true };
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }) => void (done >= 4 && stop.abort());
  const first = await run('a.urls', { fetch, batchSize: 2, signal: stop.signal, onProgress });
  t.true(first.aborted && catalog.count() < 20);
  t.is(catalog.collections.all()[0]!.completedAt, null);
  const done = catalog.count();
  asked = 0;
  t.like(await run('a.urls', { fetch }), { added: 20 - done, unchanged: done });
  t.is(asked, 20 - done);
  t.true(catalog.collections.all()[0]!.completedAt! > 0);
  asked = 0;
  t.like(await run('a.urls', { fetch }), { unchanged: 20 });
  t.is(asked, 20);
});

test('progress tells what is new and what has changed', async (t) => {
  const { folder, run } = await bench(t);
  await write(folder, await pictures(5));
  await run();
  await write(folder, { '0.png': await picture(60), 'new.png': await picture(61) });
  const told: unknown[] = [];
  await run('', { onProgress: ({ counts }) => told.push(counts) });
  t.deepEqual(told.at(-1), { added: 1, changed: 1 });
});

test('reports of several runs add up', async (t) => {
  const { folder, run } = await bench(t);
  await write(folder, { ...(await pictures(3)), 'bad.png': '', 'a.csv': list('0.png') });
  const reports = [await run(), await run('a.csv')];
  t.like(sumOf(reports), {
    indexed: 3,
    updated: 1,
    failed: 1,
    added: 3,
    changed: 1,
    removed: 0,
    aborted: false,
  });
  t.is(sumOf(reports).failures.length, 1);
  t.like(sumOf([]), { indexed: 0, aborted: false });
});
