/** Import rules: element-wise arithmetic, activations, matrices. Arithmetic on constants and on shapes is done while reading. */
import { sizeOf } from '../../../core/tensor.ts';
import type { Dim, Operator } from '../../graph.ts';
import { broadcast } from '../../operators/shapes.ts';
import type { ImportContext, ImportRule } from './context.ts';
import { knownSize, positiveAxis } from './context.ts';

/** The largest float32: ONNX's default bound. */
const unbounded = 3.4028234663852886e38;

const binary: Record<
  string,
  { readonly op: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max'; apply(a: number, b: number): number }
> = {
  Add: { op: 'Add', apply: (a, b) => a + b },
  Sum: { op: 'Add', apply: (a, b) => a + b },
  Sub: { op: 'Sub', apply: (a, b) => a - b },
  Mul: { op: 'Mul', apply: (a, b) => a * b },
  Div: { op: 'Div', apply: (a, b) => a / b },
  Min: { op: 'Min', apply: Math.min },
  Max: { op: 'Max', apply: Math.max },
};

const constantUnary: Record<string, (x: number) => number> = {
  Sqrt: Math.sqrt,
  Exp: Math.exp,
  Neg: (x) => -x,
  Reciprocal: (x) => 1 / x,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Abs: Math.abs,
};

export const arithmeticRules: Record<string, ImportRule> = {
  ...Object.fromEntries(Object.keys(binary).map((name) => [name, combine])),
  ...Object.fromEntries(Object.keys(constantUnary).map((name) => [name, unary])),

  Relu: (context) => activation(context, { op: 'Relu' }),
  Sigmoid: (context) => activation(context, { op: 'Sigmoid' }),
  Tanh: (context) => activation(context, { op: 'Tanh' }),
  Softplus: (context) => activation(context, { op: 'Softplus' }),
  Erf: (context) => activation(context, { op: 'Erf' }),
  HardSwish: (context) => activation(context, { op: 'HardSwish' }),
  LeakyRelu: (context) => activation(context, { op: 'LeakyRelu', alpha: context.float('alpha', 0.01) }),
  Elu: (context) => activation(context, { op: 'Elu', alpha: context.float('alpha', 1) }),
  HardSigmoid: (context) =>
    activation(context, {
      op: 'HardSigmoid',
      alpha: context.float('alpha', 0.2),
      beta: context.float('beta', 0.5),
    }),
  PRelu: (context) => void context.emit({ op: 'PRelu' }, context.valuesOf()),

  Clip: (context) =>
    clip(context, 0, context.knownFloat(1, 'min', -unbounded), context.knownFloat(2, 'max', unbounded)),
  /** With a constant number these are activations, and the backward rules must see them as such. */
  Max: (context) => clipWithNumber(context, (bound) => [bound, unbounded]),
  Min: (context) => clipWithNumber(context, (bound) => [-unbounded, bound]),

  /** Before opset 13 the axis and all that follow it were one. */
  Softmax(context) {
    const shape = context.shape(0);
    const axis = positiveAxis(context.int('axis', context.opset < 13 ? 1 : -1), shape.length);
    const rest = shape.slice(axis + 1);
    if (context.opset >= 13 || knownSize(rest) === 1)
      return void context.emit({ op: 'Softmax', axis }, [context.value(0)]);
    const flat = context.apply(
      { op: 'Reshape', shape: [...shape.slice(0, axis), knownSize(shape.slice(axis))] },
      [context.value(0)],
    );
    context.emit({ op: 'Reshape', shape }, [context.apply({ op: 'Softmax', axis }, [flat])]);
  },

  MatMul(context) {
    context.emit({ op: 'MatMul' }, [context.value(0), context.value(1)]);
  },

  /** α·A·B + β·C with optional transposes, as MatMul and Add. */
  Gemm(context) {
    const transpose = (i: number, name: string) =>
      context.int(name, 0) === 1 ? transposed(context, i, [1, 0]) : context.value(i);
    const product = context.apply({ op: 'MatMul' }, [transpose(0, 'transA'), transpose(1, 'transB')]);
    const alpha = context.float('alpha', 1);
    const scaled =
      alpha === 1 ? product : context.apply({ op: 'Mul' }, [product, context.builder.scalar(alpha)]);
    if (!context.given(2)) return context.alias(scaled);
    const beta = context.float('beta', 1);
    const offset =
      beta === 1
        ? context.value(2)
        : context.apply({ op: 'Mul' }, [context.value(2), context.builder.scalar(beta)]);
    context.emit({ op: 'Add' }, [scaled, offset]);
  },
};

/**
 * Input i between two bounds: Clip(0, ∞) is a Relu. After a Relu or Clip that nothing else reads, both are one activation: Relu and
 * then Min(6) is a ReLU6.
 */
function clip(context: ImportContext, i: number, min: number, max: number): void {
  const between = (value: number) => Math.min(Math.max(value, min), max);
  const before = context.soleProducer(i);
  const inner: Bounds | undefined =
    before?.op === 'Relu' ? { min: 0, max: unbounded } : before?.op === 'Clip' ? before : undefined;
  const bounds = inner ? { min: between(inner.min), max: between(inner.max) } : { min, max };
  const isRelu = bounds.min === 0 && bounds.max >= unbounded;
  const input = inner ? before!.inputs[0]! : context.value(i);
  context.emit(isRelu ? { op: 'Relu' } : { op: 'Clip', ...bounds }, [input]);
}

interface Bounds {
  readonly min: number;
  readonly max: number;
}

function clipWithNumber(context: ImportContext, bounds: (number: number) => readonly [number, number]): void {
  const [a, b] = [0, 1].map((i) => (context.given(i) ? context.constant(i) : undefined));
  const only = (constant: typeof a) => (constant?.data.length === 1 ? constant.data[0] : undefined);
  const bound = a ? only(a) : only(b);
  const i = a ? 1 : 0;
  if (bound === undefined || (a && b) || context.inputCount !== 2) return combine(context);
  // A constant of higher rank would give the result more dimensions.
  if ((a ?? b)!.dims.length > context.shape(i).length) return combine(context);
  clip(context, i, ...bounds(bound));
}

function activation(context: ImportContext, operator: Operator): void {
  context.emit(operator, [context.value(0)]);
}

/** Two or more operands, from left to right. */
function combine(context: ImportContext): void {
  const { op, apply } = binary[context.opType]!;
  const operands = Array.from({ length: Math.max(1, context.inputCount) }, (_, i) => context.imported(i));
  if (operands.every((operand) => 'integers' in operand)) {
    const known = operands.map(({ integers, dims }) => ({ dims, data: integers }));
    const result = known.reduce((a, b) => broadcastApply(a, b, (p, q) => onDims(context, op, p, q)));
    return context.know(result.data, result.dims);
  }
  const constants = operands.map((_, i) => context.constant(i));
  if (constants.every((constant) => constant !== undefined)) {
    const known = constants.map(({ dims, data }): Values<number> => ({ dims, data: Array.from(data) }));
    const result = known.reduce((a, b) => broadcastApply(a, b, apply));
    return context.constantOut({ type: 'float32', dims: result.dims, data: Float32Array.from(result.data) });
  }
  const [first, ...rest] = context.valuesOf();
  if (rest.length === 0) return context.alias(first!);
  const last = rest.pop()!;
  context.emit({ op }, [rest.reduce((sum, value) => context.apply({ op }, [sum, value]), first!), last]);
}

/** Integer arithmetic of shapes, in which the batch may only be multiplied or divided by 1. */
function onDims(context: ImportContext, op: Operator['op'], a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') {
    return op === 'Div' ? Math.trunc(a / b) : binary[op]!.apply(a, b);
  }
  if (b === 1 && (op === 'Mul' || op === 'Div')) return a;
  if (a === 1 && op === 'Mul') return b;
  throw context.unsupported('arithmetic on the batch size is not known here');
}

interface Values<T> {
  readonly dims: readonly number[];
  readonly data: readonly T[];
}

/** NumPy broadcasting of a function over two small arrays. */
function broadcastApply<T>(a: Values<T>, b: Values<T>, apply: (a: T, b: T) => T): Values<T> {
  const dims = broadcast(a.dims, b.dims).map(Number);
  const at = (values: Values<T>, position: readonly number[]) => {
    const lead = dims.length - values.dims.length;
    const index = values.dims.reduce((sum, dim, i) => sum * dim + (dim === 1 ? 0 : position[i + lead]!), 0);
    return values.data[index]!;
  };
  const position = dims.map(() => 0);
  const data = Array.from({ length: sizeOf(dims) }, (_, flat) => {
    for (let i = dims.length - 1, rest = flat; i >= 0; i--) {
      position[i] = rest % dims[i]!;
      rest = Math.floor(rest / dims[i]!);
    }
    return apply(at(a, position), at(b, position));
  });
  return { dims, data };
}

function unary(context: ImportContext): void {
  const constant = context.constant(0);
  if (constant) {
    const data = constant.data.map(constantUnary[context.opType]!);
    return context.constantOut({ ...constant, data });
  }
  const { opType } = context;
  if (opType === 'Sqrt' || opType === 'Exp' || opType === 'Abs') return activation(context, { op: opType });
  if (opType === 'Neg')
    return void context.emit({ op: 'Mul' }, [context.value(0), context.builder.scalar(-1)]);
  if (opType === 'Reciprocal')
    return void context.emit({ op: 'Div' }, [context.builder.scalar(1), context.value(0)]);
  throw context.unsupported('it is known only on constants');
}

/** Input i transposed: a constant at once, a computed value by a node. */
export function transposed(context: ImportContext, i: number, perm: readonly number[]): string {
  const constant = context.constant(i);
  if (!constant) return context.apply({ op: 'Transpose', perm }, [context.value(i)]);
  const dims = perm.map((axis) => constant.dims[axis]!);
  const strides = constant.dims.map((_, axis) => sizeOf(constant.dims.slice(axis + 1)));
  const data = new Float32Array(constant.data.length);
  for (let flat = 0; flat < data.length; flat++) {
    let source = 0;
    for (let axis = dims.length - 1, rest = flat; axis >= 0; axis--) {
      source += (rest % dims[axis]!) * strides[perm[axis]!]!;
      rest = Math.floor(rest / dims[axis]!);
    }
    data[flat] = constant.data[source]!;
  }
  return context.builder.constant(dims, data, 'transposed');
}
