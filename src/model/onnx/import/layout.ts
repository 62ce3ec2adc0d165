/** Import rules: what only moves numbers, and shape arithmetic that folds. */
import { sizeOf } from '../../../core/tensor.ts';
import type { Dim, Shape } from '../../graph.ts';
import { fixed } from '../../operators/shapes.ts';
import type { ImportContext, ImportRule } from './context.ts';
import { knownSize, positiveAxis } from './context.ts';
import { transposed } from './arithmetic.ts';

const FLOAT_TYPES = new Set([1, 10, 11]);

export const layoutRules: Record<string, ImportRule> = {
  Identity: pass,
  Dropout: pass,
  Constant: constant,
  Shape: (context) => {
    const shape = context.shape(0);
    const [start, end] = [context.int('start', 0), context.int('end', shape.length)];
    context.know(shape.slice(start, end));
  },

  Cast(context) {
    const to = context.int('to', 1);
    const imported = context.imported(0);
    if ('integers' in imported && FLOAT_TYPES.has(to)) return context.alias(context.value(0));
    const constant = context.constant(0);
    if (constant && !FLOAT_TYPES.has(to))
      return context.know(Array.from(constant.data, Math.trunc), constant.dims);
    if ('value' in imported && !FLOAT_TYPES.has(to))
      throw context.unsupported('casts of computed values to integers are not known here');
    context.set(imported);
  },

  ConstantOfShape(context) {
    const dims = context.numbers(0) ?? [];
    const fill = context.tensor('value');
    if (fill?.type === 'int64') return context.know(Array(sizeOf(dims)).fill(Number(fill.data[0])), dims);
    context.constantOut({
      type: 'float32',
      dims,
      data: new Float32Array(sizeOf(dims)).fill(fill?.data[0] ?? 0),
    });
  },

  Gather(context) {
    const indices = context.numbers(1) ?? [];
    const imported = context.imported(0);
    if (!('integers' in imported)) {
      const shape = context.shape(0);
      const axis = positiveAxis(context.int('axis', 0), shape.length);
      const index = positiveAxis(indices[0] ?? 0, fixed(shape[axis], 'a gathered dimension'));
      if (indices.length !== 1 || context.shape(1).length > 0)
        throw context.unsupported('gathers of several places are not known here');
      const slice = context.apply(
        { op: 'Slice', axes: [axis], starts: [index], ends: [index + 1], steps: [1] },
        [context.value(0)],
      );
      return void context.emit({ op: 'Reshape', shape: shape.filter((_, i) => i !== axis) }, [slice]);
    }
    const picked = indices.map((index) => imported.integers[positiveAxis(index, imported.integers.length)]!);
    context.know(picked, context.shape(1).map(Number));
  },

  Concat(context) {
    const parts = Array.from({ length: context.inputCount }, (_, i) => context.imported(i));
    if (parts.every((part) => 'integers' in part))
      return context.know(parts.flatMap((part) => part.integers));
    const axis = positiveAxis(context.int('axis', 1), context.shape(0).length);
    context.emit({ op: 'Concat', axis }, context.valuesOf());
  },

  /** Each part is a Slice. Sizes: an attribute, an input, or equal parts. */
  Split(context) {
    const imported = context.imported(0);
    const shape = context.shape(0);
    const axis = positiveAxis(context.int('axis', 0), shape.length);
    const total = fixed(shape[axis], 'a split dimension');
    const equal = Math.ceil(total / context.outputs.length);
    const sizes =
      context.ints('split') ??
      context.numbers(1) ??
      context.outputs.map((_, i) => Math.min(equal, total - i * equal));
    let start = 0;
    for (const [i, size] of sizes.entries()) {
      const end = start + size;
      const slice = { op: 'Slice', axes: [axis], starts: [start], ends: [end], steps: [1] } as const;
      if ('integers' in imported) context.know(imported.integers.slice(start, end), [size], i);
      else context.emit(slice, [context.value(0)], i);
      start = end;
    }
  },

  Slice(context) {
    const imported = context.imported(0);
    const shape = context.shape(0);
    const starts = context.ints('starts') ?? context.numbers(1) ?? [];
    const ends = context.ints('ends') ?? context.numbers(2) ?? [];
    const axes = (context.ints('axes') ?? context.numbers(3) ?? starts.map((_, i) => i)).map((axis) =>
      positiveAxis(axis, shape.length),
    );
    const steps = context.numbers(4) ?? starts.map(() => 1);
    if (steps.some((step) => step < 1)) throw context.unsupported('expected positive steps');
    const bound = (at: number, axis: number) => {
      const size = fixed(shape[axis], 'a sliced dimension');
      return Math.min(size, Math.max(0, at < 0 ? at + size : at));
    };
    const from = starts.map((at, i) => bound(at, axes[i]!));
    const to = ends.map((at, i) => bound(at, axes[i]!));
    if ('integers' in imported) {
      const [first = 0, last = 0, step = 1] = [from[0], to[0], steps[0]];
      return context.know(imported.integers.slice(first, last).filter((_, i) => i % step === 0));
    }
    context.emit({ op: 'Slice', axes, starts: from, ends: to, steps }, [context.value(0)]);
  },

  Pad(context) {
    const mode = context.text('mode', 'constant');
    if (mode !== 'constant' && mode !== 'reflect' && mode !== 'edge')
      throw context.unsupported(`the mode ${mode} is not known here`);
    const rank = context.shape(0).length;
    const given = context.ints('pads') ?? context.numbers(1) ?? [];
    const axes = (context.numbers(3) ?? Array.from({ length: rank }, (_, i) => i)).map((axis) =>
      positiveAxis(axis, rank),
    );
    const pads = Array<number>(2 * rank).fill(0);
    for (const [i, axis] of axes.entries()) {
      pads[axis] = given[i]!;
      pads[axis + rank] = given[i + axes.length]!;
    }
    if (pads.some((pad) => pad < 0)) throw context.unsupported('negative pads are not known here');
    if (pads.every((pad) => pad === 0)) return context.alias(context.value(0));
    context.emit({ op: 'Pad', mode, pads, value: context.knownFloat(2, 'value', 0) }, [context.value(0)]);
  },

  Transpose(context) {
    const rank = context.shape(0).length;
    const perm = context.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
    context.alias(transposed(context, 0, perm));
  },

  Flatten(context) {
    const shape = context.shape(0);
    const axis = positiveAxis(context.int('axis', 1), shape.length + (context.int('axis', 1) < 0 ? 0 : 1));
    if (axis !== 1) throw context.unsupported(`expected to flatten from axis 1, received axis ${axis}`);
    reshape(context, [shape[0]!, knownSize(shape.slice(1))]);
  },

  Reshape(context) {
    const shape = context.shape(0);
    const copied = (context.integers(1) ?? []).map((dim, i) => (dim === 0 ? shape[i]! : dim));
    reshape(context, resolved(context, shape, copied));
  },

  Squeeze(context) {
    const shape = context.shape(0);
    const given = context.ints('axes') ?? context.numbers(1);
    const axes =
      given?.map((axis) => positiveAxis(axis, shape.length)) ??
      shape.flatMap((dim, i) => (dim === 1 ? [i] : []));
    reshape(
      context,
      shape.filter((_, i) => !axes.includes(i)),
    );
  },

  Unsqueeze(context) {
    const given = context.ints('axes') ?? context.numbers(1) ?? [];
    const rank = context.shape(0).length + given.length;
    const axes = new Set(given.map((axis) => positiveAxis(axis, rank)));
    const rest = [...context.shape(0)];
    reshape(
      context,
      Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : rest.shift()!)),
    );
  },
};

function pass(context: ImportContext): void {
  context.set(context.imported(0));
}

function constant(context: ImportContext): void {
  const tensor = context.tensor('value');
  if (tensor) return context.constantOut(tensor);
  const ints = context.ints('value_ints');
  const floats = context.floats('value_floats');
  if (ints) return context.know(ints);
  if (floats)
    return context.constantOut({ type: 'float32', dims: [floats.length], data: Float32Array.from(floats) });
  if (context.has('value_int')) return context.know([context.int('value_int', 0)], []);
  if (context.has('value_float')) {
    return context.constantOut({
      type: 'float32',
      dims: [],
      data: Float32Array.of(context.float('value_float', 0)),
    });
  }
  throw context.unsupported('expected a tensor, a number or numbers');
}

/** Gives input 0 another shape: integers and constants at once, computed values by a node. */
function reshape(context: ImportContext, shape: Shape): void {
  const imported = context.imported(0);
  if ('integers' in imported) return context.know(imported.integers, shape.map(Number));
  const constant = context.constant(0);
  if (constant) return context.constantOut({ ...constant, dims: shape.map(Number) });
  if (context.shape(0).join() === shape.join()) return context.alias(context.value(0));
  context.emit({ op: 'Reshape', shape }, [context.value(0)]);
}

/**
 * The target of a Reshape with -1 worked out and the batch kept symbolic: a file that was written for a batch of 1 says 1 where
 * the batch stands.
 */
function resolved(context: ImportContext, from: Shape, target: readonly Dim[]): Shape {
  const size = knownSize(from);
  if (from[0] !== 'N') return target.map((dim) => (dim === -1 ? size / -knownSize(target) : dim));
  if (target[0] !== 'N' && target[0] !== -1 && target[0] !== 1) {
    throw context.unsupported(
      `expected the batch to stay the first dimension, received shape [${target.join(', ')}]`,
    );
  }
  const rest = target.slice(1);
  const known = sizeOf(rest.filter((dim): dim is number => typeof dim === 'number' && dim !== -1));
  const shape: Shape = ['N', ...rest.map((dim) => (dim === -1 ? size / known : dim))];
  if (knownSize(shape) !== size) {
    throw context.unsupported(`expected ${size} values per picture, received shape [${target.join(', ')}]`);
  }
  return shape;
}
