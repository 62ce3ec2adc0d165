// Graphs are built in a thread of their own, and nobody waits for them.
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Catalog } from '../../src/search/catalog.ts';
import { newItems, openSmall, smallIndex, temporaryPath, unitVector } from './support.ts';

const threaded = { ...smallIndex, thread: true };
const tended = { ...threaded, background: true };

/** Asks every 50 ms, for half a minute at most: how long something takes depends on who else is at work. */
async function eventually(t: ExecutionContext, what: string, isTrue: () => boolean | Promise<boolean>) {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) if (await isTrue()) return;
  t.fail(`waited in vain for ${what}`);
}

async function assertFinds(t: ExecutionContext, catalog: Catalog, seed: number, method: 'exact' | 'hnsw') {
  const found = await catalog.search(unitVector(seed), { k: 1 });
  t.is(found.hits[0]!.item.id, `i${seed}`);
  t.is(found.method, method);
}

test('while a thread builds the graph, searches go on, exactly, and see what is added meanwhile', async (t) => {
  const catalog = openSmall(t, temporaryPath(t), { index: threaded });
  catalog.put(newItems(0, 4000));
  await assertFinds(t, catalog, 7, 'exact');
  let answered = 0;
  const built = new AbortController();
  const saving = catalog.saveIndex().finally(() => built.abort());
  t.false(catalog.info().index.building);
  for (; !built.signal.aborted; await sleep(1)) {
    const { hits } = await catalog.search(unitVector(answered % 4000), { k: 1 });
    t.is(hits[0]!.item.id, `i${answered % 4000}`);
    answered++;
    if (answered === 3) catalog.put(newItems(4000, 4010));
  }
  await saving;
  t.true(answered > 10, `${answered} searches`);
  await assertFinds(t, catalog, 3999, 'hnsw');
  await assertFinds(t, catalog, 4005, 'hnsw');
  t.log(`${answered} searches while the graph was built`);
});

test('closing while a thread builds ends both at once, and the next process goes on', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path, { index: threaded });
  catalog.put(newItems(0, 3000));
  const saving = catalog.saveIndex();
  await eventually(t, 'the build to begin', () => catalog.info().index.building);
  catalog.close();
  await t.throwsAsync(saving, { message: /close\(\) has been called/ });
  const next = openSmall(t, path, { index: threaded });
  await assertFinds(t, next, 2999, 'exact');
  await next.saveIndex();
  await assertFinds(t, next, 2999, 'hnsw');
});

test('a writer saves the graph as its run goes, unasked, and a reader takes it over without reopening', async (t) => {
  const path = temporaryPath(t);
  const writer = openSmall(t, path, { index: tended });
  const reader = openSmall(t, path, { readonly: true, index: { ...tended, exactUpTo: 50 } });
  for (let from = 0; from < 400; from += 40) {
    writer.put(newItems(from, from + 40));
    await assertFinds(t, reader, from + 39, 'exact');
  }
  await eventually(t, 'a snapshot', () => existsSync(join(path, 'index.json')));
  await eventually(t, 'the reader', async () => (await reader.search(unitVector(1))).method === 'hnsw');
  t.true(reader.info().index.tail < 400);
  await assertFinds(t, reader, 399, 'hnsw');
  writer.put(newItems(400, 410));
  await assertFinds(t, reader, 405, 'hnsw');
});

test('a reader without a writer builds for itself, aside, and leaves nothing behind', async (t) => {
  const path = temporaryPath(t);
  const writer = openSmall(t, path);
  writer.put(newItems(0, 600));
  writer.close();
  const files = readdirSync(path);
  const aside = () =>
    readdirSync(tmpdir()).filter((name) => name.startsWith(`whymatch-index-${process.pid}-`));
  const reader = openSmall(t, path, { readonly: true, index: tended });
  await assertFinds(t, reader, 1, 'exact');
  await eventually(t, 'a graph', async () => (await reader.search(unitVector(1))).method === 'hnsw');
  await assertFinds(t, reader, 599, 'hnsw');
  t.is(reader.info().index.tail, 0);
  await eventually(t, 'the folder to go', () => aside().length === 0);
  t.deepEqual(readdirSync(path), files);
});
