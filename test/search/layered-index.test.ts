import test from 'ava';
import { ExactIndex } from '../../src/search/exact.ts';
import { HnswIndex } from '../../src/search/hnsw.ts';
import { LayeredIndex } from '../../src/search/layered-index.ts';
import { clusteredVectors, unitVector } from './support.ts';
import { vectorIndexContract } from './vector-index.contract.ts';

vectorIndexContract(test, (dimension) => new LayeredIndex(dimension));

test('what is in the graph and what is beside it are one: found, counted, removed and filtered alike', (t) => {
  const graph = new HnswIndex(16);
  const exact = new ExactIndex(16);
  for (let label = 0; label < 300; label++) {
    exact.add(label, unitVector(label));
    if (label < 200) graph.add(label, unitVector(label));
  }
  const index = new LayeredIndex(16, graph);
  for (let label = 200; label < 300; label++) index.add(label, unitVector(label));
  t.is(index.method, 'hnsw');
  t.throws(() => index.add(7, unitVector(7)), { message: /label 7 is in use/ });
  for (const label of [3, 199, 200, 299]) {
    for (const one of [index, exact]) t.true(one.remove(label));
    t.false(index.has(label));
    t.false(index.remove(label));
  }
  t.like(index, { size: 296, tail: 98, removed: 2 });
  for (let seed = 1000; seed < 1050; seed++) {
    for (const filter of [undefined, (label: number) => label % 3 === 0, (label: number) => label >= 200]) {
      const [found, expected] = [index, exact].map((one) =>
        one.search(unitVector(seed), 10, { ef: 300, filter }).map(({ label }) => label),
      );
      t.deepEqual(found, expected);
    }
  }
});

test('a search keeps as many candidates as the index was told, unless it says otherwise itself', (t) => {
  const vectors = clusteredVectors(1500, 16, 5);
  const graph = new HnswIndex(16, { m: 3, efConstruction: 5 });
  for (const [label, vector] of vectors.entries()) graph.add(label, vector);
  const index = new LayeredIndex(16, graph, 600);
  const queries = clusteredVectors(60, 16, 6);
  const all = (ef?: number) => queries.map((query) => index.search(query, 5, { ef }));
  t.deepEqual(all(), all(600));
  t.notDeepEqual(all(), all(5));
});
