// What every VectorIndex must do. exact.test.ts and hnsw.test.ts run it.
import type { TestFn } from 'ava';
import { dot, scale } from '../../src/core/vector.ts';
import type { VectorIndex } from '../../src/search/vector-index.ts';
import { unitVector } from './support.ts';

const dimension = 16;

export function vectorIndexContract(test: TestFn, make: (dimension: number) => VectorIndex): void {
  const filled = (count: number) => {
    const index = make(dimension);
    for (let label = 0; label < count; label++) index.add(label, unitVector(label, dimension));
    return index;
  };
  const labelsOf = (index: VectorIndex, vector: Float32Array, k: number) =>
    index.search(vector, k).map(({ label }) => label);

  test('an empty index finds nothing', (t) => {
    const index = make(dimension);
    t.is(index.size, 0);
    t.is(index.dimension, dimension);
    t.deepEqual(index.search(unitVector(1, dimension), 5), []);
  });

  test('a vector is its own nearest neighbour, with cosine 1', (t) => {
    const index = filled(100);
    for (let label = 0; label < 100; label++) {
      const [first] = index.search(unitVector(label, dimension), 3);
      t.is(first!.label, label);
      t.true(Math.abs(first!.score - 1) < 1e-5);
    }
  });

  test('scores are cosines, best first', (t) => {
    const query = unitVector(1000, dimension);
    const found = filled(100).search(query, 100, { ef: 200 });
    t.is(found.length, 100);
    for (const [i, { label, score }] of found.entries()) {
      t.true(Math.abs(score - dot(query, unitVector(label, dimension))) < 1e-5);
      if (i > 0) t.true(score <= found[i - 1]!.score);
    }
  });

  test('only the direction of a vector counts', (t) => {
    const index = filled(20);
    const query = unitVector(7, dimension);
    t.deepEqual(labelsOf(index, scale(query, 250), 10), labelsOf(index, query, 10));
    index.add(500, scale(unitVector(600, dimension), 40));
    const [first] = index.search(unitVector(600, dimension), 1);
    t.is(first!.label, 500);
    t.true(Math.abs(first!.score - 1) < 1e-5);
  });

  test('a zero vector has cosine 0 with everything', (t) => {
    const index = filled(5);
    index.add(9, new Float32Array(dimension));
    const found = index.search(unitVector(1, dimension), 6);
    t.is(found.find(({ label }) => label === 9)!.score, 0);
    t.true(index.search(new Float32Array(dimension), 6).every(({ score }) => Math.abs(score) < 1e-6));
  });

  test('equal scores are ordered by label', (t) => {
    const index = make(dimension);
    for (const label of [5, 3, 8, 1]) index.add(label, unitVector(1, dimension));
    t.deepEqual(labelsOf(index, unitVector(1, dimension), 4), [1, 3, 5, 8]);
  });

  test('a removed label is not found, and its room goes to others', (t) => {
    const index = filled(60);
    for (let label = 0; label < 60; label += 2) t.true(index.remove(label));
    t.is(index.size, 30);
    const found = labelsOf(index, unitVector(0, dimension), 60);
    t.is(found.length, 30);
    t.true(found.every((label) => label % 2 === 1));
  });

  test('removing twice, or what was never there, returns false', (t) => {
    const index = filled(3);
    t.true(index.remove(1));
    t.false(index.remove(1));
    t.false(index.remove(77));
    t.deepEqual(
      [0, 1, 2, 77].map((label) => index.has(label)),
      [true, false, true, false],
    );
    t.is(index.size, 2);
  });

  test('everything may be removed, and the index filled again', (t) => {
    const index = filled(10);
    for (let label = 0; label < 10; label++) index.remove(label);
    t.is(index.size, 0);
    t.deepEqual(index.search(unitVector(1, dimension), 3), []);
    index.add(11, unitVector(11, dimension));
    t.deepEqual(labelsOf(index, unitVector(1, dimension), 3), [11]);
  });

  test('a removed label may be used for another vector', (t) => {
    const index = filled(30);
    index.remove(4);
    index.add(4, unitVector(900, dimension));
    t.is(index.size, 30);
    t.is(labelsOf(index, unitVector(900, dimension), 1)[0], 4);
    t.not(index.search(unitVector(4, dimension), 1)[0]!.label, 4);
  });

  test('it grows far over its first capacity', (t) => {
    const index = filled(1000);
    t.is(index.size, 1000);
    for (const label of [0, 63, 64, 127, 128, 999]) {
      t.is(labelsOf(index, unitVector(label, dimension), 1)[0], label);
    }
  });

  test('a filter decides what can be found, and the page is still full', (t) => {
    const index = filled(500);
    const found = index.search(unitVector(3, dimension), 10, { filter: (label) => label % 10 === 0 });
    t.is(found.length, 10);
    t.true(found.every(({ label }) => label % 10 === 0));
    t.deepEqual(index.search(unitVector(3, dimension), 10, { filter: () => false }), []);
  });

  test('the largest label is kept as it is', (t) => {
    const index = filled(3);
    index.add(0xffff_ffff, unitVector(50, dimension));
    t.is(labelsOf(index, unitVector(50, dimension), 1)[0], 0xffff_ffff);
  });

  test('the caller may reuse the array it added', (t) => {
    const index = make(dimension);
    const vector = unitVector(1, dimension);
    index.add(1, vector);
    vector.fill(0);
    t.true(Math.abs(index.search(unitVector(1, dimension), 1)[0]!.score - 1) < 1e-5);
  });

  test('unusable arguments are refused', (t) => {
    const index = filled(3);
    const vector = unitVector(1, dimension);
    const range = { instanceOf: RangeError };
    t.throws(() => index.add(1, vector), { ...range, message: /label 1 is in use/ });
    t.throws(() => index.add(-1, vector), range);
    t.throws(() => index.add(1.5, vector), range);
    t.throws(() => index.add(2 ** 32, vector), range);
    t.throws(() => index.add(9, vector.subarray(1)), { ...range, message: /16 values, received 15/ });
    t.throws(
      () =>
        index.add(
          9,
          vector.map((value, i) => (i === 3 ? Number.NaN : value)),
        ),
      range,
    );
    t.throws(() => index.search(vector.subarray(1), 1), range);
    t.throws(() => index.search(vector, 0), range);
    t.throws(() => index.search(vector, 2.5), range);
    t.is(index.size, 3);
  });
}
