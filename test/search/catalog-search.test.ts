import test from 'ava';
import fc from 'fast-check';
import type { NewItem } from '../../src/core/item.ts';
import { seededRandom } from '../../src/core/random.ts';
import { dot } from '../../src/core/vector.ts';
import type { Catalog, SearchResult } from '../../src/search/catalog.ts';
import {
  clusteredVectors,
  newItem,
  newItems,
  openSmall,
  smallIndex,
  space,
  temporaryPath,
  unitVector,
} from './support.ts';

const page = ({ hits }: SearchResult) => hits.map(({ item, score }) => [item.id, score] as const);
const ids = ({ hits }: SearchResult) => hits.map(({ item }) => item.id);

/** What search should return, from the items themselves. */
function expectedPage(items: Iterable<NewItem>, query: Float32Array, k: number): [string, number][] {
  return [...items]
    .map(({ id, embedding }): [string, number] => [id, dot(embedding, query)])
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, k);
}

function samePage(
  found: readonly (readonly [string, number])[],
  expected: readonly (readonly [string, number])[],
) {
  return (
    found.length === expected.length &&
    found.every(([id, score], i) => id === expected[i]![0] && Math.abs(score - expected[i]![1]) < 1e-6)
  );
}

test('a small catalogue is searched exactly, a large one through the index, and the result says which', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 50));
  const small = await catalog.search(unitVector(7));
  t.is(small.method, 'exact');
  t.true(small.elapsedMs >= 0);
  t.true(samePage(page(small), expectedPage(newItems(0, 50), unitVector(7), 10)));
  catalog.put(newItems(50, 300));
  const unbuilt = await catalog.search(unitVector(7));
  t.is(unbuilt.method, 'exact');
  await catalog.saveIndex();
  const large = await catalog.search(unitVector(7));
  t.is(large.method, 'hnsw');
  for (const found of [unbuilt, large])
    t.true(samePage(page(found), expectedPage(newItems(0, 300), unitVector(7), 10)));
  t.is((await catalog.search(unitVector(7), { exact: true })).method, 'exact');
});

test('through the index or past it, the page is the same to the last digit', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const vectors = clusteredVectors(1500, space.dimension, 3);
  catalog.put(vectors.map((embedding, i) => newItem(`i${i}`, i, { embedding })));
  await catalog.saveIndex();
  for (let seed = 0; seed < 40; seed++) {
    const query = seed % 2 ? vectors[seed * 20]! : unitVector(seed);
    const index = await catalog.search(query, { ef: 400 });
    const exact = await catalog.search(query, { exact: true });
    t.is(index.method, 'hnsw');
    t.deepEqual(page(index), page(exact));
  }
});

test('an item is found as its picture is now, not as it was', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 200));
  await catalog.search(unitVector(1));
  catalog.put([newItem('i5', 5000)]);
  const after = await catalog.search(unitVector(5000), { k: 1 });
  t.deepEqual(ids(after), ['i5']);
  t.true(after.hits[0]!.score > 0.999999);
  t.false(ids(await catalog.search(unitVector(5), { k: 1 })).includes('i5'));
});

test('new metadata for the same embedding shows in the hits and leaves the index as it is', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 200));
  await catalog.search(unitVector(1));
  catalog.put(newItems(0, 200).map((item) => ({ ...item, metadata: { price: 5 } })));
  const [first] = (await catalog.search(unitVector(7), { k: 1 })).hits;
  t.deepEqual(first!.item.metadata, { price: 5 });
  t.is(catalog.info().index.size, 200);
  t.is(catalog.info().index.seq, catalog.info().seq);
});

test('deleted and excluded items never make the page short', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 400));
  await catalog.search(unitVector(1));
  const query = unitVector(9999);
  const order = expectedPage(newItems(0, 400), query, 400).map(([id]) => id);
  catalog.delete(order.slice(0, 150));
  const found = await catalog.search(query, { k: 20, exclude: [...order.slice(150, 200), 'nobody'] });
  t.deepEqual(ids(found), order.slice(200, 220));
  t.is((await catalog.search(query, { k: 1000 })).hits.length, 250);
  t.is((await catalog.search(query, { k: 1000, exclude: order.slice(150) })).hits.length, 0);
});

test('an empty catalogue, and one emptied, give no hits', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  t.deepEqual((await catalog.search(unitVector(1))).hits, []);
  catalog.put(newItems(0, 100));
  t.is((await catalog.search(unitVector(1))).hits.length, 10);
  catalog.delete(newItems(0, 100).map(({ id }) => id));
  t.deepEqual((await catalog.search(unitVector(1))).hits, []);
  t.deepEqual((await catalog.search(unitVector(1), { exact: true })).hits, []);
  catalog.put([newItem('a', 1)]);
  t.deepEqual(ids(await catalog.search(unitVector(1))), ['a']);
});

test('equal scores are ordered by id, also where the page ends among them', async (t) => {
  for (const count of [40, 400]) {
    const catalog = openSmall(t, temporaryPath(t));
    const same = unitVector(1);
    const twins = Array.from({ length: count }, (_, i) =>
      newItem(`twin-${String((i * 7919) % count).padStart(3, '0')}`, i, { embedding: same }),
    );
    catalog.put([...twins, ...newItems(1000, 1200)]);
    const first = twins
      .map(({ id }) => id)
      .sort()
      .slice(0, 10);
    t.deepEqual(ids(await catalog.search(same)), first);
    t.deepEqual(ids(await catalog.search(same, { exact: true })), first);
  }
});

test('a query of zeros has cosine 0 with all, and so the first ids', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(100, 400));
  const found = await catalog.search(new Float32Array(space.dimension), { k: 3 });
  t.deepEqual(page(found), [
    ['i100', 0],
    ['i101', 0],
    ['i102', 0],
  ]);
});

test('the length of the query does not matter, and scores do not leave [-1, 1]', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 100));
  const found = await catalog.search(unitVector(3).map((value) => value * 1000));
  t.is(found.hits[0]!.item.id, 'i3');
  t.true(found.hits.every(({ score }) => score <= 1 && score >= -1));
  t.true(found.hits[0]!.score > 1 - 1e-6);
});

test('an unusable query or k is refused', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const range = { instanceOf: RangeError };
  await t.throwsAsync(catalog.search(unitVector(1, 8)), { ...range, message: /16 values, received 8/ });
  await t.throwsAsync(catalog.search(unitVector(1).fill(Number.NaN)), range);
  await t.throwsAsync(catalog.search(unitVector(1), { k: 0 }), range);
});

test('searches at the same time, while the index is built and rows change, are all right', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 1000));
  const searches = Array.from({ length: 20 }, (_, seed) => catalog.search(unitVector(seed), { k: 1 }));
  catalog.put(newItems(1000, 1100));
  searches.push(catalog.search(unitVector(1050), { k: 1 }));
  const saving = catalog.saveIndex();
  const found = (await Promise.all(searches)).flatMap(ids);
  t.deepEqual(found, [...Array.from({ length: 20 }, (_, i) => `i${i}`), 'i1050']);
  await saving;
});

test('an index with more removed than living vectors is built anew', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 1300));
  await catalog.saveIndex();
  await catalog.search(unitVector(1));
  catalog.delete(newItems(0, 1200).map(({ id }) => id));
  for (let seed = 1200; seed < 1300; seed++) {
    t.deepEqual(ids(await catalog.search(unitVector(seed), { k: 1 })), [`i${seed}`]);
  }
  await catalog.saveIndex();
  t.like(catalog.info().index, { size: 100, tail: 0 });
  t.true(catalog.info().bytes.index < 50_000);
});

test('building can be stopped, and goes on where it was', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 1000));
  const controller = new AbortController();
  const seen: number[] = [];
  const onProgress = ({ done }: { done: number }) => {
    seen.push(done);
    if (done >= 300) controller.abort();
  };
  await t.throwsAsync(catalog.saveIndex({ signal: controller.signal, onProgress }), { code: 'ABORTED' });
  t.true(catalog.info().bytes.index > 0);
  t.is((await catalog.search(unitVector(999), { k: 1 })).hits[0]!.item.id, 'i999');
  const { size, tail } = catalog.info().index;
  t.is(size, 1000);
  t.true(tail > 500 && tail < 1000);
  const again: number[] = [];
  await catalog.saveIndex({ onProgress: ({ done }) => again.push(done) });
  t.true(again[0]! > 128);
  t.like(catalog.info().index, { size: 1000, tail: 0 });
});

/** A shadow of the catalogue in memory, changed alike. */
class Shadow {
  readonly items = new Map<string, NewItem>();

  put(catalog: Catalog, items: readonly NewItem[]): void {
    catalog.put(items);
    for (const item of items) this.items.set(item.id, item);
  }

  delete(catalog: Catalog, gone: readonly string[]): void {
    catalog.delete(gone);
    for (const id of gone) this.items.delete(id);
  }
}

test('thousands of additions, replacements and deletions in random order agree with exact search', async (t) => {
  const path = temporaryPath(t);
  const random = seededRandom(5);
  const shadow = new Shadow();
  let catalog = openSmall(t, path);
  for (let step = 0; step < 400; step++) {
    const some = Array.from({ length: 10 }, () => `i${Math.floor(random() * 1500)}`);
    if (random() < 0.3) shadow.delete(catalog, some);
    else
      shadow.put(
        catalog,
        [...new Set(some)].map((id, i) => newItem(id, step * 10 + i)),
      );
    if (step % 20 === 7) await catalog.search(unitVector(step));
    if (step % 50 === 9) await catalog.saveIndex();
    if (step % 80 === 11) {
      catalog.close();
      catalog = openSmall(t, path);
    }
  }
  await catalog.saveIndex();
  t.is(catalog.count(), shadow.items.size);
  let common = 0;
  for (let seed = 0; seed < 100; seed++) {
    const query = unitVector(100_000 + seed);
    const expected = expectedPage(shadow.items.values(), query, 10);
    t.true(samePage(page(await catalog.search(query, { exact: true })), expected));
    const found = await catalog.search(query);
    t.is(found.method, 'hnsw');
    t.is(found.hits.length, 10);
    common += ids(found).filter((id) => expected.some(([other]) => other === id)).length;
  }
  t.log(`recall at 10: ${common / 1000}`);
  t.true(common / 1000 >= 0.97);
  for (const [id, { embedding }] of shadow.items) {
    t.is((await catalog.search(embedding, { k: 1 })).hits[0]!.item.id, id);
  }
});

test('any short history gives what the same history in memory gives, at every step', async (t) => {
  const change = fc.record({
    remove: fc.boolean(),
    ids: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 8 }),
    seed: fc.integer({ min: 0, max: 20 }),
    search: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 15 }), async (changes) => {
      const catalog = openSmall(t, temporaryPath(t), {
        create: true,
        index: { ...smallIndex, exactUpTo: 4 },
      });
      const shadow = new Shadow();
      for (const { remove, ids: numbers, seed, search } of changes) {
        const names = numbers.map((number) => `i${number}`);
        if (remove) shadow.delete(catalog, names);
        else
          shadow.put(
            catalog,
            names.map((id, i) => newItem(id, seed + (i % 3))),
          );
        if (!search) continue;
        if (seed % 2) await catalog.saveIndex();
        const found = await catalog.search(unitVector(seed), { k: 5, ef: 100 });
        t.true(samePage(page(found), expectedPage(shadow.items.values(), unitVector(seed), 5)));
      }
      catalog.close();
    }),
    { numRuns: 40 },
  );
});
