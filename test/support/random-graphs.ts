/** Random small networks for property tests: a plan is a list of steps, each of which always fits what came before it. */
import fc from 'fast-check';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Graph, Margins, Operator, Pair } from '../../src/model/graph.ts';
import { randomTensor } from './tensors.ts';

export interface GraphPlan {
  readonly size: Pair;
  /** A step's name, and the numbers that decide its attributes. */
  readonly steps: readonly (readonly [step: string, choices: readonly number[]])[];
}

/** Plans of rectifiers and of everything that is linear or chooses: all three backward rules are defined on them. */
export const rectifierPlans = (): fc.Arbitrary<GraphPlan> => plansOf([...rectifiers, ...structure]);

/** Plans of everything that has a gradient. */
export const allPlans = (): fc.Arbitrary<GraphPlan> =>
  plansOf([...rectifiers, ...structure, ...Object.keys(smooth)]);

function plansOf(names: readonly string[]): fc.Arbitrary<GraphPlan> {
  const choices = fc.array(fc.nat(999), { minLength: 12, maxLength: 12 });
  return fc.record({
    size: fc.tuple(fc.integer({ min: 3, max: 6 }), fc.integer({ min: 3, max: 6 })),
    steps: fc.array(fc.tuple(fc.constantFrom(...names), choices), { minLength: 1, maxLength: 6 }),
  });
}

/** image (N,3,H,W) -> embedding (N,C), the mean over places. */
export function buildPlan({ size, steps }: GraphPlan): Graph {
  const builder = new GraphBuilder('random');
  let x = builder.input('image', ['N', 3, ...size]);
  for (const [name, choices] of steps) x = recipes[name]!(new Draft(builder, x, choices));
  const [, channels = 0] = builder.shape(x);
  const pooled = builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [x]);
  return builder.build({
    embedding: builder.add({ op: 'Reshape', shape: ['N', channels] }, [pooled]),
  });
}

/** A value (N,C,H,W) that a recipe carries on from, with a source of choices. */
class Draft {
  readonly builder: GraphBuilder;
  readonly x: string;
  readonly #choices: readonly number[];
  #next = 0;

  constructor(builder: GraphBuilder, x: string, choices: readonly number[]) {
    this.builder = builder;
    this.x = x;
    this.#choices = choices;
  }

  get shape(): readonly [number, number, number] {
    return this.builder.shape(this.x).slice(1).map(Number) as [number, number, number];
  }

  /** A whole number below `count`. */
  pick(count: number): number {
    return this.#choices[this.#next++ % this.#choices.length]! % count;
  }

  pair(count: number): Pair {
    return [this.pick(count), this.pick(count)];
  }

  add(operator: Operator, ...inputs: readonly string[]): string {
    return this.builder.add(operator, [this.x, ...inputs]);
  }

  /** Random weights of a size that keeps the numbers from growing. */
  weights(dims: readonly number[], fanIn = 1): string {
    const { data } = randomTensor(dims, 7 + this.pick(1000));
    return this.builder.constant(dims, data.map((value) => value / Math.sqrt(fanIn)), 'weights'); // prettier-ignore
  }
}

type Recipe = (draft: Draft) => string;

/** Kernel, strides, pads and dilations that fit the value; pads smaller than `padLimit`, or than the kernel where that is undefined. */
function window(draft: Draft, padLimit?: number) {
  const [, ...size] = draft.shape;
  const along = (i: number) => {
    const wish = 1 + draft.pick(3);
    // No further apart than the value is wide, or a window could lie between two pads and see nothing.
    const spread = Math.min(1 + draft.pick(2), size[i]!);
    const [before, after] = draft.pair(padLimit ?? wish);
    const fits = (wish - 1) * spread + 1 <= size[i]! + before + after;
    const stride = 1 + draft.pick(3);
    return fits ? { kernel: wish, dilation: spread, before, after, stride } : { kernel: 1, dilation: 1, before: 0, after: 0, stride: 1 }; // prettier-ignore
  };
  const [y, x] = [along(0), along(1)];
  return {
    kernel: [y.kernel, x.kernel] as Pair,
    strides: [y.stride, x.stride] as Pair,
    pads: [y.before, x.before, y.after, x.after] as Margins,
    dilations: [y.dilation, x.dilation] as Pair,
  };
}

function conv(draft: Draft): string {
  const [channels] = draft.shape;
  const group = draft.pick(3) === 0 ? channels : 1;
  const out = group * (1 + draft.pick(group > 1 ? 2 : 4));
  const { kernel, ...rest } = window(draft, 4);
  const weight = draft.weights(
    [out, channels / group, ...kernel],
    (channels / group) * kernel[0] * kernel[1],
  );
  const bias = draft.pick(2) === 0 ? [draft.weights([out])] : [];
  return draft.add({ op: 'Conv', group, ...rest }, weight, ...bias);
}

function convTranspose(draft: Draft): string {
  const [channels, height, width] = draft.shape;
  const group = draft.pick(2) === 0 ? channels : 1;
  const kernel = draft.pair(2).map((n) => n + 1) as unknown as Pair;
  const strides = draft.pair(2).map((n) => n + 1) as unknown as Pair;
  const outputPadding = strides.map((stride) => draft.pick(stride)) as unknown as Pair;
  const cut = (size: number) => (size > 2 ? draft.pick(2) : 0);
  const pads: Margins = [cut(height), cut(width), 0, 0];
  const weight = draft.weights([channels, group === 1 ? 2 : 1, ...kernel], 2);
  return draft.add({ op: 'ConvTranspose', group, strides, pads, dilations: [1, 1], outputPadding }, weight);
}

/** Both halves of a branch have the shape of x. */
function sameSizeConv(draft: Draft): string {
  const [channels] = draft.shape;
  const weight = draft.weights([channels, channels, 3, 3], channels * 9);
  return draft.add({ op: 'Conv', group: 1, strides: [1, 1], pads: [1, 1, 1, 1], dilations: [1, 1] }, weight);
}

const rectifiers = ['Relu', 'Clip(0,c)', 'Relu', 'conv', 'conv'];

const structure = [
  'conv', 'conv', 'convTranspose', 'maxPool', 'averagePool', 'residual', 'concat', 'slice', 'pad', 'shuffle', 'transpose',
  'withConstant', 'gate', 'columnMean', 'matMul',
]; // prettier-ignore

const linear: Readonly<Record<string, Recipe>> = {
  Relu: (draft) => draft.add({ op: 'Relu' }),
  'Clip(0,c)': (draft) => draft.add({ op: 'Clip', min: 0, max: 0.2 + draft.pick(3) / 2 }),
  conv,
  convTranspose,
  maxPool(draft) {
    const sliding = window(draft);
    // Dilated windows that hang over cannot always be written (onnx/write.ts): such pools are not in use.
    const ceil = draft.pick(2) === 0 && sliding.dilations.join() === '1,1';
    return draft.add({ op: 'MaxPool', ...sliding, ceil });
  },
  averagePool(draft) {
    const ceil = draft.pick(2) === 0;
    const countPads = draft.pick(2) === 0;
    // Not dilated: the window fits wherever the dilated one does.
    const { kernel, strides, pads } = window(draft);
    return draft.add({ op: 'AveragePool', kernel, strides, pads, ceil, countPads });
  },
  /** x + relu(conv(x)), also with x read by three nodes. */
  residual(draft) {
    const branch = draft.builder.add({ op: 'Relu' }, [sameSizeConv(draft)]);
    const sum = draft.add({ op: draft.pick(2) === 0 ? 'Add' : 'Sub' }, branch);
    return draft.pick(2) === 0 ? sum : draft.builder.add({ op: 'Add' }, [sum, draft.x]);
  },
  concat(draft) {
    const axis = 1 + draft.pick(3);
    return draft.builder.add({ op: 'Concat', axis }, [
      sameSizeConv(draft),
      draft.x,
      draft.add({ op: 'Relu' }),
    ]);
  },
  slice(draft) {
    const axes = draft.pick(2) === 0 ? [1, 2] : [3];
    const sizes = axes.map((axis) => draft.shape[axis - 1]!);
    const starts = sizes.map((size) => draft.pick(size));
    const ends = sizes.map((size, i) => starts[i]! + 1 + draft.pick(size - starts[i]!));
    return draft.add({ op: 'Slice', axes, starts, ends, steps: axes.map(() => 1 + draft.pick(3)) });
  },
  pad(draft) {
    const [above, left, below, right] = [draft.pick(3), draft.pick(3), draft.pick(3), draft.pick(3)];
    const pads = [0, draft.pick(2), above, left, 0, draft.pick(2), below, right];
    const padded = draft.add({ op: 'Pad', mode: 'constant', pads, value: draft.pick(3) - 1 });
    // onnxruntime 1.30 moves a Pad into an AveragePool behind it, and then refuses pads that are larger than the kernel.
    return draft.builder.add({ op: 'Mul' }, [padded, draft.builder.scalar(0.5)]);
  },
  /** Channel shuffle: (N,C,H,W) -> (N,g,C/g,H,W) -> (N,C/g,g,H,W) -> (N,C,H,W). */
  shuffle(draft) {
    const [channels, ...size] = draft.shape;
    const groups = channels % 2 === 0 ? 2 : channels;
    const apart = draft.add({ op: 'Reshape', shape: ['N', groups, channels / groups, ...size] });
    const turned = draft.builder.add({ op: 'Transpose', perm: [0, 2, 1, 3, 4] }, [apart]);
    return draft.builder.add({ op: 'Reshape', shape: ['N', channels, ...size] }, [turned]);
  },
  transpose: (draft) =>
    draft.add({ op: 'Transpose', perm: [[0, 1, 3, 2], [0, 2, 1, 3], [0, 3, 1, 2]][draft.pick(3)]! }), // prettier-ignore
  /** A constant that broadcasts to x, on either side. */
  withConstant(draft) {
    const [channels, height, width] = draft.shape;
    const dims = [[channels, 1, 1], [1, channels, height, width], [width], [], [height, 1]][draft.pick(5)]!; // prettier-ignore
    const op = (['Add', 'Sub', 'Mul'] as const)[draft.pick(3)]!;
    const weight = draft.weights(dims);
    return draft.builder.add({ op }, draft.pick(2) === 0 ? [draft.x, weight] : [weight, draft.x]);
  },
  /** Squeeze and excitation, over places or over channels; the broadcast runs either way. */
  gate(draft) {
    const axes = [[2, 3], [1], [1, 2, 3]][draft.pick(3)]!;
    const op = draft.pick(2) === 0 ? 'ReduceMean' : 'ReduceSum';
    const narrow = draft.add({ op, axes, keepDims: true });
    const operator: Operator = { op: (['Mul', 'Add', 'Sub'] as const)[draft.pick(3)]! };
    return draft.builder.add(operator, draft.pick(2) === 0 ? [draft.x, narrow] : [narrow, draft.x]);
  },
  /** A mean that drops its dimension. */
  columnMean(draft) {
    const [channels, height] = draft.shape;
    const mean = draft.add({ op: 'ReduceMean', axes: [3], keepDims: false });
    return draft.builder.add({ op: 'Reshape', shape: ['N', channels, height, 1] }, [mean]);
  },
  /** x · W, x · xᵀ, or (W · x). */
  matMul(draft) {
    const [, height, width] = draft.shape;
    if (draft.pick(2) === 0) return draft.add({ op: 'MatMul' }, draft.weights([width, 3], width));
    const turned = draft.add({ op: 'Transpose', perm: [0, 1, 3, 2] });
    const scaled = draft.builder.add({ op: 'Mul' }, [turned, draft.builder.scalar(1 / height)]);
    return draft.add({ op: 'MatMul' }, scaled);
  },
};

const smooth: Readonly<Record<string, Recipe>> = {
  'Clip(-1,1)': (draft) => draft.add({ op: 'Clip', min: -1, max: 1 }),
  LeakyRelu: (draft) => draft.add({ op: 'LeakyRelu', alpha: 0.1 }),
  PRelu: (draft) => draft.add({ op: 'PRelu' }, draft.weights([draft.shape[0], 1, 1])),
  Elu: (draft) => draft.add({ op: 'Elu', alpha: 0.5 + draft.pick(3) / 2 }),
  Sigmoid: (draft) => draft.add({ op: 'Sigmoid' }),
  HardSigmoid: (draft) => draft.add({ op: 'HardSigmoid', alpha: 0.6, beta: 0.4 }),
  HardSwish: (draft) =>
    draft.builder.add({ op: 'HardSwish' }, [draft.add({ op: 'Mul' }, draft.builder.scalar(3))]),
  Tanh: (draft) => draft.add({ op: 'Tanh' }),
  Softplus: (draft) => draft.add({ op: 'Softplus' }),
  Softmax: (draft) => draft.add({ op: 'Softmax', axis: 1 + draft.pick(3) }),
  Abs: (draft) => draft.add({ op: 'Abs' }),
  Exp: (draft) => draft.builder.add({ op: 'Exp' }, [draft.add({ op: 'Tanh' })]),
  /** √(x² + 1). */
  Sqrt: (draft) =>
    draft.builder.add({ op: 'Sqrt' }, [
      draft.builder.add({ op: 'Add' }, [draft.add({ op: 'Mul' }, draft.x), draft.builder.scalar(1)]),
    ]),
  /** x · (1 + erf(x/√2)) / 2. */
  GELU(draft) {
    const { builder } = draft;
    const scaled = draft.add({ op: 'Mul' }, builder.scalar(Math.SQRT1_2));
    const sum = builder.add({ op: 'Add' }, [builder.add({ op: 'Erf' }, [scaled]), builder.scalar(1)]);
    return builder.add({ op: 'Mul' }, [draft.add({ op: 'Mul' }, sum), builder.scalar(0.5)]);
  },
  SiLU: (draft) => draft.add({ op: 'Mul' }, draft.add({ op: 'Sigmoid' })),
  /** x / (1 + softplus(conv(x))), and 1 over it. */
  ratio(draft) {
    const { builder } = draft;
    const positive = builder.add({ op: 'Softplus' }, [sameSizeConv(draft)]);
    const below = builder.add({ op: 'Add' }, [positive, builder.scalar(1)]);
    const ratio = draft.add({ op: 'Div' }, below);
    return draft.pick(2) === 0 ? ratio : builder.add({ op: 'Div' }, [draft.weights([draft.shape[2]]), below]);
  },
  /** The larger or the smaller of two branches, or of x and a constant. */
  chosen(draft) {
    const other = draft.pick(2) === 0 ? sameSizeConv(draft) : draft.weights([draft.shape[1], 1]);
    return draft.add({ op: draft.pick(2) === 0 ? 'Max' : 'Min' }, other);
  },
};

const recipes: Readonly<Record<string, Recipe>> = { ...linear, ...smooth };
