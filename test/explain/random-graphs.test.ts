/** The backward pass of random small networks against finite differences and against the rules' definitions. */
import test from 'ava';
import fc from 'fast-check';
import { gaussian, seededRandom } from '../../src/core/random.ts';
import { differentiate } from '../../src/explain/differentiate.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import type { Graph } from '../../src/model/graph.ts';
import { shapeOf } from '../../src/model/graph.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { interpret } from '../support/interpret.ts';
import { numericBackward } from '../support/numeric-backward.ts';
import { allPlans, buildPlan, rectifierPlans } from '../support/random-graphs.ts';
import { batchSlice, randomTensor, relativeError, repeated } from '../support/tensors.ts';

/** Long enough to meet every operator often; a fixed seed keeps a run repeatable, FC_SEED and FC_RUNS widen the search. */
const parameters = (numRuns: number) => ({
  includeErrorInReport: true,
  seed: Number(process.env['FC_SEED'] ?? 1),
  numRuns: Number(process.env['FC_RUNS'] ?? numRuns),
});

function pictureAndSeed(graph: Graph, count: number) {
  const dims = (value: string) => shapeOf(graph, value).map((dim) => (dim === 'N' ? count : dim));
  return { image: randomTensor(dims('image'), 3), seed: randomTensor(dims('embedding'), 4) };
}

test('finite differences confirm the gradient rule on random networks of every operator', (t) => {
  let compared = 0;
  let onKinks = 0;
  const property = fc.property(allPlans(), (plan) => {
    const graph = buildPlan(plan);
    const { image, seed } = pictureAndSeed(graph, 2);
    const explanation = differentiate(graph, { rule: 'gradient' }).graph;
    const gradient = interpret(explanation, { image, seed }).get('gradient')!.data;
    const score = (direction: Float64Array, by: number) => {
      const data = Float64Array.from(image.data, (value, i) => value + by * direction[i]!);
      const embedding = interpret(graph, { image: { dims: image.dims, data } }).get('embedding')!.data;
      return embedding.reduce((sum, value, i) => sum + value * seed.data[i]!, 0);
    };
    const slope = (direction: Float64Array, h: number) =>
      (score(direction, h) - score(direction, -h)) / (2 * h);
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
    for (const direction of directions(gradient.length)) {
      const [coarse, fine] = [slope(direction, 1e-5), slope(direction, 5e-6)];
      if (Math.abs(coarse - fine) > 1e-5 * largest) {
        onKinks++;
        continue;
      }
      compared++;
      const claimed = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      const error = Math.abs(claimed - fine);
      if (!(error <= 3e-5 * largest)) {
        throw new Error(`expected slope ${fine}, the gradient says ${claimed} (largest ${largest})`);
      }
    }
  });
  fc.assert(property, parameters(40));
  t.true(onKinks * 10 < compared, `${onKinks} of ${compared + onKinks} directions met a kink`);
});

/** Single numbers of the picture, and mixtures of all of them. */
function* directions(length: number): Generator<Float64Array> {
  const random = seededRandom(length);
  for (let i = 0; i < 3; i++) {
    const single = new Float64Array(length);
    single[Math.floor(random() * length)] = 1;
    yield single;
    yield new Float64Array(length).map(() => gaussian(random) / Math.sqrt(length));
  }
}

for (const rule of backwardRules) {
  test(`${rule} on random networks of rectifiers is what its definition says`, (t) => {
    const property = fc.property(rectifierPlans(), (plan) => {
      const graph = buildPlan(plan);
      const { image, seed } = pictureAndSeed(graph, 1);
      const expected = numericBackward(graph, image)(rule, seed.data).data;
      const explanation = differentiate(graph, { rule }).graph;
      const { data } = interpret(explanation, { image, seed }).get('gradient')!;
      const error = relativeError(data, expected);
      if (error > 1e-5) throw new Error(`relative error ${error}`);
    });
    fc.assert(property, parameters(20));
    t.pass();
  });
}

test('the engine runs random explanation graphs as the interpreter does, with a picture for each seed or one for all', async (t) => {
  const engine = createOrtEngine({ threads: 1 });
  t.teardown(() => engine.dispose());
  const property = fc.asyncProperty(
    rectifierPlans(),
    fc.constantFrom(...backwardRules),
    async (plan, rule) => {
      const graph = buildPlan(plan);
      const { image, seed } = pictureAndSeed(graph, 3);
      const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, what: string) => {
        // Some networks subtract what they add: only rounding is left.
        const error = relativeError(actual, expected, 0.01);
        if (error > 1e-4) throw new Error(`${what}: relative error ${error}`);
      };
      const own = await engine.load(differentiate(graph, { rule }).graph);
      const explanation = differentiate(graph, { rule }).graph;
      const expected = interpret(explanation, { image, seed }).get('gradient')!;
      const { gradient } = await own.run({ image, seed });
      close(gradient!.data, expected.data, 'engine');
      const one = batchSlice(image, 0, 1);
      const onePicture = await engine.load(differentiate(graph, { rule, sharedImage: true }).graph);
      const shared = await onePicture.run({ image: one, seed });
      const again = await own.run({ image: repeated(one, 3), seed });
      close(shared['gradient']!.data, again['gradient']!.data, 'one picture for all seeds');
      close(shared['embedding']!.data, batchSlice(again['embedding']!, 0, 1).data, 'its embedding');
      await Promise.all([own.dispose(), onePicture.dispose()]);
    },
  );
  await fc.assert(property, parameters(60));
  t.pass();
});
