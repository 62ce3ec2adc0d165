/**
 * A slow, obvious evaluator of Graphs: one operator at a time, plain loops, double precision. Engines and explanations are checked
 * against it, so it takes nothing from src but the types, and works out every size for itself.
 */
import type { Graph, Node, OperatorOf as Of } from '../../src/model/graph.ts';
import type { ArrayValue } from './array-value.ts';
import { each, erf, flatIndex, sizeOf, spread, zeros } from './array-value.ts';
import { averagePool, conv, convTranspose, maxPool, maxUnpool } from './interpret-windows.ts';

/** Every value of the graph for the given inputs. Booleans are 0 and 1. */
export function interpret(
  graph: Graph,
  inputs: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: ArrayLike<number> }>>,
): Map<string, ArrayValue> {
  const values = new Map<string, ArrayValue>();
  for (const [name, { dims, data }] of Object.entries(inputs)) {
    values.set(name, { dims, data: Float64Array.from(data) });
  }
  for (const [name, { dims, data }] of graph.constants) {
    values.set(name, { dims, data: Float64Array.from(data, Number) });
  }
  for (const node of graph.nodes) {
    const results = interpretNode(
      node,
      node.inputs.map((input) => values.get(input)!),
    );
    for (const [i, output] of node.outputs.entries()) values.set(output, results[i]!);
  }
  return values;
}

/** The outputs of one node. */
export function interpretNode(node: Node, inputs: readonly ArrayValue[]): readonly ArrayValue[] {
  const [x, y, z] = inputs as readonly [ArrayValue, ArrayValue, ArrayValue];
  const map = (apply: (value: number) => number) => [{ dims: x.dims, data: x.data.map(apply) }];
  const combine = (apply: (...values: number[]) => number) => [spread(inputs, apply)];
  switch (node.op) {
    case 'Conv':
      return [conv(node, x, y, inputs[2])];
    case 'ConvTranspose':
      return [convTranspose(node, x, y, inputs[2])];
    case 'MaxPool':
      return maxPool(node, x);
    case 'AveragePool':
      return [averagePool(node, x)];
    case 'MaxUnpool':
      return [maxUnpool(x, y, z)];
    case 'MatMul':
      return [matMul(x, y)];
    case 'ReduceSum':
      return [reduceSum(node, x)];
    case 'ReduceMean': {
      const sum = reduceSum(node, x);
      return [{ dims: sum.dims, data: sum.data.map((value) => (value * sum.data.length) / x.data.length) }];
    }
    case 'Softmax':
      return [softmax(node, x)];
    case 'Concat':
      return [concat(node, inputs)];
    case 'Slice':
      return [slice(node, x)];
    case 'Pad':
      return [pad(node, x)];
    case 'Reshape': {
      const known = sizeOf(node.shape.map((dim) => (dim === 'N' ? 1 : dim)));
      return [{ dims: node.shape.map((dim) => (dim === 'N' ? x.data.length / known : dim)), data: x.data }];
    }
    case 'Transpose': {
      const result = zeros(node.perm.map((axis) => x.dims[axis]!));
      each(result.dims, (at, flat) => {
        const from = x.dims.map((_, axis) => at[node.perm.indexOf(axis)]!);
        result.data[flat] = x.data[flatIndex(x.dims, from)]!;
      });
      return [result];
    }
    case 'ExpandAs':
      return [spread([x, y], (value) => value)];
    case 'Identity':
    case 'ToFloat':
      return [x];
    case 'Add':
      return combine((a, b) => a + b);
    case 'Sub':
      return combine((a, b) => a - b);
    case 'Mul':
      return combine((a, b) => a * b);
    case 'Div':
      return combine((a, b) => a / b);
    case 'Min':
      return combine((a, b) => Math.min(a, b));
    case 'Max':
      return combine((a, b) => Math.max(a, b));
    case 'Greater':
      return combine((a, b) => Number(a > b));
    case 'Less':
      return combine((a, b) => Number(a < b));
    case 'Equal':
      return combine((a, b) => Number(a === b));
    case 'And':
      return combine((a, b) => Number(a > 0 && b > 0));
    case 'Where':
      return combine((condition, yes, no) => (condition ? yes : no));
    case 'PRelu':
      return combine((a, slope) => (a > 0 ? a : a * slope));
    case 'Relu':
      return map((a) => Math.max(a, 0));
    case 'LeakyRelu':
      return map((a) => (a > 0 ? a : a * node.alpha));
    case 'Elu':
      return map((a) => (a > 0 ? a : node.alpha * Math.expm1(a)));
    case 'Clip':
      // Bounds are float32 in every engine: what is cut off must equal the bound that masks compare it with.
      return map((a) => Math.min(Math.max(a, Math.fround(node.min)), Math.fround(node.max)));
    case 'Sigmoid':
      return map((a) => 1 / (1 + Math.exp(-a)));
    case 'HardSigmoid':
      return map((a) => Math.max(0, Math.min(1, node.alpha * a + node.beta)));
    case 'HardSwish':
      return map((a) => a * Math.max(0, Math.min(1, a / 6 + 0.5)));
    case 'Softplus':
      return map((a) => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))));
    case 'Erf':
      return map(erf);
    case 'Tanh':
      return map(Math.tanh);
    case 'Exp':
      return map(Math.exp);
    case 'Sqrt':
      return map(Math.sqrt);
    case 'Sign':
      return map(Math.sign);
    case 'Abs':
      return map(Math.abs);
  }
}

function matMul(a: ArrayValue, b: ArrayValue): ArrayValue {
  const inner = a.dims.at(-1)!;
  const lead = spread([zeros(a.dims.slice(0, -2)), zeros(b.dims.slice(0, -2))], () => 0).dims;
  const y = zeros([...lead, a.dims.at(-2)!, b.dims.at(-1)!]);
  const own = (value: ArrayValue, at: readonly number[], row: number, column: number) => {
    const batch = at.slice(0, -2).slice(lead.length - (value.dims.length - 2));
    return flatIndex(value.dims, [...batch.map((i, k) => (value.dims[k] === 1 ? 0 : i)), row, column]);
  };
  each(y.dims, (at, flat) => {
    for (let k = 0; k < inner; k++) {
      y.data[flat]! += a.data[own(a, at, at.at(-2)!, k)]! * b.data[own(b, at, k, at.at(-1)!)]!;
    }
  });
  return y;
}

function reduceSum(node: Of<'ReduceSum' | 'ReduceMean'>, x: ArrayValue): ArrayValue {
  const kept = zeros(x.dims.map((dim, i) => (node.axes.includes(i) ? 1 : dim)));
  each(x.dims, (at, flat) => {
    const to = at.map((i, axis) => (node.axes.includes(axis) ? 0 : i));
    kept.data[flatIndex(kept.dims, to)]! += x.data[flat]!;
  });
  if (node.keepDims) return kept;
  return { dims: x.dims.filter((_, i) => !node.axes.includes(i)), data: kept.data };
}

function softmax(node: Of<'Softmax'>, x: ArrayValue): ArrayValue {
  const y = { dims: x.dims, data: x.data.map(Math.exp) };
  const total = reduceSum({ op: 'ReduceSum', axes: [node.axis], keepDims: true }, y);
  return spread([y, total], (a, b) => a / b);
}

function concat(node: Of<'Concat'>, inputs: readonly ArrayValue[]): ArrayValue {
  const total = inputs.reduce((sum, { dims }) => sum + dims[node.axis]!, 0);
  const y = zeros(inputs[0]!.dims.map((dim, i) => (i === node.axis ? total : dim)));
  let start = 0;
  for (const x of inputs) {
    const from = start;
    each(x.dims, (at, flat) => {
      y.data[flatIndex(y.dims, at.map((i, axis) => (axis === node.axis ? i + from : i)))] = x.data[flat]!; // prettier-ignore
    });
    start += x.dims[node.axis]!;
  }
  return y;
}

function slice(node: Of<'Slice'>, x: ArrayValue): ArrayValue {
  const taken = x.dims.map((dim, axis) => {
    const k = node.axes.indexOf(axis);
    const [start, end, step] = k < 0 ? [0, dim, 1] : [node.starts[k]!, node.ends[k]!, node.steps[k]!];
    return Array.from({ length: Math.ceil((end - start) / step) }, (_, i) => start + i * step);
  });
  const y = zeros(taken.map((indices) => indices.length));
  each(y.dims, (at, flat) => {
    y.data[flat] = x.data[flatIndex(x.dims, at.map((i, axis) => taken[axis]![i]!))]!; // prettier-ignore
  });
  return y;
}

function pad(node: Of<'Pad'>, x: ArrayValue): ArrayValue {
  const rank = x.dims.length;
  const y = zeros(x.dims.map((dim, i) => node.pads[i]! + dim + node.pads[i + rank]!));
  /** Where a place beside the picture takes its number from; -1: nowhere. */
  const source = (i: number, size: number) => {
    if (i >= 0 && i < size) return i;
    if (node.mode === 'constant') return -1;
    if (node.mode === 'edge') return i < 0 ? 0 : size - 1;
    return i < 0 ? -i : 2 * (size - 1) - i;
  };
  each(y.dims, (at, flat) => {
    const from = at.map((i, axis) => source(i - node.pads[axis]!, x.dims[axis]!));
    y.data[flat] = from.includes(-1) ? node.value : x.data[flatIndex(x.dims, from)]!;
  });
  return y;
}
