import { rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import type { AppError } from '../../src/core/errors.ts';
import type { Progress } from '../../src/core/progress.ts';
import { dot } from '../../src/core/vector.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { write } from './files.ts';
import { picture, pictures, PixelEmbedder } from './pictures.ts';
import { countsOf, workshop } from './workshop.ts';

/** A time that file systems keep exactly. */
const longAgo = new Date(2001, 1, 1);

test('a folder is indexed: every picture is found by itself, with its facts', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  await write(folder, await pictures(40));
  await write(folder, { 'shoes/red.jpg': await picture(100, 'jpeg'), 'notes.txt': 'no picture' });
  const report = await index();
  t.deepEqual(countsOf(report), { indexed: 41 });
  t.deepEqual([report.aborted, report.failures], [false, []]);
  t.deepEqual(embedder.batches, [16, 16, 9]);
  t.true(report.imagesPerSecond > 0 && report.elapsedMs > 0);

  const file = path.join(folder, 'shoes/red.jpg');
  const stats = await stat(file);
  t.like(catalog.get('shoes/red.jpg'), {
    productId: null,
    source: file,
    width: 40,
    height: 32,
    bytes: stats.size,
    modifiedAt: stats.mtimeMs,
    metadata: { folder: 'shoes' },
  });
  for (const { id } of catalog.items()) {
    const { hits } = await catalog.search(catalog.embeddingOf(id)!, { k: 1 });
    t.is(hits[0]?.item.id, id);
  }
});

test('a table is indexed, with products and typed metadata, in its order', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  await write(folder, {
    ...(await pictures(3)),
    'list.csv': 'id;file;product_id;price\nz;0.png;p;1,5\na;1.png;p;2.5\nm;2.png;;\n',
  });
  t.deepEqual(countsOf(await index({}, 'list.csv')), { indexed: 3 });
  const items = [...catalog.items()].sort((a, b) => a.seq - b.seq);
  t.deepEqual(
    items.map(({ id, productId, metadata }) => [id, productId, metadata]),
    [
      ['z', 'p', { price: '1,5' }],
      ['a', 'p', { price: 2.5 }],
      ['m', null, {}],
    ],
  );
});

test('a second run over the same files embeds nothing, reads nothing and writes nothing', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  await write(folder, await pictures(20));
  const file = path.join(folder, '3.png');
  const { size } = await stat(file);
  await utimes(file, longAgo, longAgo);
  await index();
  const { seq } = catalog.info();
  const before = embedder.embedded;
  // Were it read, it would be found broken.
  await writeFile(file, Buffer.alloc(size));
  await utimes(file, longAgo, longAgo);
  t.deepEqual(countsOf(await index()), { unchanged: 20 });
  t.is(embedder.embedded, before);
  t.is(catalog.info().seq, seq);
});

test('a changed file is embedded again, a touched one is not', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  await write(folder, await pictures(5));
  await index();
  const old = catalog.embeddingOf('1.png')!;
  await write(folder, { '1.png': await picture(50) });
  await utimes(path.join(folder, '2.png'), longAgo, longAgo);
  t.deepEqual(countsOf(await index()), { indexed: 1, updated: 1, unchanged: 3 });
  t.is(embedder.embedded, 6);
  t.true(dot(old, catalog.embeddingOf('1.png')!) < 0.99);
  t.is(catalog.get('2.png')?.modifiedAt, longAgo.getTime());
  t.deepEqual(countsOf(await index()), { unchanged: 5 });
});

test('new metadata or another product for an unchanged file rewrites the row alone', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  await write(folder, {
    ...(await pictures(3)),
    'list.csv': 'file,product_id,price\n0.png,p,1\n1.png,p,2\n2.png,p,3\n',
  });
  await index({}, 'list.csv');
  const embedding = catalog.embeddingOf('1.png');
  await write(folder, { 'list.csv': 'file,product_id,price\n0.png,p,1\n1.png,p,2.5\n2.png,q,3\n' });
  t.deepEqual(countsOf(await index({}, 'list.csv')), { updated: 2, unchanged: 1 });
  t.is(embedder.embedded, 3);
  t.like(catalog.get('1.png'), { metadata: { price: 2.5 }, width: 40, height: 32 });
  t.like(catalog.get('2.png'), { productId: 'q' });
  t.deepEqual(catalog.embeddingOf('1.png'), embedding);
});

test('a moved folder is recognised by its content', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const files = await pictures(3);
  await write(path.join(folder, 'old'), files);
  await index({}, 'old');
  await rm(path.join(folder, 'old'), { recursive: true });
  await write(path.join(folder, 'new'), files);
  t.deepEqual(countsOf(await index({}, 'new')), { updated: 3 });
  t.is(embedder.embedded, 3);
  t.is(catalog.get('0.png')?.source, path.join(folder, 'new/0.png'));
});

test('identical bytes under several ids are embedded once, within a batch, a run, and from run to run', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const same = await picture(1);
  await write(folder, { 'a.png': same, 'b.png': same, ...(await pictures(40, 10)), 'z.png': same });
  t.deepEqual(countsOf(await index({ batchSize: 8 })), { indexed: 41, reused: 2 });
  t.is(embedder.embedded, 41);
  await write(folder, { 'later.png': same });
  t.deepEqual(countsOf(await index()), { reused: 1, unchanged: 43 });
  t.is(embedder.embedded, 41);
  for (const id of ['b.png', 'z.png', 'later.png']) {
    t.deepEqual(catalog.embeddingOf(id), catalog.embeddingOf('a.png'));
    t.like(catalog.get(id), { width: 40, height: 32 });
  }
});

test('many copies of one picture are embedded once, and written in steps', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const rows = Array.from({ length: 300 }, (_, i) => `${i},0.png`);
  await write(folder, { ...(await pictures(1)), 'list.csv': `id,file\n${rows.join('\n')}` });
  const written: number[] = [];
  const put = catalog.put.bind(catalog);
  catalog.put = (items) => {
    written.push(items.length);
    put(items);
  };
  t.deepEqual(countsOf(await index({ batchSize: 2 }, 'list.csv')), { indexed: 1, reused: 299 });
  t.is(embedder.embedded, 1);
  t.true(Math.max(...written) <= 32, String(written));
});

test('the model has as many batches in hand as it computes at a time, and the next one before it asks', async (t) => {
  const { folder, catalog } = await workshop(t);
  await write(folder, await pictures(40));
  for (const parallelRuns of [1, 3]) {
    const embedder = Object.assign(new PixelEmbedder(), { parallelRuns });
    const inHand: (() => void)[] = [];
    let [begun, most] = [0, 0];
    // None is done before all of them are there that may be.
    embedder.onBatch = () =>
      new Promise((resolve) => {
        begun++;
        inHand.push(resolve);
        most = Math.max(most, inHand.length);
        if (inHand.length > parallelRuns || begun === 10) for (const done of inHand.splice(0)) done();
      });
    const source = await openSource(folder);
    const report = await indexItems(source, { store: catalog, embedder, batchSize: 4, force: true });
    t.like(report, { indexed: 40, failed: 0 });
    t.is(most, parallelRuns + 1);
    t.true((await catalog.verify()).ok);
  }
});

test('force embeds everything again', async (t) => {
  const { folder, embedder, index } = await workshop(t);
  await write(folder, await pictures(5));
  await index();
  t.deepEqual(countsOf(await index({ force: true })), { indexed: 5 });
  t.is(embedder.embedded, 10);
});

test('a catalogue of another model, and a batch of none, are refused before anything is done', async (t) => {
  const { folder, index } = await workshop(t);
  await write(folder, await pictures(1));
  const other = Object.assign(new PixelEmbedder(), { fingerprint: 'other' });
  const refusal = await t.throwsAsync<AppError>(index({ embedder: other }), {
    code: 'CATALOG_MODEL_MISMATCH',
    message: /whymatch catalog re-embed --catalog /,
  });
  t.deepEqual(Object.keys(refusal?.details['expected'] as object), ['model', 'fingerprint', 'dimension']);
  await t.throwsAsync(index({ batchSize: 0 }), { instanceOf: RangeError, message: /batchSize/ });
  await t.throwsAsync(index({ concurrency: 0 }), { instanceOf: RangeError, message: /concurrency/ });
});

test('progress grows, knows the total and ends with it', async (t) => {
  const { folder, index } = await workshop(t);
  await write(folder, { ...(await pictures(30)), 'bad.jpg': 'x' });
  const seen: Progress[] = [];
  await index({ onProgress: (progress) => seen.push(progress) });
  t.deepEqual(seen.at(-1), { phase: 'index', done: 31, total: 31, failed: 1 });
  t.true(seen.some(({ done, total }) => done < 31 && total === 31));
  t.true(seen.every(({ done }, i) => i === 0 || done >= seen[i - 1]!.done));
});

test('pictures are decoded while the model works, two batches ahead and no further', async (t) => {
  const { folder, catalog, embedder } = await workshop(t);
  await write(folder, await pictures(100));
  const source = await openSource(folder);
  let pulled = 0;
  async function* entries() {
    for await (const entry of source.entries()) {
      pulled++;
      yield entry;
    }
  }
  const ahead: number[] = [];
  embedder.onBatch = async () => {
    await sleep(50);
    ahead.push(pulled - embedder.embedded);
  };
  await indexItems({ ...source, entries }, { store: catalog, embedder, batchSize: 4, concurrency: 3 });
  // 4 that are embedded, 4 in the next batch, 8 + 3 in the window, and one that waits for room.
  t.true(Math.max(...ahead) > 8 && Math.max(...ahead) <= 20, String(ahead));
});
