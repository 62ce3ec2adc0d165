import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { ExactIndex } from '../../src/search/exact.ts';
import { HnswIndex } from '../../src/search/hnsw.ts';
import { verifyHnswFile } from '../../src/search/hnsw-file.ts';
import { clusteredVectors, temporaryFolder, unitVector } from './support.ts';
import { vectorIndexContract } from './vector-index.contract.ts';

vectorIndexContract(test, (dimension) => new HnswIndex(dimension));

/** Share of the exact top k that the approximate index finds. */
function recall(found: HnswIndex, exact: ExactIndex, queries: readonly Float32Array[], k: number): number {
  let common = 0;
  for (const query of queries) {
    const truth = new Set(exact.search(query, k).map(({ label }) => label));
    common += found.search(query, k).filter(({ label }) => truth.has(label)).length;
  }
  return common / (queries.length * k);
}

test('recall at 10 against exact search is at least 0.95, also after a third was removed and replaced', (t) => {
  const dimension = 48;
  const vectors = clusteredVectors(4000, dimension, 1);
  const queries = clusteredVectors(100, dimension, 2).concat(vectors.slice(0, 100));
  const [hnsw, exact] = [new HnswIndex(dimension), new ExactIndex(dimension)];
  for (const [label, vector] of vectors.slice(0, 3000).entries()) {
    hnsw.add(label, vector);
    exact.add(label, vector);
  }
  const before = recall(hnsw, exact, queries, 10);
  for (let label = 0; label < 3000; label += 3) {
    hnsw.remove(label);
    exact.remove(label);
  }
  for (const [i, vector] of vectors.slice(3000).entries()) {
    hnsw.add(3000 + i, vector);
    exact.add(3000 + i, vector);
  }
  const after = recall(hnsw, exact, queries, 10);
  t.log({ before, after });
  t.true(before >= 0.95);
  t.true(after >= 0.95);
});

test('a saved index is the same when it is loaded, removed labels and room to grow included', async (t) => {
  const path = join(temporaryFolder(t), 'index');
  const index = new HnswIndex(16);
  for (let label = 0; label < 200; label++) index.add(label, unitVector(label));
  for (let label = 0; label < 40; label++) index.remove(label);
  index.save(path);
  const loaded = await HnswIndex.load(path, 16, index.size);
  t.is(loaded.size, 160);
  t.is(loaded.removed, 40);
  for (let seed = 0; seed < 50; seed++) {
    t.deepEqual(loaded.search(unitVector(seed), 10), index.search(unitVector(seed), 10));
  }
  for (let label = 200; label < 700; label++) loaded.add(label, unitVector(label));
  t.is(loaded.search(unitVector(699), 1)[0]!.label, 699);
});

test('an empty index can be saved, loaded and filled', async (t) => {
  const path = join(temporaryFolder(t), 'index');
  new HnswIndex(16).save(path);
  const loaded = await HnswIndex.load(path, 16, 0);
  loaded.add(3, unitVector(3));
  t.is(loaded.search(unitVector(3), 1)[0]!.label, 3);
});

test('a file of another dimension, or with too few vectors, is refused', async (t) => {
  const path = join(temporaryFolder(t), 'index');
  const index = new HnswIndex(16);
  index.add(1, unitVector(1));
  index.save(path);
  await t.throwsAsync(HnswIndex.load(path, 32, 1), { message: /32 values .* found 16/ });
  await t.throwsAsync(HnswIndex.load(path, 16, 2), { message: /2 vectors .* found 1/ });
  await t.throwsAsync(HnswIndex.load(`${path}-none`, 16, 1), { code: 'ENOENT' });
});

test('a file that is cut anywhere, or longer than it says, is not whole', (t) => {
  const path = join(temporaryFolder(t), 'index');
  const index = new HnswIndex(16);
  for (let label = 0; label < 300; label++) index.add(label, unitVector(label));
  index.save(path);
  const { size } = statSync(path);
  t.notThrows(() => verifyHnswFile(path, 300));
  for (const length of [0, 50, 96, 97, 10_000, size - 1000, size - 4, size - 1]) {
    copyFileSync(path, `${path}-cut`);
    truncateSync(`${path}-cut`, length);
    t.throws(() => verifyHnswFile(`${path}-cut`, 300), undefined, `cut to ${length} of ${size}`);
  }
  writeFileSync(`${path}-long`, Buffer.concat([readFileSync(path), Buffer.alloc(1)]));
  t.throws(() => verifyHnswFile(`${path}-long`, 300));
});

test('saving where nothing can be written is an error', (t) => {
  const index = new HnswIndex(16);
  index.add(1, unitVector(1));
  t.throws(() => index.save(join(temporaryFolder(t), 'no', 'such', 'folder')));
});
