/** The shape that each operator gives its first output. Sizes must fit; a RangeError says which do not. */
import type { Dim, OperatorOf as Of, Operator, Pair, Shape, Window } from '../graph.ts';
import { formatShape } from '../graph.ts';

/** Infers the shape of a node's outputs from its inputs' shapes (all known). */
export function inferShapes(operator: Operator, inputs: readonly Shape[], outputs = 1): Shape[] {
  const [x = [], w = []] = inputs;
  switch (operator.op) {
    case 'Conv':
      return [convolved(operator, x, w)];
    case 'ConvTranspose':
      return [convTransposed(operator, x, w)];
    case 'MaxPool':
      return Array.from({ length: outputs }, () => pooled(operator, x, operator.ceil));
    case 'AveragePool':
      return [pooled({ ...operator, dilations: [1, 1] }, x, operator.ceil)];
    case 'MatMul':
      return [multiplied(x, w)];
    case 'ReduceMean':
    case 'ReduceSum':
      return [reduced(operator, x)];
    case 'Concat':
      return [concatenated(operator.axis, inputs)];
    case 'Slice':
      return [sliced(operator, x)];
    case 'Pad':
      return [x.map((dim, i) => plus(dim, operator.pads[i]! + operator.pads[i + x.length]!))];
    case 'Reshape':
      return [reshaped(x, operator.shape)];
    case 'Transpose':
      return [operator.perm.map((axis) => x[axis]!)];
    case 'MaxUnpool':
      return [[x[0]!, ...(inputs[2] ?? []).slice(1)]];
    case 'ExpandAs':
      return [broadcast(x, w)];
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'Min':
    case 'Max':
    case 'Greater':
    case 'Less':
    case 'Equal':
    case 'And':
    case 'Where':
    case 'PRelu':
      return [inputs.reduce(broadcast)];
    default:
      return [x];
  }
}

/** NumPy broadcasting. Throws RangeError when the shapes do not fit. */
export function broadcast(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i): Dim => {
    const p = a[i - rank + a.length] ?? 1;
    const q = b[i - rank + b.length] ?? 1;
    if (p === q || q === 1) return p;
    if (p === 1) return q;
    throw new RangeError(`shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
  });
}

/** A known size. */
export function fixed(dim: Dim | undefined, what: string): number {
  if (typeof dim !== 'number')
    throw new RangeError(`expected a known size for ${what}, received ${dim ?? 'none'}`);
  return dim;
}

function plus(dim: Dim, margin: number): Dim {
  return margin === 0 ? dim : fixed(dim, 'a padded dimension') + margin;
}

/** Batch, channels, height, width of a picture-like value. */
export function picture(shape: Shape): readonly [Dim, number, number, number] {
  if (shape.length !== 4)
    throw new RangeError(`expected a shape (N, C, H, W), received ${formatShape(shape)}`);
  return [shape[0]!, fixed(shape[1], 'channels'), fixed(shape[2], 'height'), fixed(shape[3], 'width')];
}

function convolved(conv: Of<'Conv'>, x: Shape, weight: Shape): Shape {
  const [batch, channels, ...size] = picture(x);
  const [out, inPerGroup, ...kernel] = picture(weight);
  if (inPerGroup * conv.group !== channels) {
    throw new RangeError(
      `expected ${inPerGroup * conv.group} channels for this kernel, received ${channels}`,
    );
  }
  return [batch, fixed(out, 'kernels'), ...windows({ ...conv, kernel }, size, false)];
}

function convTransposed(conv: Of<'ConvTranspose'>, x: Shape, weight: Shape): Shape {
  const [batch, , ...size] = picture(x);
  const [, outPerGroup, ...kernel] = picture(weight);
  const spatial = ([0, 1] as const).map(
    (i) =>
      conv.strides[i] * (size[i] - 1) +
      conv.outputPadding[i] +
      (kernel[i] - 1) * conv.dilations[i] +
      1 -
      conv.pads[i] -
      conv.pads[i + 2]!,
  );
  return [batch, outPerGroup * conv.group, ...spatial];
}

function pooled(window: Window, x: Shape, ceil: boolean): Shape {
  const [batch, channels, ...size] = picture(x);
  return [batch, channels, ...windows(window, size, ceil)];
}

/** How many places a window takes along height and width. In ceil mode the last window must start inside the picture or its left pad. */
function windows({ kernel, strides, pads, dilations }: Window, size: readonly number[], ceil: boolean): Pair {
  const along = (i: 0 | 1) => {
    const span = size[i]! + pads[i] + pads[(i + 2) as 2 | 3] - (kernel[i] - 1) * dilations[i] - 1;
    if (span < 0) throw new RangeError(`a window of ${kernel[i]} does not fit a size of ${size[i]}`);
    if (!ceil) return Math.floor(span / strides[i]) + 1;
    const count = Math.ceil(span / strides[i]) + 1;
    return (count - 1) * strides[i] >= size[i]! + pads[i] ? count - 1 : count;
  };
  return [along(0), along(1)];
}

function multiplied(a: Shape, b: Shape): Shape {
  const [rows, inner] = [a.at(-2), a.at(-1)];
  const [innerB, columns] = [b.at(-2), b.at(-1)];
  if (rows === undefined || columns === undefined || inner !== innerB) {
    throw new RangeError(`shapes ${formatShape(a)} and ${formatShape(b)} cannot be multiplied`);
  }
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), rows, columns];
}

function reduced(operator: Of<'ReduceMean' | 'ReduceSum'>, x: Shape): Shape {
  return x.flatMap((dim, i) => (operator.axes.includes(i) ? (operator.keepDims ? [1] : []) : [dim]));
}

function concatenated(axis: number, inputs: readonly Shape[]): Shape {
  const total = inputs.reduce((sum, shape) => sum + fixed(shape[axis], 'a concatenated dimension'), 0);
  const [first, ...others] = inputs.map((shape) => shape.map((dim, i) => (i === axis ? total : dim)));
  if (others.some((shape) => shape.join() !== first!.join()))
    throw new RangeError(
      `expected shapes that differ along axis ${axis} only, received ${inputs.map(formatShape).join(' and ')}`,
    );
  return first!;
}

function sliced(slice: Of<'Slice'>, x: Shape): Shape {
  return x.map((dim, i) => {
    const k = slice.axes.indexOf(i);
    return k < 0 ? dim : Math.max(0, Math.ceil((slice.ends[k]! - slice.starts[k]!) / slice.steps[k]!));
  });
}

function reshaped(x: Shape, shape: Shape): Shape {
  const known = (dims: Shape) =>
    dims.reduce<number>((product, dim) => product * (typeof dim === 'number' ? dim : 1), 1);
  const open = (dims: Shape) => dims.filter((dim) => dim === 'N').length;
  if (known(x) !== known(shape) || open(x) !== open(shape))
    throw new RangeError(`expected a reshape of ${formatShape(x)}, received ${formatShape(shape)}`);
  return shape;
}
