/** At least one use of every operator of graph.ts, with the attributes that are easy to get wrong. */
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Graph, Operator, OperatorName, OperatorOf as Of } from '../../src/model/graph.ts';
import { randomTensor } from './tensors.ts';

type Sample = (builder: GraphBuilder, x: string) => readonly string[];

/** One graph, image (N,3,7,6) -> an output for every sample, named after its operator. */
export function operatorSamples(): Graph {
  const builder = new GraphBuilder('operator_samples');
  const image = builder.input('image', ['N', 3, 7, 6]);
  const outputs: Record<string, string> = {};
  for (const [op, sample] of Object.entries(samples)) {
    for (const [i, value] of sample(builder, image).entries()) outputs[`out_${op}_${i}`] = value;
  }
  return builder.build(outputs);
}

function weights(builder: GraphBuilder, dims: readonly number[]): string {
  return builder.constant(dims, randomTensor(dims, dims.length + dims[0]!).data, 'weights');
}

function convolution(builder: GraphBuilder, x: string, overrides: Partial<Of<'Conv'>> = {}): string {
  const plain = { op: 'Conv', group: 1, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] } as const;
  const conv = { ...plain, ...overrides };
  return builder.add(conv, [x, weights(builder, [3 * conv.group, 3 / conv.group, 3, 2])]);
}

function transposedConvolution(
  builder: GraphBuilder,
  x: string,
  overrides: Partial<Of<'ConvTranspose'>>,
): string {
  const plain = {
    op: 'ConvTranspose',
    group: 1,
    strides: [1, 1],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    outputPadding: [0, 0],
  } as const;
  return builder.add({ ...plain, ...overrides }, [x, weights(builder, [3, 2, 3, 2])]);
}

const maxPool = {
  op: 'MaxPool', kernel: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1], dilations: [1, 1], ceil: false,
} as const; // prettier-ignore
const averagePool = {
  op: 'AveragePool', kernel: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1], ceil: false, countPads: false,
} as const; // prettier-ignore

/** The picture and a constant that broadcasts to it, both ways round. */
function withConstants(operator: Operator): Sample {
  return (builder, x) => {
    const perChannel = weights(builder, [3, 1, 1]);
    return [
      builder.add(operator, [x, perChannel]),
      builder.add(operator, [perChannel, x]),
      builder.add(operator, [x, weights(builder, [1, 3, 7, 6])]),
      builder.add(operator, [x, builder.scalar(0.5)]),
    ];
  };
}

/** Booleans of a comparison, as numbers. */
function compared(op: 'Greater' | 'Less'): Sample {
  return (builder, x) => [builder.add({ op: 'ToFloat' }, [builder.add({ op }, [x, builder.scalar(0.25)])])];
}

function elementwise(operator: Operator): Sample {
  return (builder, x) => [builder.add(operator, [x])];
}

const samples: { readonly [Name in OperatorName]: Sample } = {
  Conv: (builder, x) => [
    builder.add({ op: 'Conv', group: 1, strides: [2, 1], pads: [1, 0, 2, 1], dilations: [1, 1] }, [
      x,
      weights(builder, [4, 3, 3, 2]),
      weights(builder, [4]),
    ]),
    convolution(builder, x),
    convolution(builder, x, { pads: [3, 3, 3, 3] }),
    convolution(builder, x, { dilations: [2, 3], pads: [1, 2, 2, 1] }),
    convolution(builder, x, { group: 3, strides: [1, 2] }),
  ],
  ConvTranspose: (builder, x) => [
    transposedConvolution(builder, x, {}),
    transposedConvolution(builder, x, { strides: [2, 3], outputPadding: [1, 2], pads: [1, 0, 2, 1] }),
    transposedConvolution(builder, x, { group: 3, dilations: [2, 1], strides: [2, 1] }),
    builder.add(
      {
        op: 'ConvTranspose',
        group: 1,
        strides: [1, 2],
        pads: [0, 1, 0, 0],
        dilations: [1, 1],
        outputPadding: [0, 0],
      },
      [x, weights(builder, [3, 2, 2, 2]), weights(builder, [2])],
    ),
  ],
  MaxPool: (builder, x) => [
    builder.add(maxPool, [x]),
    builder.add({ ...maxPool, ceil: true, strides: [3, 2] }, [x]),
    builder.add({ ...maxPool, dilations: [2, 3], strides: [1, 1] }, [x]),
  ],
  AveragePool: (builder, x) => [
    builder.add(averagePool, [x]),
    builder.add({ ...averagePool, countPads: true }, [x]),
    builder.add({ ...averagePool, ceil: true, strides: [3, 3] }, [x]),
    builder.add({ ...averagePool, ceil: true, strides: [3, 3], countPads: true }, [x]),
  ],
  MaxUnpool: (builder, x) => {
    // Windows overlap, so that some places receive several numbers.
    const [top, positions] = builder.addMany({ ...maxPool, strides: [1, 1] }, [x], ['top', 'positions']);
    return [builder.add({ op: 'MaxUnpool' }, [builder.add({ op: 'Exp' }, [top!]), positions!, x])];
  },
  MatMul: (builder, x) => [
    builder.add({ op: 'MatMul' }, [x, weights(builder, [6, 4])]),
    builder.add({ op: 'MatMul' }, [x, builder.add({ op: 'Transpose', perm: [0, 1, 3, 2] }, [x])]),
    builder.add({ op: 'MatMul' }, [
      builder.add({ op: 'Reshape', shape: ['N', 126] }, [x]),
      weights(builder, [126, 5]),
    ]),
  ],
  Add: withConstants({ op: 'Add' }),
  Sub: withConstants({ op: 'Sub' }),
  Mul: withConstants({ op: 'Mul' }),
  Div: (builder, x) => {
    const positive = builder.add({ op: 'Exp' }, [x]);
    return withConstants({ op: 'Div' })(builder, positive);
  },
  Min: withConstants({ op: 'Min' }),
  Max: withConstants({ op: 'Max' }),
  Greater: compared('Greater'),
  Less: compared('Less'),
  Equal: (builder, x) => {
    const signs = builder.add({ op: 'Sign' }, [x]);
    return [builder.add({ op: 'ToFloat' }, [builder.add({ op: 'Equal' }, [signs, builder.scalar(1)])])];
  },
  And: (builder, x) => {
    const above = builder.add({ op: 'Greater' }, [x, builder.scalar(-0.5)]);
    const below = builder.add({ op: 'Less' }, [x, builder.scalar(0.5)]);
    return [builder.add({ op: 'ToFloat' }, [builder.add({ op: 'And' }, [above, below])])];
  },
  Where: (builder, x) => {
    const above = builder.add({ op: 'Greater' }, [x, builder.scalar(0)]);
    return [
      builder.add({ op: 'Where' }, [above, x, builder.scalar(0)]),
      builder.add({ op: 'Where' }, [above, builder.scalar(1), weights(builder, [3, 1, 1])]),
    ];
  },
  ToFloat: (builder, x) => [
    builder.add({ op: 'ToFloat' }, [builder.add({ op: 'Less' }, [x, weights(builder, [6])])]),
  ],
  Relu: elementwise({ op: 'Relu' }),
  PRelu: (builder, x) => [builder.add({ op: 'PRelu' }, [x, weights(builder, [3, 1, 1])])],
  Sigmoid: elementwise({ op: 'Sigmoid' }),
  HardSwish: (builder, x) => [
    builder.add({ op: 'HardSwish' }, [builder.add({ op: 'Mul' }, [x, builder.scalar(4)])]),
  ],
  Tanh: elementwise({ op: 'Tanh' }),
  Softplus: elementwise({ op: 'Softplus' }),
  Erf: elementwise({ op: 'Erf' }),
  Exp: elementwise({ op: 'Exp' }),
  Sqrt: (builder, x) => [builder.add({ op: 'Sqrt' }, [builder.add({ op: 'Abs' }, [x])])],
  Sign: elementwise({ op: 'Sign' }),
  Abs: elementwise({ op: 'Abs' }),
  LeakyRelu: elementwise({ op: 'LeakyRelu', alpha: 0.1 }),
  Elu: elementwise({ op: 'Elu', alpha: 0.7 }),
  HardSigmoid: elementwise({ op: 'HardSigmoid', alpha: 0.4, beta: 0.3 }),
  Clip: (builder, x) => [
    builder.add({ op: 'Clip', min: 0, max: 0.8 }, [x]),
    builder.add({ op: 'Clip', min: -1, max: 3.4028234663852886e38 }, [x]),
  ],
  Softmax: (builder, x) => [
    builder.add({ op: 'Softmax', axis: 1 }, [x]),
    builder.add({ op: 'Softmax', axis: 3 }, [x]),
  ],
  ReduceMean: (builder, x) => [
    builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [x]),
    builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: false }, [x]),
    builder.add({ op: 'ReduceMean', axes: [1], keepDims: true }, [x]),
  ],
  ReduceSum: (builder, x) => [
    builder.add({ op: 'ReduceSum', axes: [2, 3], keepDims: true }, [x]),
    builder.add({ op: 'ReduceSum', axes: [1, 3], keepDims: false }, [x]),
  ],
  Concat: (builder, x) => [
    builder.add({ op: 'Concat', axis: 1 }, [x, builder.add({ op: 'Relu' }, [x]), x]),
    builder.add({ op: 'Concat', axis: 3 }, [x, x]),
  ],
  Slice: (builder, x) => [
    builder.add({ op: 'Slice', axes: [1], starts: [1], ends: [3], steps: [1] }, [x]),
    builder.add({ op: 'Slice', axes: [3, 2], starts: [1, 0], ends: [6, 7], steps: [2, 3] }, [x]),
  ],
  Pad: (builder, x) => [
    builder.add({ op: 'Pad', mode: 'constant', pads: [0, 1, 2, 0, 0, 0, 1, 3], value: 0.5 }, [x]),
    builder.add({ op: 'Pad', mode: 'reflect', pads: [0, 0, 2, 1, 0, 0, 3, 2], value: 0 }, [x]),
    builder.add({ op: 'Pad', mode: 'edge', pads: [0, 0, 2, 1, 0, 0, 3, 2], value: 0 }, [x]),
  ],
  Reshape: (builder, x) => [
    builder.add({ op: 'Reshape', shape: ['N', 126] }, [x]),
    builder.add({ op: 'Reshape', shape: ['N', 3, 1, 42] }, [x]),
  ],
  Transpose: (builder, x) => [
    builder.add({ op: 'Transpose', perm: [0, 2, 3, 1] }, [x]),
    builder.add({ op: 'Transpose', perm: [0, 3, 1, 2] }, [x]),
  ],
  ExpandAs: (builder, x) => [
    builder.add({ op: 'ExpandAs' }, [builder.add({ op: 'ReduceSum', axes: [2, 3], keepDims: true }, [x]), x]),
    builder.add({ op: 'ExpandAs' }, [weights(builder, [6]), x]),
  ],
  Identity: elementwise({ op: 'Identity' }),
};
