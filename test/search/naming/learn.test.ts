import test from 'ava';
import { gaussian, seededRandom } from '../../../src/core/random.ts';
import { normalize } from '../../../src/core/vector.ts';
import { type Example, learnNames } from '../../../src/search/naming/learn.ts';
import { probabilitiesOf } from '../../../src/search/naming/namer.ts';
import { unitVector } from '../support.ts';

/** Examples around a direction of each name. `spread`: how far from it. */
function examplesOf(names: readonly string[], each: number, spread: number): Example[] {
  const random = seededRandom(5);
  return names.flatMap((name, k) =>
    Array.from({ length: each }, (_, i) => ({
      id: `${name}-${i}`,
      name,
      embedding: normalize(unitVector(100 + k).map((value) => value + (spread * gaussian(random)) / 4)),
    })),
  );
}

const best = (probabilities: ReadonlyMap<string, number>) =>
  [...probabilities].toSorted((a, b) => b[1] - a[1])[0]![0];

test('what is well apart is told apart, by those who have not seen it too', async (t) => {
  const examples = examplesOf(['hat', 'shoe', 'dress'], 20, 0.4);
  const learned = await learnNames(examples);
  t.deepEqual(learned.namer.names, ['dress', 'hat', 'shoe']);
  t.true(learned.accuracy.value > 0.95);
  for (const example of examples) {
    const probabilities = learned.judged(example);
    t.true(Math.abs([...probabilities.values()].reduce((a, b) => a + b, 0) - 1) < 1e-9);
    t.is(best(learned.probabilities(example.embedding, [])), example.name);
  }
});

test('probabilities are as sure as they are right', async (t) => {
  const examples = examplesOf(['a', 'b', 'c', 'd'], 100, 2.5);
  const learned = await learnNames(examples);
  const surest = examples.map((example) => {
    const probabilities = learned.judged(example);
    const first = best(probabilities);
    return { said: probabilities.get(first)!, right: Number(first === example.name) };
  });
  const mean = (key: 'said' | 'right') => surest.reduce((sum, one) => sum + one[key], 0) / surest.length;
  t.true(mean('right') > 0.4 && mean('right') < 0.97, `${mean('right')}: neither easy nor impossible`);
  t.true(Math.abs(mean('said') - mean('right')) < 0.06, `${mean('said')} said, ${mean('right')} right`);
});

test('a few examples that are all right are no reason to be certain', async (t) => {
  const surest = async (each: number) => {
    const examples = examplesOf(['hat', 'shoe'], each, 0.1);
    const learned = await learnNames(examples);
    return Math.max(...learned.judged(examples[0]!).values());
  };
  const [few, many] = [await surest(4), await surest(200)];
  t.true(few > 0.8 && few < 0.99, `${few}`);
  t.true(many > 0.99, `${many}`);
});

test('who has not seen an example is not led by its name; examples of a group are left out together', async (t) => {
  const examples = examplesOf(['hat', 'shoe'], 20, 0.4);
  const strange = unitVector(999);
  const odd = ['x', 'y'].map((id) => ({ id, name: 'odd', embedding: strange, group: 'one product' }));
  const learned = await learnNames([...examples, ...odd]);
  t.is(best(learned.probabilities(strange, [])), 'odd');
  t.is(learned.judged(odd[0]!).get('odd'), 0, 'its twin was left out with it, and has no vote');
  const alone = await learnNames([...examples, ...odd.map((one) => ({ ...one, group: undefined }))]);
  t.is(best(alone.judged({ ...odd[0]!, group: undefined })), 'odd', 'without a group its twin was seen');
  t.is(
    best(learned.probabilities(strange, [], 'nobody')),
    'odd',
    'an id that is no example was not seen by anybody',
  );
});

test('names of many kinds of things are left to the vote', async (t) => {
  // Eight clusters around the corners of a cube, whose names are the parity of the corner: no plane tells them apart.
  const random = seededRandom(9);
  const axes = [0, 1, 2].map((axis) => unitVector(700 + axis));
  const examples = Array.from({ length: 240 }, (_, i): Example => {
    const corner = [1, 2, 4].map((bit) => ((i & bit) > 0 ? 1 : -1));
    const centre = axes[0]!.map((_, c) => corner.reduce((sum, side, a) => sum + side * axes[a]![c]!, 0));
    const embedding = normalize(centre.map((value) => value + gaussian(random) / 40));
    return { id: String(i), name: corner.reduce<number>((a, b) => a * b, 1) > 0 ? 'even' : 'odd', embedding };
  });
  const learned = await learnNames(examples);
  t.true(learned.accuracy.value > 0.97, `${learned.accuracy.value}`);
  const [one] = examples;
  const without = learned.probabilities(one!.embedding, [], one!.id);
  t.true(Math.max(...without.values()) < 0.9, 'the discriminant alone does not know');
});

test('the same examples teach the same, and in whatever order names come', async (t) => {
  const examples = examplesOf(['b', 'a'], 30, 1);
  const [one, other] = [await learnNames(examples), await learnNames(examples)];
  t.deepEqual(one.namer, other.namer);
  const again = await learnNames(examples.toReversed());
  t.deepEqual(again.namer.names, one.namer.names);
  const near = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).every((value, i) => Math.abs(value - b[i]!) < 1e-3 * Math.max(1, Math.abs(value)));
  t.true(near(again.namer.discriminant.weights, one.namer.discriminant.weights));
});

test('an example of nothing that was learned still gets probabilities; one name, or a stop, is an error', async (t) => {
  const examples = examplesOf(['hat', 'shoe'], 20, 0.4);
  const { namer } = await learnNames(examples);
  const nothing = [...probabilitiesOf(namer, new Float32Array(16), []).values()];
  t.true(nothing.every((value) => value >= 0 && value <= 1));
  await t.throwsAsync(learnNames(examples.slice(0, 20)), { instanceOf: RangeError });
  await t.throwsAsync(learnNames(examples, { signal: AbortSignal.abort() }), { code: 'ABORTED' });
});
