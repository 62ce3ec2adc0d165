/** The rules guided and gradient through max-pools that are written as convolutions (backward/max-pool.ts), against its definition. */
import test from 'ava';
import type { Tensor } from '../../src/core/tensor.ts';
import { sizeOf } from '../../src/core/tensor.ts';
import { dot } from '../../src/core/vector.ts';
import { differentiate } from '../../src/explain/differentiate.ts';
import { GraphBuilder, subgraph } from '../../src/model/builder.ts';
import type { Engine } from '../../src/model/engine.ts';
import type { Graph, Margins, OperatorOf, Pair } from '../../src/model/graph.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { interpret } from '../support/interpret.ts';
import { coarseTensor, randomTensor, relativeError, repeated } from '../support/tensors.ts';

/** Of the nets with ReLU6's kind of rectifier. */
const ceiling = 6;

interface Net {
  readonly name: string;
  readonly size: Pair;
  readonly pool: Partial<OperatorOf<'MaxPool'>>;
  /** Kernel, stride and pad of the convolution before it. */
  readonly stem: readonly [number, number, number];
  readonly rectifier?: 'Relu' | 'Clip';
  /** Does the first convolution take the phases as they are? */
  readonly apart?: boolean;
}

type Rule = 'guided' | 'gradient';

const nets: readonly Net[] = [
  { name: 'windows that overlap', size: [11, 11], pool: {}, stem: [1, 1, 0] },
  { name: 'a stem as of SqueezeNet', size: [15, 16], pool: {}, stem: [3, 2, 0], apart: true },
  { name: 'a stem as of ResNet', size: [16, 14], pool: { pads: [1, 1, 1, 1] }, stem: [7, 2, 3], apart: true },
  { name: 'windows side by side', size: [8, 6], pool: { kernel: [2, 2] }, stem: [3, 1, 1] },
  { name: 'windows that leave the last places out', size: [9, 7], pool: { kernel: [2, 2] }, stem: [1, 1, 0] },
  { name: 'windows that hang over', size: [8, 10], pool: { ceil: true }, stem: [2, 1, 0] },
  { name: 'unequal sides', size: [13, 9], pool: { kernel: [3, 2], strides: [3, 2], pads: [0, 1, 1, 0] }, stem: [2, 2, 1], apart: true }, // prettier-ignore
  { name: 'ReLU6', size: [11, 9], pool: {}, stem: [3, 1, 1], rectifier: 'Clip' },
  {
    name: 'ReLU6 behind a strided stem',
    size: [13, 12],
    pool: {},
    stem: [3, 2, 1],
    rectifier: 'Clip',
    apart: true,
  },
];

/** image (N,3,H,W) -> convolution, rectifier, pool -> embedding (N,4) by a kernel as large as the map, so that R differs from place to place. */
function build({ size, pool, stem: [kernel, stride, pad], rectifier = 'Relu' }: Net, channels = 16): Graph {
  const builder = new GraphBuilder('pool');
  const image = builder.input('image', ['N', 3, ...size]);
  const weights = (dims: readonly number[]) => builder.constant(dims, randomTensor(dims, dims[0]).data);
  const stem = builder.add(
    { op: 'Conv', group: 1, strides: [stride, stride], pads: [pad, pad, pad, pad], dilations: [1, 1] },
    [image, weights([channels, 3, kernel, kernel])],
  );
  const rectified = builder.add(
    rectifier === 'Relu' ? { op: 'Relu' } : { op: 'Clip', min: 0, max: ceiling },
    [stem],
  );
  const pads: Margins = [0, 0, 0, 0];
  const window = { kernel: [3, 3], strides: [2, 2], pads, dilations: [1, 1], ceil: false } as const;
  const pooled = builder.add({ op: 'MaxPool', ...window, ...pool }, [rectified]);
  const [, , height, width] = builder.shape(pooled).map(Number) as [number, number, number, number];
  const top = builder.add({ op: 'Conv', group: 1, strides: [1, 1], pads, dilations: [1, 1] }, [
    pooled,
    weights([4, channels, height, width]),
  ]);
  return builder.build({ embedding: builder.add({ op: 'Reshape', shape: ['N', 4] }, [top]) });
}

/**
 * The rule in loops, for one picture. The convolutions are linear: what R gives to a number is <what that number alone gives, R>.
 */
async function defined(
  net: Net,
  rule: Rule,
  engine: Engine,
  image: Tensor,
  seed: Tensor,
): Promise<Float64Array> {
  const graph = build(net);
  const [stem, rectifier, pool, top] = graph.nodes.map(({ outputs }) => outputs[0]!);
  const values = interpret(graph, { image });
  const y = values.get(rectifier!)!;
  const [channels, height, width] = y.dims.slice(1) as [number, number, number];
  const weights = graph.constants.get(graph.nodes.find(({ outputs }) => outputs[0] === top)!.inputs[1]!)!;
  const windows = values.get(pool!)!.data.length;
  const arriving = Array.from({ length: windows }, (_, i) =>
    seed.data.reduce((sum, value, k) => sum + value * Number(weights.data[k * windows + i]), 0),
  );
  const { kernel, strides, pads } = graph.nodes.find(({ op }) => op === 'MaxPool') as OperatorOf<'MaxPool'>;
  const [, , rows, columns] = values.get(pool!)!.dims as [number, number, number, number];
  const given = new Float64Array(y.data.length);
  for (let i = 0; i < windows; i++) {
    const [channel, row, column] = [
      Math.floor(i / rows / columns),
      Math.floor(i / columns) % rows,
      i % columns,
    ];
    let first: number | undefined;
    for (let place = 0; place < kernel[0] * kernel[1]; place++) {
      const v = row * strides[0] - pads[0] + Math.floor(place / kernel[1]);
      const u = column * strides[1] - pads[1] + (place % kernel[1]);
      if (v < 0 || u < 0 || v >= height || u >= width) continue;
      const at = (channel * height + v) * width + u;
      if (first === undefined || y.data[at]! > y.data[first]!) first = at;
    }
    given[first!]! += arriving[i]!;
  }
  const limit = net.rectifier === 'Clip' ? ceiling : Infinity;
  const least = rule === 'guided' ? 0 : -Infinity;
  const passed = given.map((r, i) => (y.data[i]! > 0 && y.data[i]! < limit ? Math.max(r, least) : 0));
  const numbers = sizeOf(image.dims);
  const basis = Float32Array.from({ length: numbers ** 2 }, (_, i) => Number(i % (numbers + 1) === 0));
  const forward = await engine.load(subgraph(graph, [stem!]));
  const alone = await forward.run({ image: { dims: [numbers, ...image.dims.slice(1)], data: basis } });
  const size = channels * height * width;
  return Float64Array.from({ length: numbers }, (_, k) =>
    dot(alone[stem!]!.data.subarray(k * size, (k + 1) * size), Float32Array.from(passed)),
  );
}

for (const [net, rule] of nets.flatMap((net) => [[net, 'guided'] as const, [net, 'gradient'] as const])) {
  for (const [what, picture] of [
    ['noise', randomTensor],
    ['ties and zeros', coarseTensor],
  ] as const) {
    test(`${net.name}, ${what}, ${rule}: R goes to the first maximum, and nowhere else`, async (t) => {
      const engine = createOrtEngine({ threads: 1 });
      t.teardown(() => engine.dispose());
      const inputs = { image: picture([1, 3, ...net.size]), seed: randomTensor([1, 4], 5) };
      const { graph } = differentiate(build(net), { rule });
      const count = (op: string) => graph.nodes.filter((node) => node.op === op).length;
      t.is(count('MaxUnpool'), 0, 'no positions');
      const { strides = [2, 2] } = net.pool;
      t.is(count('ConvTranspose'), net.apart ? strides[0] * strides[1] : Number(net.stem[1] > 1));
      const expected = await defined(net, rule, engine, inputs.image, inputs.seed);
      t.true(expected.filter((value) => value !== 0).length * 4 > expected.length, 'much to compare');
      const interpreted = interpret(graph, inputs).get('gradient')!.data;
      t.true(relativeError(interpreted, expected) < 1e-5, 'as defined');
      const { gradient } = await (await engine.load(graph)).run(inputs);
      t.true(relativeError(gradient!.data, expected) < 1e-5, 'as computed');
    });
  }
}

test('one picture for all seeds gives what a picture for each gives', async (t) => {
  const engine = createOrtEngine({ threads: 1 });
  t.teardown(() => engine.dispose());
  const net = nets[2]!;
  const image = randomTensor([1, 3, ...net.size]);
  const seed = randomTensor([3, 4], 5);
  const gradientOf = async (sharedImage: boolean, pictures: typeof image) => {
    const { graph } = differentiate(build(net), { rule: 'guided', sharedImage });
    const { gradient } = await (await engine.load(graph)).run({ image: pictures, seed });
    return gradient!.data;
  };
  const [shared, own] = [await gradientOf(true, image), await gradientOf(false, repeated(image, 3))];
  t.true(relativeError(shared, own) < 1e-5);
});

test('positions are used where places beside the picture would count as a maximum, or channels are no block', (t) => {
  const usesPositions = (graph: Graph, rule: 'guided' | 'gradient' | 'deconvnet') =>
    differentiate(graph, { rule }).graph.nodes.some(({ op }) => op === 'MaxUnpool');
  const net = nets[0]!;
  t.false(usesPositions(build(net), 'guided'));
  t.false(usesPositions(build(net), 'gradient'));
  t.true(usesPositions(build(net), 'deconvnet'));
  t.true(usesPositions(build(net, 12), 'guided'));
  t.true(usesPositions(build({ ...net, pool: { strides: [1, 1] } }), 'guided'));
  t.true(usesPositions(build({ ...net, pool: { strides: [4, 4] } }), 'guided'));
  t.true(usesPositions(build({ ...net, pool: { dilations: [2, 2] } }), 'guided'));
  const bare = new GraphBuilder('no rectifier before the pool');
  const window = { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], ceil: false } as const; // prettier-ignore
  const pooled = bare.add({ op: 'MaxPool', ...window }, [bare.input('image', ['N', 16, 4, 4])]);
  const embedding = bare.add({ op: 'Reshape', shape: ['N', 64] }, [bare.add({ op: 'Relu' }, [pooled])]);
  t.true(usesPositions(bare.build({ embedding }), 'guided'));
});
