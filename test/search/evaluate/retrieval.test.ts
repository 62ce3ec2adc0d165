import test from 'ava';
import fc from 'fast-check';
import { dot, normalize } from '../../../src/core/vector.ts';
import type { LabelledItem } from '../../../src/search/evaluate/labels.ts';
import { evaluateRetrieval } from '../../../src/search/evaluate/retrieval.ts';
import { wilson } from '../../../src/search/evaluate/shares.ts';

const item = (id: string, label: string, embedding: number[], group?: string): LabelledItem => ({
  id,
  label,
  group,
  embedding: normalize(Float32Array.from(embedding)),
});

test('recall, mAP and confusions of a catalogue small enough to work out by hand', async (t) => {
  const result = await evaluateRetrieval([
    item('a1', 'a', [1, 0, 0]),
    item('a2', 'a', [0.9, 0.1, 0]), // nearest: a1
    item('b1', 'b', [0.8, 0.3, 0]), // nearest: a2; b2 comes last
    item('b2', 'b', [0, 0, 1]), // all others are at a right angle but for ties
    item('c', 'c', [0, 1, 0]), // alone
  ]);
  t.is(result.queries, 4);
  t.is(result.leftOut, 1);
  t.is(result.recall[1].value, 2 / 4);
  t.is(result.recall[5].value, 1);
  const b = result.classes.find(({ label }) => label === 'b')!;
  t.is(b.recallAt1.value, 0);
  t.is(b.mistakenFor!.label, 'a');
  const [first] = result.confusions;
  t.like(first, { label: 'b', takenFor: 'a', queries: 2 });
  t.deepEqual(
    first!.examples.map(({ query, hit }) => [query, hit]),
    [
      ['b1', 'a2'],
      ['b2', 'a1'],
    ],
  );
});

test('items of one group are not found for each other', async (t) => {
  const items = [
    item('p1', 'shoe', [1, 0], 'p'),
    item('p2', 'shoe', [1, 0.01], 'p'),
    item('q', 'shoe', [0, 1], 'q'),
  ];
  const result = await evaluateRetrieval([
    ...items,
    item('r', 'hat', [1, 0.02], 'r'),
    item('s', 'hat', [0.01, 1], 's'),
  ]);
  // With p2 out of the way the hat r is nearest to p1, and to p2.
  t.is(result.recall[1].value, 0);
});

test('recall and mAP agree with a naive computation', async (t) => {
  const value = fc.double({ min: -1, max: 1, noNaN: true });
  const row = fc.record({ label: fc.constantFrom('x', 'y', 'z'), at: fc.tuple(value, value, value) });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 14 }), async (rows) => {
      const items = rows.map(({ label, at }, i) =>
        item(String(i), label, [...at.slice(0, 2), at[2] + 3 + i * 0.01]),
      );
      const result = await evaluateRetrieval(items);
      const naive = items.flatMap((query, i) => {
        const others = items.filter((_, j) => j !== i);
        const relevant = others.filter(({ label }) => label === query.label).length;
        if (relevant === 0) return [];
        const ranked = others.toSorted(
          (a, b) => dot(b.embedding, query.embedding) - dot(a.embedding, query.embedding),
        );
        const right = ranked.map(({ label }) => Number(label === query.label));
        const precisionAt = (k: number) =>
          right
            .slice(0, k)
            .map((hit, i) => (hit * right.slice(0, i + 1).reduce((a, b) => a + b, 0)) / (i + 1))
            .reduce((a, b) => a + b, 0) / Math.min(k, relevant);
        return [
          {
            first: right[0]!,
            five: Math.max(...right.slice(0, 5)),
            at10: precisionAt(10),
            atR: precisionAt(relevant),
          },
        ];
      });
      const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);
      t.is(result.queries, naive.length);
      if (naive.length === 0) return;
      const close = (value: number, expected: number[]) => t.true(Math.abs(value - mean(expected)) < 1e-9);
      close(
        result.recall[1].value,
        naive.map(({ first }) => first),
      );
      close(
        result.recall[5].value,
        naive.map(({ five }) => five),
      );
      close(
        result.mapAt10.mean,
        naive.map(({ at10 }) => at10),
      );
      close(
        result.mapAtR.mean,
        naive.map(({ atR }) => atR),
      );
      t.true(result.mapAtR.low <= result.mapAtR.mean && result.mapAtR.mean <= result.mapAtR.high);
    }),
    { numRuns: 60 },
  );
});

test('queries that are not in the catalogue are compared with all of it, whatever their ids', async (t) => {
  const items = [item('1', 'a', [1, 0]), item('2', 'b', [0, 1])];
  const queries = [item('1', 'a', [1, 0.1]), item('1', 'b', [0.9, 0.1]), item('x', 'c', [1, 0])];
  const result = await evaluateRetrieval(items, { queries });
  t.like(result, { queries: 2, leftOut: 1 });
  t.is(result.recall[1].value, 1 / 2);
  t.is(result.recall[5].value, 1);
});

test('the interval of a share is Wilson’s', (t) => {
  const { low, high } = wilson(8, 10);
  t.true(Math.abs(low - 0.4902) < 1e-4 && Math.abs(high - 0.9433) < 1e-4);
});
