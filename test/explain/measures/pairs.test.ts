import test from 'ava';
import { gaussian, seededRandom } from '../../../src/core/random.ts';
import { stack } from '../../../src/core/tensor.ts';
import { bootstrapMean, bootstrapRatio } from '../../../src/core/bootstrap.ts';
import { spearman } from '../../../src/explain/measures/correlation.ts';
import type { MethodMeasures } from '../../../src/explain/measures/measure-pair.ts';
import { measurePair, redrawnCascade } from '../../../src/explain/measures/measure-pair.ts';
import { cascade, redrawnModel, redrawWeights } from '../../../src/explain/measures/randomisation.ts';
import { measureFacts, summarize } from '../../../src/explain/measures/summary.ts';
import { methodNamed } from '../../../src/explain/methods/index.ts';
import { Work } from '../../../src/explain/methods/method.ts';
import { examine } from '../../../src/explain/subject.ts';
import { pairJob } from '../../../src/explain/targets.ts';
import { heatMap } from '../../../src/image/heat-map.ts';
import { randomTensor } from '../../support/tensors.ts';
import { smallModel } from '../small-model.ts';

const { model, engine } = smallModel();
const pictures = [1, 2, 3].map((seed) => randomTensor([3, 40, 40], seed));
const [query, ...hits] = await examine(model, pictures);
const methods = ['guided-match', 'match', 'gradient'];

test.after.always(() => engine.dispose());

test('re-drawn weights: from the last layer down, of the right size, and no others', (t) => {
  t.deepEqual(cascade(model.graph), [1, 2]);
  const [first, second] = model.graph.nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs);
  const weights = (graph: typeof model.graph, name: string) => graph.constants.get(name)!.data;
  const one = redrawWeights(model.graph, 1, seededRandom(1));
  for (const name of first!.slice(1)) t.is(weights(one, name), weights(model.graph, name));
  for (const name of second!.slice(1)) t.notDeepEqual(weights(one, name), weights(model.graph, name));
  t.true((weights(one, second![2]!) as Float32Array).every((bias) => bias === 0));
  t.deepEqual(redrawWeights(model.graph, 0, seededRandom(1)), model.graph);
  t.deepEqual(redrawWeights(model.graph, 2, seededRandom(4)), redrawWeights(model.graph, 2, seededRandom(4)));
});

test('re-drawn weights have the variance 2 / inputs of He et al.', (t) => {
  // A large layer stands for many small ones.
  const [weight] = model.graph.nodes.filter(({ op }) => op === 'Conv').map(({ inputs }) => inputs[1]!);
  const dims = [200, 50, 3, 3];
  const constants = new Map(model.graph.constants).set(weight!, {
    type: 'float32',
    dims,
    data: new Float32Array(90_000),
  });
  const { data } = redrawWeights({ ...model.graph, constants }, 2, seededRandom(1)).constants.get(weight!)!;
  const variance = (data as Float32Array).reduce((sum, value) => sum + value * value, 0) / 90_000;
  t.true(Math.abs(variance / (2 / 450) - 1) < 0.03);
});

test('a re-drawn model runs, differs, and leaves the model as it was', async (t) => {
  const before = await model.embed(stack(pictures));
  const redrawn = redrawnModel(model, 2, seededRandom(3));
  t.not(redrawn.fingerprint, model.fingerprint);
  t.notDeepEqual(await redrawn.embed(stack(pictures)), before);
  await redrawn.dispose();
  t.deepEqual(await model.embed(stack(pictures)), before);
});

test('a pair’s measures are those of its maps, taken one by one', async (t) => {
  const redrawn = redrawnCascade(model, 1);
  const measured = await measurePair(model, { query: query!, hits }, { methods, seed: 1, redrawn });
  t.deepEqual(Object.keys(measured), [...methods, 'random', 'centre', 'edges']);
  const mapsOf = async (of: typeof model, name: string) => {
    const [q, p] = await examine(of, pictures);
    return methodNamed(name).maps(
      new Work(of, [pairJob(q!, p!, 'similarity'), pairJob(p!, q!, 'similarity')]),
    );
  };
  for (const name of methods) {
    const { randomisation, deletion, curves } = measured[name]!;
    const [map] = await mapsOf(model, name);
    for (const [stage, other] of redrawn.entries()) {
      const [after] = await mapsOf(other, name);
      t.true(Math.abs(randomisation![stage]! - spearman(map!.data, after!.data)) < 1e-6);
    }
    // 5 × 5 whole blocks in ten steps: all steps are alike but for rounding.
    t.is(curves.deletion.length, 11);
    t.is(curves.deletion[0], 1);
    t.is(curves.insertion[10], 1);
    t.true(Math.abs(curves.deletion[10]! - curves.insertion[0]!) < 1e-9);
    t.true(Math.abs(deletion - curves.deletion.reduce((sum, value) => sum + value, 0) / 11) < 0.1);
  }
  t.is(measured['centre']!.randomisation, undefined);
  t.is(measured['centre']!.pointing, undefined);
  for (const other of redrawn) await other.dispose();
});

test('masks of one side or both give pointing and energy', async (t) => {
  const whole = heatMap(40, 40, new Float32Array(1600).fill(1));
  const half = heatMap(
    40,
    40,
    new Float32Array(1600).map((_, i) => (i % 40 < 20 ? 1 : 0)),
  );
  const measure = async (masks: NonNullable<Parameters<typeof measurePair>[1]['masks']>) =>
    (await measurePair(model, { query: query!, hits: [hits[0]!], masks }, { methods: ['match'], seed: 1 }))[
      'centre'
    ]!;
  t.like(await measure({ query: whole }), { pointing: 1, energy: 1 });
  const both = await measure({ query: half, hit: whole });
  t.true(Math.abs(both.energy! - 0.75) < 1e-6);
  const alone = await measurePair(
    model,
    { query: query!, hits: [hits[0]!] },
    { methods: ['match'], seed: 1 },
  );
  t.is(alone['match']!.hitCorrelation, undefined);
});

test('the same seed gives the same measures; a stopped run throws', async (t) => {
  const measure = (seed: number) => measurePair(model, { query: query!, hits }, { methods: ['match'], seed });
  t.deepEqual(await measure(1), await measure(1));
  t.notDeepEqual((await measure(1))['random'], (await measure(2))['random']);
  const stopped = { methods: ['match'], seed: 1, signal: AbortSignal.abort() };
  await t.throwsAsync(async () => measurePair(model, { query: query!, hits }, stopped), { code: 'ABORTED' });
});

test('bootstrap intervals hold the true mean about 95 times of 100', (t) => {
  const random = seededRandom(9);
  let held = 0;
  for (let trial = 0; trial < 300; trial++) {
    const { low, high, mean } = bootstrapMean(
      Array.from({ length: 40 }, () => 2 + gaussian(random)),
      trial,
      400,
    );
    t.true(low < mean && mean < high);
    if (low <= 2 && 2 <= high) held++;
  }
  t.true(held > 270 && held < 297, `${held} of 300`);
  t.deepEqual(bootstrapMean([3, 3, 3], 1), { mean: 3, low: 3, high: 3, count: 3 });
  t.throws(() => bootstrapMean([], 1), { instanceOf: RangeError });
});

test('a ratio of sums has the interval of its pairs, not of its values', (t) => {
  // Each value is a third of what it is divided by: however pairs are drawn, so is the sum.
  const divisors = [3, 30, 300];
  const { mean, low, high, count } = bootstrapRatio(
    divisors.map((divisor) => divisor / 3),
    divisors,
    1,
  );
  t.is(count, 3);
  for (const value of [mean, low, high]) t.true(Math.abs(value - 1 / 3) < 1e-12);
  t.is(bootstrapRatio([1, 1], [1, 3], 1).mean, 0.5, 'weighted by what is divided by');
});

/** Measures in which only deletion and insertion differ. */
function measuresOf(deletion: number, insertion: number): MethodMeasures {
  const rest = { fall: 0.1, randomFall: 0.05, beatsRandom: 1, highFrequency: 0.2, totalVariation: 1 };
  return { deletion, insertion, ...rest, curves: { deletion: [1, deletion], insertion: [insertion, 1] } };
}

test('the table says which baselines a method is apart from, and by how much it is better', (t) => {
  // Pairs differ more than methods do: means overlap, gains do not.
  const pairs = Array.from({ length: 30 }, (_, i) => ({
    good: measuresOf(0.1 + 0.01 * i, 0.9),
    random: measuresOf(0.15 + 0.01 * i, 0.9 - 0.001 * i),
    centre: measuresOf(0.9, 0.1),
  }));
  const [good, random, centre] = summarize(pairs, 1);
  t.deepEqual([good!.baseline, random!.baseline, centre!.baseline], [false, true, true]);
  t.true(Math.abs(good!.measures.deletion!.mean - 0.245) < 1e-9);
  t.deepEqual(Object.keys(good!.against), ['random', 'centre']);
  t.deepEqual(Object.keys(random!.against), ['centre']);
  t.false(good!.against['random']!.deletion.apart);
  t.true(good!.against['random']!.deletion.gain.low > 0.049);
  t.true(good!.against['centre']!.deletion.apart && good!.against['centre']!.insertion.apart);
  t.true(good!.against['random']!.insertion.gain.mean > 0);
  t.is(good!.measures.pointing, undefined);
  t.true(Math.abs(good!.curves.deletion[1]! - 0.245) < 1e-9);
  t.true(measureFacts.every(({ about }) => about.endsWith('.')));
});

test('normalised areas lie between the ends of their curves, so that a model that loses less by any blur can be compared', (t) => {
  /** The same map of a model that keeps `end` of a score when all is blurred. */
  const keeping = (end: number) => {
    const at = (height: number) => end + (1 - end) * height;
    const curves = { deletion: [1, at(0.2), end], insertion: [end, at(0.8), 1] };
    return { good: { ...measuresOf(at(0.35), at(0.65)), curves } };
  };
  for (const ends of [
    [0.1, 0.2],
    [0.6, 0.8],
  ]) {
    const { measures } = summarize(ends.map(keeping), 1)[0]!;
    for (const [name, expected] of [
      ['normalisedDeletion', 0.35],
      ['normalisedInsertion', 0.65],
    ] as const) {
      const { mean, low, high } = measures[name]!;
      for (const value of [mean, low, high]) t.true(Math.abs(value - expected) < 1e-12, name);
    }
  }
  const flat = summarize([keeping(1)], 1)[0]!.measures;
  t.is(flat.normalisedDeletion, undefined, 'nothing lies between equal ends');
  t.is(flat.normalisedInsertion, undefined);
  t.is(summarize([keeping(1), keeping(0.5)], 1)[0]!.measures.normalisedDeletion!.count, 1);
});
