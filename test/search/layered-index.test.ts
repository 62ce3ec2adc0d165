import test from 'ava';
import { ExactIndex } from '../../src/search/exact.ts';
import { HnswIndex } from '../../src/search/hnsw.ts';
import { LayeredIndex } from '../../src/search/layered-index.ts';
import { unitVector } from './support.ts';
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
