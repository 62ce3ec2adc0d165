/** Import rules: convolutions and batch normalisation. */
import type { Constant, Margins, Node, Pair } from '../../graph.ts';
import { picture } from '../../operators/shapes.ts';
import type { ImportContext, ImportRule } from './context.ts';

type Floats = Extract<Constant, { type: 'float32' }>;

export const convolutionRules: Record<string, ImportRule> = {
  Conv(context) {
    const weight = picture(context.shape(1));
    const kernel = pair(context.ints('kernel_shape'), [weight[2], weight[3]]);
    context.emit(
      { op: 'Conv', group: context.int('group', 1), ...slidingWindow(context, kernel) },
      operands(context),
    );
  },

  ConvTranspose(context) {
    if (context.text('auto_pad', 'NOTSET') !== 'NOTSET' || context.has('output_shape')) {
      throw context.unsupported('expected explicit pads, received auto_pad or output_shape');
    }
    const weight = picture(context.shape(1));
    const { strides, pads, dilations } = slidingWindow(context, [weight[2], weight[3]]);
    const outputPadding = pair(context.ints('output_padding'), [0, 0]);
    const group = context.int('group', 1);
    context.emit({ op: 'ConvTranspose', group, strides, pads, dilations, outputPadding }, operands(context));
  },

  /** y = (x - mean) / sqrt(var + ε) · scale + bias: folded into the convolution before it where there is one. */
  BatchNormalization(context) {
    const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => context.constant(i)?.data);
    if (!scale || !bias || !mean || !variance)
      throw context.unsupported('expected constant scale, bias, mean and variance');
    if (context.int('spatial', 1) !== 1 || context.int('training_mode', 0) !== 0)
      throw context.unsupported('expected the statistics of each channel, as known after training');
    const epsilon = context.float('epsilon', 1e-5);
    const factor = scale.map((value, c) => value / Math.sqrt(variance[c]! + epsilon));
    const offset = bias.map((value, c) => value - mean[c]! * factor[c]!);
    const before = context.soleProducer(0);
    if (before?.op === 'Conv' && foldIntoConv(context, before, factor, offset)) return;
    const perChannel = [
      factor.length,
      ...context
        .shape(0)
        .slice(2)
        .map(() => 1),
    ];
    const { builder } = context;
    const scaled = context.apply({ op: 'Mul' }, [
      context.value(0),
      builder.constant(perChannel, factor, 'bn_factor'),
    ]);
    context.emit({ op: 'Add' }, [scaled, builder.constant(perChannel, offset, 'bn_offset')]);
  },
};

function operands(context: ImportContext): string[] {
  return [0, 1, 2].filter((i) => context.given(i)).map((i) => context.value(i));
}

function foldIntoConv(
  context: ImportContext,
  conv: Node & { op: 'Conv' },
  factor: Float32Array,
  offset: Float32Array,
): boolean {
  const [x, weightName, biasName] = conv.inputs;
  const weight = floats(context, weightName!);
  const bias = biasName === undefined ? undefined : floats(context, biasName);
  if (!weight || (biasName !== undefined && !bias)) return false;
  const perKernel = weight.data.length / factor.length;
  const folded = weight.data.map((value, i) => value * factor[Math.floor(i / perKernel)]!);
  const shift = offset.map((value, c) => value + (bias ? bias.data[c]! * factor[c]! : 0));
  const { group, strides, pads, dilations } = conv;
  const { builder } = context;
  context.emit({ op: 'Conv', group, strides, pads, dilations }, [
    x!,
    builder.constant(weight.dims, folded, weightName),
    builder.constant([shift.length], shift, `${weightName}_bias`),
  ]);
  return true;
}

function floats(context: ImportContext, name: string): Floats | undefined {
  const constant = context.builder.constantOf(name);
  return constant?.type === 'float32' ? constant : undefined;
}

export function pair(values: readonly number[] | undefined, otherwise: Pair): Pair {
  return values ? [values[0]!, values[1]!] : otherwise;
}

/** strides, pads and dilations with auto_pad worked out for the size of input 0. */
export function slidingWindow(
  context: ImportContext,
  kernel: Pair,
): { readonly strides: Pair; readonly pads: Margins; readonly dilations: Pair } {
  const strides = pair(context.ints('strides'), [1, 1]);
  const dilations = pair(context.ints('dilations'), [1, 1]);
  const [, , height, width] = picture(context.shape(0));
  const mode = context.text('auto_pad', 'NOTSET');
  if (mode === 'NOTSET') {
    const [top = 0, left = 0, bottom = 0, right = 0] = context.ints('pads') ?? [];
    return { strides, dilations, pads: [top, left, bottom, right] };
  }
  if (mode === 'VALID') return { strides, dilations, pads: [0, 0, 0, 0] };
  if (mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER')
    throw context.unsupported(`expected a known auto_pad, received ${mode}`);
  const total = [height, width].map((size, i) => {
    const places = Math.ceil(size / strides[i]!);
    return Math.max(0, (places - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - size);
  });
  const before = total.map((margin) =>
    mode === 'SAME_UPPER' ? Math.floor(margin / 2) : Math.ceil(margin / 2),
  );
  return {
    strides,
    dilations,
    pads: [before[0]!, before[1]!, total[0]! - before[0]!, total[1]! - before[1]!],
  };
}
