/** Import rules: pools and reductions. */
import { picture } from '../../operators/shapes.ts';
import type { ImportContext, ImportRule } from './context.ts';
import { positiveAxis } from './context.ts';
import { pair, slidingWindow } from './convolution.ts';

export const poolingRules: Record<string, ImportRule> = {
  MaxPool(context) {
    if (context.outputs[1])
      throw context.unsupported('its second output (Indices) is used, which is not known here');
    const kernel = pair(context.ints('kernel_shape'), [1, 1]);
    const ceil = context.int('ceil_mode', 0) === 1;
    const pool = { op: 'MaxPool', kernel, ceil, ...slidingWindow(context, kernel) } as const;
    // Channels side by side are pooled each for itself: what is put together then is smaller, and each pool's gradient has one reader.
    const before = context.producer(0);
    if (before?.op !== 'Concat' || before.axis !== 1) context.emit(pool, [context.value(0)]);
    else
      context.emit(
        { op: 'Concat', axis: 1 },
        before.inputs.map((input) => context.apply(pool, [input])),
      );
  },

  AveragePool(context) {
    const kernel = pair(context.ints('kernel_shape'), [1, 1]);
    const { strides, pads, dilations } = slidingWindow(context, kernel);
    if (dilations.join() !== '1,1') throw context.unsupported('dilated average pools are not known here');
    const ceil = context.int('ceil_mode', 0) === 1;
    const countPads = context.int('count_include_pad', 0) === 1;
    context.emit({ op: 'AveragePool', kernel, strides, pads, ceil, countPads }, [context.value(0)]);
  },

  GlobalAveragePool(context) {
    context.emit({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [context.value(0)]);
  },

  GlobalMaxPool(context) {
    const [, , height, width] = picture(context.shape(0));
    context.emit(
      {
        op: 'MaxPool',
        kernel: [height, width],
        strides: [1, 1],
        pads: [0, 0, 0, 0],
        dilations: [1, 1],
        ceil: false,
      },
      [context.value(0)],
    );
  },

  ReduceMean: (context) => reduce(context, 'ReduceMean'),
  ReduceSum: (context) => reduce(context, 'ReduceSum'),
};

/** Axes are an attribute in older opsets, an input in newer ones; none means all. */
function reduce(context: ImportContext, op: 'ReduceMean' | 'ReduceSum'): void {
  const rank = context.shape(0).length;
  const axes = context.ints('axes') ?? context.numbers(1) ?? [];
  if (axes.length === 0 && context.int('noop_with_empty_axes', 0) === 1)
    return context.alias(context.value(0));
  const all =
    axes.length > 0 ? axes.map((axis) => positiveAxis(axis, rank)) : context.shape(0).map((_, i) => i);
  if (all.includes(0))
    throw context.unsupported('expected pictures to stay apart, received a reduction over the batch');
  const keepDims = context.int('keepdims', 1) === 1;
  context.emit({ op, axes: all.toSorted((a, b) => a - b), keepDims }, [context.value(0)]);
}
