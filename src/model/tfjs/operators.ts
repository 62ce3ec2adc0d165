/** Every operator of a Graph in TensorFlow.js's, on kept tensors (layout.ts). Convolutions are prepared apart: they have weights. */
import type { Node, OperatorOf } from '../graph.ts';
import type { Tf, TfTensor } from './layout.ts';
import { aligned, axisOf, graphDims, inKeptOrder, keep, unkeep } from './layout.ts';
import { averagePool, maxPool, maxUnpool } from './pooling.ts';

type Weightless = Exclude<Node, { op: 'Conv' | 'ConvTranspose' }>;

/** The outputs of one node. `places`: height and width of its first output, where it is a map. */
export function applyOperator(
  tf: Tf,
  node: Weightless,
  inputs: readonly TfTensor[],
  places: readonly [number, number],
): TfTensor[] {
  const [x, y, z] = inputs as [TfTensor, TfTensor, TfTensor];
  switch (node.op) {
    case 'MaxPool':
      return maxPool(tf, node, x, places, node.outputs.length > 1);
    case 'AveragePool':
      return [averagePool(tf, node, x, places)];
    case 'MaxUnpool':
      return [maxUnpool(tf, x, y, z)];
    case 'MatMul':
      return [keep(tf, tf.matMul(unkeep(tf, x), unkeep(tf, y)))];
    case 'ReduceMean':
    case 'ReduceSum':
      return [reduce(tf, node, x)];
    case 'Softmax':
      return [softmax(tf, x, axisOf(node.axis, x.rank))];
    case 'Concat':
      return [tf.concat([...inputs], axisOf(node.axis, x.rank))];
    case 'Slice':
      return [slice(tf, node, x)];
    case 'Pad':
      return [padded(tf, node, x)];
    case 'Reshape': {
      const shape = node.shape.map((dim) => (dim === 'N' ? -1 : dim));
      return [keep(tf, tf.reshape(unkeep(tf, x), shape))];
    }
    case 'Transpose':
      return [keep(tf, tf.transpose(unkeep(tf, x), [...node.perm]))];
    case 'ExpandAs': {
      const [from, like] = aligned(tf, [x, y]) as [TfTensor, TfTensor];
      const shape = tf.broadcast_util.assertAndGetBroadcastShape(from.shape, like.shape);
      return [tf.broadcastTo(from, shape)];
    }
    default:
      return [elementwise(tf, node, aligned(tf, inputs))];
  }
}

function elementwise(tf: Tf, node: Node, [x, y, z]: readonly TfTensor[]): TfTensor {
  const [a, b] = [x!, y!];
  switch (node.op) {
    case 'Add':
      return tf.add(a, b);
    case 'Sub':
      return tf.sub(a, b);
    case 'Mul':
      return tf.mul(a, b);
    case 'Div':
      return tf.div(a, b);
    case 'Min':
      return tf.minimum(a, b);
    case 'Max':
      return tf.maximum(a, b);
    case 'Greater':
      return tf.greater(a, b);
    case 'Less':
      return tf.less(a, b);
    case 'Equal':
      return tf.equal(a, b);
    case 'And':
      return tf.logicalAnd(a, b);
    case 'Where':
      return tf.where(a, b, z!);
    case 'PRelu':
      return tf.where(tf.greater(a, 0), a, tf.mul(a, b));
    default:
      return unary(tf, node, a);
  }
}

function unary(tf: Tf, node: Node, x: TfTensor): TfTensor {
  switch (node.op) {
    case 'Identity':
      return tf.clone(x);
    case 'ToFloat':
      return tf.cast(x, 'float32');
    case 'Relu':
      return tf.relu(x);
    case 'LeakyRelu':
      return tf.where(tf.greater(x, 0), x, tf.mul(x, node.alpha));
    case 'Elu':
      return tf.where(tf.greater(x, 0), x, tf.mul(tf.sub(tf.exp(x), 1), node.alpha));
    case 'Clip':
      return tf.clipByValue(x, Math.fround(node.min), Math.fround(node.max));
    case 'Sigmoid':
      return tf.sigmoid(x);
    case 'HardSigmoid':
      return hardSigmoid(tf, x, node.alpha, node.beta);
    case 'HardSwish':
      return tf.mul(x, hardSigmoid(tf, x, 1 / 6, 0.5));
    case 'Softplus':
      // max(x, 0) + log(1 + e^-|x|), which does not overflow.
      return tf.add(tf.relu(x), tf.log(tf.add(tf.exp(tf.neg(tf.abs(x))), 1)));
    case 'Erf':
      return tf.erf(x);
    case 'Tanh':
      return tf.tanh(x);
    case 'Exp':
      return tf.exp(x);
    case 'Sqrt':
      return tf.sqrt(x);
    case 'Sign':
      return tf.sub(tf.cast(tf.greater(x, 0), 'float32'), tf.cast(tf.less(x, 0), 'float32'));
    case 'Abs':
      return tf.abs(x);
    default:
      throw new RangeError(`operator ${node.op} has no TensorFlow.js form`);
  }
}

function hardSigmoid(tf: Tf, x: TfTensor, alpha: number, beta: number): TfTensor {
  return tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);
}

function reduce(tf: Tf, node: OperatorOf<'ReduceMean' | 'ReduceSum'>, x: TfTensor): TfTensor {
  const axes = node.axes.map((axis) => axisOf(axis, x.rank));
  const kept = node.op === 'ReduceMean' ? tf.mean(x, axes, true) : tf.sum(x, axes, true);
  if (node.keepDims) return kept;
  const shape = graphDims(kept).filter((_, axis) => !node.axes.includes(axis));
  return keep(tf, tf.reshape(unkeep(tf, kept), shape));
}

function softmax(tf: Tf, x: TfTensor, axis: number): TfTensor {
  const powers = tf.exp(tf.sub(x, tf.max(x, axis, true)));
  return tf.div(powers, tf.sum(powers, axis, true));
}

function slice(tf: Tf, node: OperatorOf<'Slice'>, x: TfTensor): TfTensor {
  const perAxis = (values: readonly number[], otherwise: (axis: number) => number) =>
    inKeptOrder(
      graphDims(x).map((_, axis) => {
        const k = node.axes.indexOf(axis);
        return k < 0 ? otherwise(axis) : values[k]!;
      }),
    );
  const dims = graphDims(x);
  return tf.stridedSlice(
    x,
    perAxis(node.starts, () => 0),
    perAxis(node.ends, (axis) => dims[axis]!),
    perAxis(node.steps, () => 1),
  );
}

function padded(tf: Tf, node: OperatorOf<'Pad'>, x: TfTensor): TfTensor {
  const margins = inKeptOrder(
    graphDims(x).map((_, axis): [number, number] => [node.pads[axis]!, node.pads[axis + x.rank]!]),
  );
  if (node.mode === 'constant') return tf.pad(x, margins, node.value);
  if (node.mode === 'reflect') return tf.mirrorPad(x, margins, 'reflect');
  return margins.reduce((value, [before, after], axis) => {
    const edge = (at: number, count: number) => {
      const line = tf.slice(
        value,
        value.shape.map((_, i) => (i === axis ? at : 0)),
        value.shape.map((dim, i) => (i === axis ? 1 : dim)),
      );
      return Array<TfTensor>(count).fill(line);
    };
    if (before + after === 0) return value;
    return tf.concat([...edge(0, before), value, ...edge(value.shape[axis]! - 1, after)], axis);
  }, x);
}
