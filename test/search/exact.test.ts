import test from 'ava';
import fc from 'fast-check';
import { normalize } from '../../src/core/vector.ts';
import { ExactIndex } from '../../src/search/exact.ts';
import { TopK } from '../../src/search/top-k.ts';
import { byScore } from '../../src/search/vector-index.ts';
import { vectorIndexContract } from './vector-index.contract.ts';

vectorIndexContract(test, (dimension) => new ExactIndex(dimension));

test('any sequence of adding and removing leaves what a plain map holds', (t) => {
  const step = fc.record({
    label: fc.integer({ min: 0, max: 30 }),
    remove: fc.boolean(),
    vector: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 5, maxLength: 5 }),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      step,
      fc.integer({ min: 1, max: 40 }),
      (steps, query, k) => {
        const index = new ExactIndex(5);
        const plain = new Map<number, Float32Array>();
        for (const { label, remove, vector } of steps) {
          if (remove) t.is(index.remove(label), plain.delete(label));
          else if (!plain.has(label)) {
            index.add(label, Float32Array.from(vector));
            plain.set(label, normalize(Float32Array.from(vector)));
          }
        }
        const unit = normalize(Float32Array.from(query.vector));
        const expected = [...plain].map(([label, vector]) => ({
          label,
          score: unit.reduce((sum, value, i) => sum + value * vector[i]!, 0),
        }));
        const found = index.search(Float32Array.from(query.vector), k);
        // Sums in another order round otherwise: compare scores, and the labels' own scores.
        const scores = expected.sort(byScore).slice(0, k);
        t.is(found.length, scores.length);
        for (const [i, { label, score }] of found.entries()) {
          t.true(Math.abs(score - scores[i]!.score) < 1e-9);
          t.true(Math.abs(score - expected.find((one) => one.label === label)!.score) < 1e-9);
        }
      },
    ),
  );
});

test('TopK keeps what sorting keeps', (t) => {
  const offers = fc.array(fc.integer({ min: -5, max: 5 }), { maxLength: 60 });
  fc.assert(
    fc.property(offers, fc.integer({ min: 1, max: 20 }), (scores, k) => {
      const best = new TopK(k);
      for (const [label, score] of scores.entries()) best.offer(label, score);
      const all = scores.map((score, label) => ({ label, score }));
      t.deepEqual(best.sorted(), all.sort(byScore).slice(0, k));
      t.is(best.floor, scores.length < k ? -Infinity : all[k - 1]!.score);
    }),
  );
});
