import test from 'ava';
import fc from 'fast-check';
import type { NewItem } from '../../src/core/item.ts';
import { dot } from '../../src/core/vector.ts';
import { diverse, poolSize, type Scored } from '../../src/search/shaping.ts';
import {
  clusteredVectors,
  newItem,
  newItems,
  openSmall,
  space,
  temporaryPath,
  unitVector,
} from './support.ts';

/** What search should return, from the items themselves: sorted, thinned, cut. */
function expectedIds(
  items: readonly NewItem[],
  query: Float32Array,
  options: { k: number; offset?: number; minScore?: number; byProduct?: boolean },
): string[] {
  const { k, offset = 0, minScore = -1, byProduct = false } = options;
  const seen = new Set<string>();
  return items
    .map((item) => ({ item, score: dot(item.embedding, query) }))
    .filter(({ score }) => score >= minScore)
    .sort((a, b) => b.score - a.score || (a.item.id < b.item.id ? -1 : 1))
    .filter(({ item: { productId } }) => {
      if (!byProduct || productId === null) return true;
      const first = !seen.has(productId);
      seen.add(productId);
      return first;
    })
    .slice(offset, offset + k)
    .map(({ item }) => item.id);
}

test('groups, thresholds and offsets are those of the whole order, through the index and past it', async (t) => {
  const vectors = clusteredVectors(600, space.dimension, 9);
  const items = vectors.map((embedding, i) =>
    newItem(`i${i}`, i, { embedding, productId: i % 7 === 0 ? null : `p${i % 40}` }),
  );
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(items);
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        seed: fc.nat(1000),
        k: fc.integer({ min: 1, max: 60 }),
        offset: fc.constantFrom(0, 1, 30, 200),
        minScore: fc.constantFrom(-1, 0.1, 0.4, 0.9),
        byProduct: fc.boolean(),
        exact: fc.boolean(),
      }),
      async ({ seed, exact, byProduct, ...page }) => {
        const query = seed % 2 ? vectors[seed % 600]! : unitVector(seed);
        const groupBy = byProduct ? ('product' as const) : undefined;
        const { hits } = await catalog.search(query, { ...page, groupBy, exact, ef: 400 });
        t.deepEqual(
          hits.map(({ item }) => item.id),
          expectedIds(items, query, { ...page, byProduct }),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('one product that fills the neighbourhood does not hide the others', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const query = unitVector(1);
  const copies = Array.from({ length: 700 }, (_, i) =>
    newItem(`c${i}`, i, { embedding: query, productId: 'one' }),
  );
  catalog.put([...copies, ...newItems(1000, 1100)]);
  const { hits } = await catalog.search(query, { groupBy: 'product', k: 4 });
  t.is(hits.length, 4);
  t.is(hits[0]!.item.id, 'c0');
  t.true(hits.slice(1).every(({ item }) => item.productId === null));
});

const scored = fc.uniqueArray(fc.nat(5000), { maxLength: 25 }).map((seeds) =>
  seeds
    .map((seed): Scored => {
      const embedding = unitVector(seed, 4);
      const score = dot(embedding, unitVector(7, 4));
      return { label: seed, id: `i${seed}`, productId: null, embedding, score };
    })
    .sort((a, b) => b.score - a.score),
);

test('diversity 0 changes nothing, and whatever is chosen is a choice of the hits, the best first', (t) => {
  fc.assert(
    fc.property(scored, fc.nat(30), fc.double({ min: 0, max: 1, noNaN: true }), (hits, count, diversity) => {
      t.deepEqual(diverse(hits, count, 0), hits.slice(0, count));
      const chosen = diverse(hits, count, diversity);
      t.is(new Set(chosen).size, Math.min(count, hits.length));
      t.true(chosen.every((hit) => hits.includes(hit)));
      if (diversity < 1 && chosen.length > 0) t.is(chosen[0], hits[0]);
      // A longer page begins with the shorter one.
      t.deepEqual(diverse(hits, count + 5, diversity).slice(0, count), chosen);
    }),
  );
});

test('each hit is the one with the largest λ · score - (1 - λ) · largest cosine to those before', (t) => {
  fc.assert(
    fc.property(scored, fc.double({ min: 0, max: 1, noNaN: true }), (hits, diversity) => {
      const chosen = diverse(hits, 6, diversity);
      for (const [i, hit] of chosen.entries()) {
        const before = chosen.slice(0, i);
        const value = ({ embedding, score }: Scored) =>
          (1 - diversity) * score -
          diversity *
            (before.length === 0 ? 0 : Math.max(...before.map((other) => dot(other.embedding, embedding))));
        const best = Math.max(...hits.filter((other) => !before.includes(other)).map(value));
        t.true(Math.abs(value(hit) - best) < 1e-9);
      }
    }),
  );
});

test('diversity brings in other clusters, and pages fit together', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const query = unitVector(1);
  const near = (i: number) => {
    const vector = query.map((value, at) => value + (at === i % 16 ? 0.01 : 0));
    return vector.map((value) => value / Math.sqrt(dot(vector, vector)));
  };
  catalog.put([
    ...Array.from({ length: 16 }, (_, i) => newItem(`twin${i}`, i, { embedding: near(i) })),
    ...newItems(0, 300),
  ]);
  const ids = async (options: object) =>
    (await catalog.search(query, options)).hits.map(({ item }) => item.id);
  t.true((await ids({ k: 10 })).filter((id) => id.startsWith('twin')).length >= 9);
  const varied = await ids({ k: 10, diversity: 0.7 });
  t.true(varied.filter((id) => id.startsWith('twin')).length <= 3);
  t.deepEqual(
    [...(await ids({ k: 5, diversity: 0.7 })), ...(await ids({ k: 5, offset: 5, diversity: 0.7 }))],
    varied,
  );
});

test('pools grow with the page, in steps', (t) => {
  t.deepEqual([1, 50, 51, 100, 101].map(poolSize), [100, 100, 200, 200, 400]);
});

test('unusable options are refused', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  for (const options of [
    { offset: -1 },
    { offset: 1.5 },
    { minScore: Number.NaN },
    { diversity: 2 },
    { diversity: -0.1 },
  ]) {
    await t.throwsAsync(catalog.search(unitVector(1), options), { instanceOf: RangeError });
  }
  await t.throwsAsync(catalog.search(unitVector(1), { filter: { a: [] } }), { code: 'FILTER_INVALID' });
});
