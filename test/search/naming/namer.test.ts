import test from 'ava';
import fc from 'fast-check';
import { signedRoots } from '../../../src/core/vector.ts';
import { scoresOf } from '../../../src/search/naming/discriminant.ts';
import { type Namer, pooled, probabilitiesOf, reasonsFor } from '../../../src/search/naming/namer.ts';
import { unitVector } from '../support.ts';

const namer: Namer = {
  names: ['hat', 'shoe', 'sock'],
  trust: { scores: 0.5, vote: 0.75 },
  discriminant: {
    weights: Float32Array.from({ length: 3 * 16 }, (_, i) => 3 * Math.sin(i)),
    biases: Float32Array.of(0.1, -0.2, 0.3),
  },
};

test('probabilities are a distribution that follows scores and votes as far as they are trusted', (t) => {
  const number = fc.double({ min: -50, max: 50, noNaN: true });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const trust = fc.record({ scores: fc.double({ min: 0, max: 4, noNaN: true }), vote: share });
  const candidates = fc.array(fc.tuple(number, share), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(candidates, trust, (all, given) => {
      const scores = Float64Array.from(all, ([score]) => score);
      const shares = Float64Array.from(all, ([, of]) => of);
      const probabilities = pooled(scores, shares, given);
      t.true(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) < 1e-9);
      for (let a = 0; a < all.length; a++) {
        for (let b = 0; b < all.length; b++) {
          if (scores[a]! >= scores[b]! && shares[a]! >= shares[b]!) {
            t.true(probabilities[a]! >= probabilities[b]! * (1 - 1e-9));
          }
        }
      }
      const even = pooled(scores, shares, { scores: 0, vote: 0 });
      t.true(even.every((probability) => Math.abs(probability - 1 / all.length) < 1e-9));
    }),
  );
  t.is(pooled(Float64Array.of(-Infinity, 0), Float64Array.of(1, 0), { scores: 1, vote: 1 })[0], 0);
});

test('the weighed roots of two pictures differ by what their log-odds do, where one other name counts', (t) => {
  const two: Namer = {
    ...namer,
    names: namer.names.slice(0, 2),
    discriminant: {
      weights: namer.discriminant.weights.slice(0, 32),
      biases: namer.discriminant.biases.slice(0, 2),
    },
  };
  const [a, b] = [unitVector(1), unitVector(2)];
  const oddsOf = (embedding: Float32Array) => {
    const probabilities = probabilitiesOf(two, embedding, [{ value: 'hat', share: 0.4 }]);
    return Math.log(probabilities.get('hat')! / probabilities.get('shoe')!);
  };
  const reasons = reasonsFor(two, probabilitiesOf(two, a, []), 'hat');
  const weighed = (embedding: Float32Array) =>
    signedRoots(embedding).reduce((sum, root, c) => sum + root * reasons[c]!, 0);
  t.true(Math.abs(oddsOf(a) - oddsOf(b) - (weighed(a) - weighed(b))) < 1e-4);
});

test('others count by how likely they are; names that were not learned have no reasons', (t) => {
  const probabilities = new Map([
    ['hat', 0.5],
    ['shoe', 0.5],
    ['sock', 0],
  ]);
  const against = reasonsFor(namer, probabilities, 'hat');
  const [hat, shoe] = [0, 1].map((k) => namer.discriminant.weights.subarray(16 * k, 16 * (k + 1)));
  for (const [c, value] of against.entries()) t.true(Math.abs(value - 0.5 * (hat![c]! - shoe![c]!)) < 1e-6);
  const certain = reasonsFor(namer, new Map([['hat', 1]]), 'hat');
  t.true(certain.every(Number.isFinite));
  t.throws(() => reasonsFor(namer, probabilities, 'scarf'), { instanceOf: RangeError });
  t.is(scoresOf(namer.discriminant, unitVector(1)).length, 3);
});
