import test from 'ava';
import fc from 'fast-check';
import { signedRoots } from '../../../src/core/vector.ts';
import {
  addExamples,
  emptyScatter,
  fitDiscriminant,
  scoresOf,
  sumOf,
} from '../../../src/search/naming/discriminant.ts';

/** Roots (2) with their classes. */
const rows = [
  { roots: Float32Array.of(1, 0), label: 0 },
  { roots: Float32Array.of(3, 2), label: 0 },
  { roots: Float32Array.of(2, 4), label: 1 },
  { roots: Float32Array.of(4, 4), label: 1 },
];

function learned(examples: typeof rows) {
  const scatter = emptyScatter(2, 2);
  addExamples(scatter, examples);
  return scatter;
}

test('the scores are those of the formula, worked out by hand', (t) => {
  // Means (2,1) and (3,4); within: [[4,2],[2,2]] over 2 degrees of freedom = [[2,1],[1,1]], variance 1.5; shrunk by 0.4: [[1.8,.6],[.6,1.2]].
  const [[a, b], d] = [[1.8, 0.6], 1.2] as const;
  const determinant = a * d - b * b;
  const solve = (x: number, y: number) => [(d * x - b * y) / determinant, (a * y - b * x) / determinant];
  const weights = [...solve(2, 1), ...solve(3, 4)];
  const biases = [-(2 * weights[0]! + weights[1]!) / 2, -(3 * weights[2]! + 4 * weights[3]!) / 2];
  const found = fitDiscriminant(learned(rows));
  const near = (x: ArrayLike<number>, y: readonly number[]) =>
    t.true(
      y.every((value, i) => Math.abs(value - x[i]!) < 1e-6),
      `${Array.from(x).join()} for ${y.join()}`,
    );
  near(found.weights, weights);
  near(found.biases, biases);
  const scores = scoresOf(found, Float32Array.of(4, -9));
  near(
    scores,
    [0, 1].map((k) => 2 * weights[2 * k]! - 3 * weights[2 * k + 1]! + biases[k]!),
  );
});

test('signed roots', (t) => {
  t.deepEqual(signedRoots(Float32Array.of(4, -9, 0)), Float32Array.of(2, -3, 0));
});

test('parts put together are what all their examples add up to', (t) => {
  const value = fc.integer({ min: -20, max: 20 });
  const example = fc
    .tuple(value, value, value, fc.integer({ min: 0, max: 2 }))
    .map(([x, y, z, label]) => ({ roots: Float32Array.of(x, y, z), label }));
  fc.assert(
    fc.property(fc.array(fc.array(example, { maxLength: 9 }), { minLength: 1, maxLength: 4 }), (parts) => {
      const scatterOf = (examples: (typeof parts)[number]) => {
        const scatter = emptyScatter(3, 3);
        addExamples(scatter, examples);
        return scatter;
      };
      t.deepEqual(sumOf(parts.map(scatterOf)), scatterOf(parts.flat()));
    }),
  );
});

test('a class without examples is never scored; without any spread the nearest mean wins', (t) => {
  const scatter = emptyScatter(3, 2);
  addExamples(scatter, [rows[0]!, { roots: Float32Array.of(0, 3), label: 1 }]);
  const discriminant = fitDiscriminant(scatter);
  const [first, second, third] = scoresOf(discriminant, Float32Array.of(1, 0.01));
  t.true(first! > second!);
  t.is(third, -Infinity);
});
