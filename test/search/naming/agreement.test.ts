import test from 'ava';
import fc from 'fast-check';
import { agreed } from '../../../src/search/naming/agreement.ts';

/** Indices of the values, the largest first. */
const order = (values: readonly number[]) =>
  [...values.keys()].toSorted((a, b) => values[b]! - values[a]! || a - b);

test('what most of the nearest are comes first, by how near they are', (t) => {
  const values = [0.9, 0.89, 0.885, 0.5];
  t.deepEqual(
    order(agreed(values, ['hat', 'shoe', 'shoe', 'hat'])),
    [1, 2, 0, 3],
    'two that are near against one',
  );
  t.deepEqual(
    order(agreed([0.9, 0.7, 0.69], ['hat', 'shoe', 'shoe'])),
    [0, 1, 2],
    'two that are far against one',
  );
});

test('where all agree, or nothing has a name, the order stays', (t) => {
  const values = fc.uniqueArray(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(values, (whole) => {
      const scores = whole.map((value) => value / 1000);
      t.deepEqual(
        order(
          agreed(
            scores,
            scores.map(() => 'hat'),
          ),
        ),
        order(scores),
      );
      t.deepEqual(
        order(
          agreed(
            scores,
            scores.map(() => undefined),
          ),
        ),
        order(scores),
      );
      t.deepEqual(
        order(
          agreed(
            scores,
            scores.map((_, i) => i),
          ),
        ),
        order(scores),
        'numbers are no names',
      );
    }),
  );
});

test('within a name the order stays', (t) => {
  const hits = fc.array(
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('a', 'b', 'c')),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(hits, (all) => {
      const values = all.map(([value]) => value);
      const names = all.map(([, name]) => name);
      const ordered = agreed(values, names);
      for (const name of ['a', 'b', 'c']) {
        const own = all.flatMap(([, of], i) => (of === name ? [i] : []));
        t.true(own.every((i) => own.every((j) => values[i]! <= values[j]! || ordered[i]! >= ordered[j]!)));
      }
    }),
  );
});

test('the probability of the learned names counts in place of the vote', (t) => {
  const values = [0.9, 0.89];
  const names = ['hat', 'shoe'];
  t.deepEqual(
    order(
      agreed(
        values,
        names,
        new Map([
          ['hat', 0.5],
          ['shoe', 0.5],
        ]),
      ),
    ),
    [0, 1],
  );
  t.deepEqual(
    order(
      agreed(
        values,
        names,
        new Map([
          ['hat', 0.3],
          ['shoe', 0.7],
        ]),
      ),
    ),
    [1, 0],
  );
  t.deepEqual(
    order(
      agreed(
        [0.9, 0.5],
        names,
        new Map([
          ['hat', 0],
          ['shoe', 1],
        ]),
      ),
    ),
    [0, 1],
    'but not more than the picture',
  );
  const unnamed = agreed(values, [undefined, 'shoe'], new Map([['shoe', 1]]));
  t.deepEqual(order(unnamed), [1, 0]);
  t.true(unnamed.every(Number.isFinite));
});
