import test from 'ava';
import { differentiate } from '../../src/explain/differentiate.ts';
import type { BackwardRule } from '../../src/explain/rules.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Graph, Operator } from '../../src/model/graph.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { interpret } from '../support/interpret.ts';
import { numericBackward } from '../support/numeric-backward.ts';
import { graphOf, referenceCases } from '../support/reference-cases.ts';
import { coarseTensor, randomTensor, relativeError } from '../support/tensors.ts';
import { explanationContract } from './explanation-contract.ts';

explanationContract('ort', createOrtEngine);

/** image (N,3,1,1), one number for each channel, through `layers` to the embedding (N,C). */
function network(layers: (builder: GraphBuilder, image: string) => string): Graph {
  const builder = new GraphBuilder('small');
  const top = layers(builder, builder.input('image', ['N', 3, 1, 1]));
  const [, channels] = builder.shape(top);
  return builder.build({ embedding: builder.add({ op: 'Reshape', shape: ['N', channels!] }, [top]) });
}

/** The gradient at three numbers, for a seed at three features. */
function gradientAt(
  graph: Graph,
  rule: BackwardRule,
  x: readonly number[],
  seed: readonly number[],
): number[] {
  const inputs = { image: { dims: [1, 3, 1, 1], data: x }, seed: { dims: [1, 3], data: seed } };
  return [...interpret(differentiate(graph, { rule }).graph, inputs).get('gradient')!.data].map((r) => r + 0);
}

const relu = network((builder, image) => builder.add({ op: 'Relu' }, [image]));
const relu6 = network((builder, image) => builder.add({ op: 'Clip', min: 0, max: 6 }, [image]));

test('one ReLU by hand: the gradient passes where x > 0, deconvnet where R > 0, guided where both are', (t) => {
  t.deepEqual(gradientAt(relu, 'gradient', [2, -1, 3], [5, 6, -7]), [5, 0, -7]);
  t.deepEqual(gradientAt(relu, 'deconvnet', [2, -1, 3], [5, 6, -7]), [5, 6, 0]);
  t.deepEqual(gradientAt(relu, 'guided', [2, -1, 3], [5, 6, -7]), [5, 0, 0]);
});

test('one ReLU6 by hand: nothing passes where it is saturated', (t) => {
  t.deepEqual(gradientAt(relu6, 'gradient', [2, 7, -1], [-5, 6, 7]), [-5, 0, 0]);
  t.deepEqual(gradientAt(relu6, 'deconvnet', [2, 7, -1], [-5, 6, 7]), [0, 6, 7]);
  t.deepEqual(gradientAt(relu6, 'guided', [2, 7, -1], [5, 6, 7]), [5, 0, 0]);
});

test('exactly on a kink nothing passes', (t) => {
  t.deepEqual(gradientAt(relu, 'gradient', [0, -0, 1e-30], [1, 2, 3]), [0, 0, 3]);
  t.deepEqual(gradientAt(relu, 'guided', [0, -0, 1e-30], [1, 2, 3]), [0, 0, 3]);
  t.deepEqual(gradientAt(relu6, 'gradient', [0, 6, 5.999], [1, 2, 3]), [0, 0, 3]);
  t.deepEqual(gradientAt(relu6, 'guided', [0, 6, 5.999], [1, 2, 3]), [0, 0, 3]);
});

test('the larger of two equal features sends its gradient to the first', (t) => {
  const maxout = network((builder, image) =>
    builder.add({ op: 'Max' }, [
      builder.add({ op: 'Mul' }, [image, builder.scalar(1)]),
      builder.add({ op: 'Mul' }, [image, builder.scalar(2)]),
    ]),
  );
  t.deepEqual(gradientAt(maxout, 'gradient', [1, -1, 0], [1, 1, 1]), [2, 1, 1]);
});

for (const rule of backwardRules) {
  test(`${rule}: pictures full of ties and zeros follow the definition too`, async (t) => {
    const engine = createOrtEngine({ threads: 1 });
    t.teardown(() => engine.dispose());
    const builder = new GraphBuilder('ties');
    const image = builder.input('image', ['N', 3, 7, 6]);
    const pool = { op: 'MaxPool', kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1], ceil: true } as const; // prettier-ignore
    const first = builder.add(pool, [builder.add({ op: 'Relu' }, [image])]);
    const top = builder.add({ ...pool, strides: [1, 1] }, [
      builder.add({ op: 'Clip', min: 0, max: 0.5 }, [first]),
    ]);
    const mean = builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [top]);
    const graph = builder.build({ embedding: builder.add({ op: 'Reshape', shape: ['N', 3] }, [mean]) });
    const inputs = { image: coarseTensor([2, 3, 7, 6]), seed: randomTensor([2, 3]) };
    const executable = await engine.load(differentiate(graph, { rule }).graph);
    const { gradient } = await executable.run(inputs);
    const expected = numericBackward(graph, inputs.image)(rule, inputs.seed.data);
    t.true(relativeError(gradient!.data, expected.data) < 1e-5);
  });

  test(`${rule} is linear in the length of the seed`, async (t) => {
    const engine = createOrtEngine({ threads: 1 });
    t.teardown(() => engine.dispose());
    const reference = referenceCases.find(({ name }) => name === 'residual-bn')!;
    const executable = await engine.load(differentiate(graphOf(reference), { rule }).graph);
    const { image, seed } = reference;
    const once = await executable.run({ image, seed });
    const scaled = await executable.run({
      image,
      seed: { ...seed, data: seed.data.map((value) => 8 * value) },
    });
    t.true(relativeError(scaled['gradient']!.data, once['gradient']!.data.map((value) => 8 * value)) < 1e-5); // prettier-ignore
  });
}

/** image (N,16,1,1), a channel for each number, rectified: as many channels as runtimes block. */
function blockedRectifier(rectifier: Operator): Graph {
  const builder = new GraphBuilder('blocked');
  const y = builder.add(rectifier, [builder.input('image', ['N', 16, 1, 1])]);
  return builder.build({ embedding: builder.add({ op: 'Reshape', shape: ['N', 16] }, [y]) });
}

for (const [name, rectifier, x, passes] of [
  ['ReLU', { op: 'Relu' }, [-1, -0, 0, 1e-16, 1e-6, 1, 3e8], [0, 0, 0, 1, 1, 1, 1]],
  ['ReLU6', { op: 'Clip', min: 0, max: 6 }, [-1, -0, 0, 1e-6, 3, 5.9999995, 6, 7], [0, 0, 0, 1, 1, 1, 0, 0]],
] as const) {
  for (const [rule, least] of [
    ['guided', 0],
    ['gradient', -Infinity],
  ] as const) {
    test(`${name}: ${rule} is exact from one kink to the other, whatever the size of the gradient`, async (t) => {
      const engine = createOrtEngine({ threads: 1 });
      t.teardown(() => engine.dispose());
      const { graph } = differentiate(blockedRectifier(rectifier), { rule });
      t.false(
        graph.nodes.some(({ op }) => op === 'Greater'),
        'made of convolutions',
      );
      const executable = await engine.load(graph);
      for (const size of [1e-20, 1, -1, 1e9]) {
        const inputs = {
          image: { dims: [1, 16, 1, 1], data: Float32Array.from({ length: 16 }, (_, i) => x[i] ?? -1) },
          seed: { dims: [1, 16], data: new Float32Array(16).fill(size) },
        };
        // + 0: a product with 0 may be -0.
        const expected = Array.from(
          { length: 16 },
          (_, i) => Math.fround(Math.max(size, least)) * (passes[i] ?? 0) + 0,
        );
        const { gradient } = await executable.run(inputs);
        t.deepEqual(
          Array.from(gradient!.data, (value) => value + 0),
          expected,
        );
        const interpreted = interpret(graph, inputs).get('gradient')!.data;
        t.deepEqual(
          Array.from(interpreted, (value) => Math.fround(value) + 0),
          expected,
        );
      }
    });
  }
}

test('guided passes no more places than gradient and no negative numbers through the last rectifier', (t) => {
  const x = [2, -1, 3];
  const seed = [0.5, 1, -1];
  const gradient = gradientAt(relu, 'gradient', x, seed);
  const guided = gradientAt(relu, 'guided', x, seed);
  t.true(guided.every((value, i) => value >= 0 && (value === 0 || gradient[i] !== 0)));
  t.deepEqual(
    guided,
    gradient.map((value) => Math.max(value, 0)),
  );
});

const undefinedUnderOtherRules: readonly Operator[] = [
  { op: 'LeakyRelu', alpha: 0.1 },
  { op: 'PRelu' },
  { op: 'Elu', alpha: 1 },
  { op: 'Sigmoid' },
  { op: 'HardSigmoid', alpha: 0.2, beta: 0.5 },
  { op: 'HardSwish' },
  { op: 'Tanh' },
  { op: 'Softplus' },
  { op: 'Erf' },
  { op: 'Clip', min: -1, max: 1 },
  { op: 'Max' },
  { op: 'Min' },
];

for (const operator of undefinedUnderOtherRules) {
  test(`${operator.op} has a gradient, and no other rule; the refusal names the node`, (t) => {
    const graph = network((builder, image) => {
      const slopes = ['PRelu', 'Max', 'Min'].includes(operator.op) ? [builder.constant([3, 1, 1], [0.1, 0.2, 0.3])] : []; // prettier-ignore
      const rectified = builder.add({ op: 'Relu' }, [image]);
      return builder.add(operator, [rectified, ...slopes], '/layer/odd');
    });
    t.notThrows(() => differentiate(graph, { rule: 'gradient' }));
    for (const rule of ['guided', 'deconvnet'] as const) {
      const error = t.throws(() => differentiate(graph, { rule }), { code: 'RULE_UNDEFINED' });
      t.regex(error.message, new RegExp(`${rule} .*${operator.op} at node "/layer/odd".*"gradient"`));
      t.like(error, { details: { node: '/layer/odd', operator: operator.op, rule } });
    }
  });
}

test('an activation beside the way to the target is nobody’s business', (t) => {
  const builder = new GraphBuilder('beside');
  const image = builder.input('image', ['N', 3, 1, 1]);
  const embedding = builder.add({ op: 'Reshape', shape: ['N', 3] }, [builder.add({ op: 'Relu' }, [image])]);
  const graph = builder.build({ embedding, beside: builder.add({ op: 'Sigmoid' }, [image]) });
  t.is(differentiate(graph, { rule: 'guided' }).activations, 1);
  t.throws(() => differentiate(graph, { rule: 'guided', target: 'beside' }), { code: 'RULE_UNDEFINED' });
});

test('every activation on the way to the target is counted', (t) => {
  const graph = network((builder, image) => {
    const first = builder.add({ op: 'Relu' }, [image]);
    const second = builder.add({ op: 'Clip', min: 0, max: 6 }, [first]);
    return builder.add({ op: 'Add' }, [builder.add({ op: 'Relu' }, [second]), first]);
  });
  for (const rule of backwardRules) t.is(differentiate(graph, { rule }).activations, 3);
});

test('operators without a backward half are refused by name', (t) => {
  const refused = (operator: Operator, message: RegExp) => {
    const graph = network((builder, image) => builder.add(operator, [image], 'the_odd_one'));
    for (const rule of backwardRules) t.throws(() => differentiate(graph, { rule }), { code: 'MODEL_UNSUPPORTED', message }); // prettier-ignore
  };
  const pads = [0, 1, 0, 0, 0, 1, 0, 0];
  refused({ op: 'Pad', mode: 'reflect', pads, value: 0 }, /Pad node "the_odd_one": .*"reflect"/);
  refused({ op: 'Pad', mode: 'edge', pads, value: 0 }, /Pad node "the_odd_one": .*"edge"/);
  refused({ op: 'Sign' }, /Sign node "the_odd_one"/);
});

test('a weight or slope that depends on the picture is refused, never ignored', (t) => {
  const convolved = network((builder, image) => {
    const kernel = builder.add({ op: 'Reshape', shape: [3, 1, 1, 1] }, [
      builder.add({ op: 'ReduceSum', axes: [0], keepDims: false }, [image]),
    ]);
    return builder.add({ op: 'Conv', group: 3, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] }, [
      image,
      kernel,
    ]);
  });
  t.throws(() => differentiate(convolved, { rule: 'gradient' }), {
    code: 'MODEL_UNSUPPORTED',
    message: /Conv node/,
  });
  const sloped = network((builder, image) =>
    builder.add({ op: 'PRelu' }, [image, builder.add({ op: 'Abs' }, [image])]),
  );
  t.throws(() => differentiate(sloped, { rule: 'gradient' }), {
    code: 'MODEL_UNSUPPORTED',
    message: /PRelu node .*input 1/,
  });
});

test('a target must depend on the picture', (t) => {
  const builder = new GraphBuilder('constant');
  const image = builder.input('image', ['N', 3, 1, 1]);
  const graph = builder.build({
    embedding: builder.constant([1, 3], [1, 2, 3]),
    features: builder.add({ op: 'Relu' }, [image]),
  });
  t.throws(() => differentiate(graph, { rule: 'gradient' }), {
    instanceOf: RangeError,
    message: /"embedding"/,
  });
  t.throws(() => differentiate(graph, { rule: 'gradient', target: 'nothing' }), { instanceOf: RangeError });
});

test('a target before the end explains that value', (t) => {
  const graph = network((builder, image) => {
    const half = builder.add({ op: 'Mul' }, [image, builder.scalar(0.5)], 'half');
    return builder.add({ op: 'Relu' }, [half]);
  });
  const explanation = differentiate(graph, { rule: 'guided', target: 'half' });
  t.is(explanation.activations, 0);
  const inputs = {
    image: { dims: [1, 3, 1, 1], data: [1, 2, 3] },
    seed: { dims: [1, 3, 1, 1], data: [2, -2, 4] },
  };
  t.deepEqual([...interpret(explanation.graph, inputs).get('gradient')!.data], [1, -1, 2]);
});

test('inputs and outputs keep their names in a network that uses those names itself', async (t) => {
  const engine = createOrtEngine({ threads: 1 });
  t.teardown(() => engine.dispose());
  const graph = network((builder, image) => {
    const seed = builder.add({ op: 'Relu' }, [image], 'seed');
    const gradient = builder.add({ op: 'Mul' }, [seed, builder.scalar(2)], 'gradient');
    return builder.add({ op: 'Add' }, [gradient, seed], 'gradient_shape');
  });
  for (const sharedImage of [false, true]) {
    const explanation = differentiate(graph, { rule: 'gradient', sharedImage });
    t.deepEqual(explanation.graph.inputs, ['image', 'seed']);
    const executable = await engine.load(explanation.graph);
    const image = { dims: [1, 3, 1, 1], data: Float32Array.of(1, -2, 3) };
    const { gradient, embedding } = await executable.run({
      image,
      seed: { dims: [1, 3], data: Float32Array.of(1, 1, 2) },
    });
    t.deepEqual([...gradient!.data], [3, 0, 6]);
    t.deepEqual([...embedding!.data], [3, 0, 9]);
  }
});
