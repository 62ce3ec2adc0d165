/** Convolutions on TensorFlow.js, composed so that every backend has the kernels: dense and depthwise forward, dense transposed. */
import type { Constant, Margins, Node, OperatorOf, Pair } from '../graph.ts';
import type { Kernel } from './kernels.ts';
import { dilated, kernelOf, part, turned, upload, uploadDepthwise } from './kernels.ts';
import type { Tensor4D, Tf, TfTensor } from './layout.ts';

type Apply = (x: TfTensor) => TfTensor;
type Weight = Constant & { readonly type: 'float32' };

/** A prepared operator: its weights are on the backend. */
export interface Prepared {
  readonly apply: Apply;
  readonly weights: readonly TfTensor[];
}

/** x (N,H,W,C) -> (N,h,w,O), without the bias. */
export function prepareConv(tf: Tf, node: OperatorOf<'Conv'>, weight: Weight, channels: number): Prepared {
  const { group, pads } = node;
  // A kernel with zeros in it stands for any dilation: no backend has strides and dilations together.
  const kernel = dilated(kernelOf(weight), node.dilations);
  const strides = [...node.strides] as [number, number];
  const padded: Apply = (x) => pad(tf, x, pads);
  if (group === channels && group > 1) {
    const filter = uploadDepthwise(tf, kernel, channels) as Tensor4D;
    const apply: Apply = (x) => tf.depthwiseConv2d(padded(x) as Tensor4D, filter, strides, 'valid');
    return { apply, weights: [filter] };
  }
  const filters = groups(kernel, group).map((own) => upload(tf, own) as Tensor4D);
  const apply: Apply = (x) =>
    perGroup(tf, padded(x), filters, (own, filter) => tf.conv2d(own as Tensor4D, filter, strides, 'valid'));
  return { apply, weights: filters };
}

/** x (N,h,w,C) -> (N,H,W,O), without the bias. */
export function prepareConvTranspose(
  tf: Tf,
  node: OperatorOf<'ConvTranspose'>,
  weight: Weight,
  channels: number,
): Prepared {
  const { group, strides, outputPadding, pads } = node;
  const kernel = dilated(kernelOf(weight), node.dilations);
  const [, outPerGroup, ...reach] = kernel.dims;
  const span = (size: number, i: 0 | 1) => (size - 1) * strides[i] + reach[i];
  const finish: Apply = (full) => cut(tf, pad(tf, full, [0, 0, outputPadding[0], outputPadding[1]]), pads);
  if (group === channels && group > 1 && outPerGroup === 1) {
    // No backend but two has the depthwise one: zeros between the places, then a convolution with the turned kernel.
    const filter = uploadDepthwise(tf, turned(kernel), channels) as Tensor4D;
    const margin: Margins = [reach[0] - 1, reach[1] - 1, reach[0] - 1, reach[1] - 1];
    const apply: Apply = (x) =>
      finish(tf.depthwiseConv2d(pad(tf, apart(tf, x, strides), margin) as Tensor4D, filter, 1, 'valid'));
    return { apply, weights: [filter] };
  }
  const filters = groups(kernel, group).map((own) => upload(tf, own) as Tensor4D);
  const apply: Apply = (x) => {
    const [batch, height, width] = x.shape as [number, number, number];
    const size: [number, number, number, number] = [batch, span(height, 0), span(width, 1), outPerGroup];
    return finish(
      perGroup(tf, x, filters, (own, filter) =>
        tf.conv2dTranspose(own as Tensor4D, filter, size, [...strides] as [number, number], 'valid'),
      ),
    );
  };
  return { apply, weights: filters };
}

/** The kernel and bias of a node, as constants. */
export function weightsOf(
  node: Node,
  constants: ReadonlyMap<string, Constant>,
): { weight: Weight; bias?: Weight } | undefined {
  const [weight, bias] = [
    constants.get(node.inputs[1]!),
    node.inputs[2] ? constants.get(node.inputs[2]) : undefined,
  ];
  if (weight?.type !== 'float32') return undefined;
  return bias?.type === 'float32' ? { weight, bias } : { weight };
}

function groups(kernel: Kernel, group: number): Kernel[] {
  const size = kernel.dims[0] / group;
  return Array.from({ length: group }, (_, g) => part(kernel, g * size, (g + 1) * size));
}

function perGroup(
  tf: Tf,
  x: TfTensor,
  filters: readonly Tensor4D[],
  apply: (own: TfTensor, filter: Tensor4D) => TfTensor,
): TfTensor {
  if (filters.length === 1) return apply(x, filters[0]!);
  return tf.concat(
    tf.split(x, filters.length, 3).map((own, g) => apply(own, filters[g]!)),
    3,
  );
}

/** Margins of a value around height and width. */
export function pad(tf: Tf, x: TfTensor, [top, left, bottom, right]: Margins, value = 0): TfTensor {
  if (top + left + bottom + right === 0) return x;
  return tf.pad(x, [[0, 0], [top, bottom], [left, right], [0, 0]], value); // prettier-ignore
}

function cut(tf: Tf, x: TfTensor, [top, left, bottom, right]: Margins): TfTensor {
  if (top + left + bottom + right === 0) return x;
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  return tf.slice(x, [0, top, left, 0], [batch, height - top - bottom, width - left - right, channels]);
}

/** Zeros between the places: (N,h,w,C) -> (N,(h-1)·sy+1,(w-1)·sx+1,C). */
function apart(tf: Tf, x: TfTensor, [sy, sx]: Pair): TfTensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const [tall, broad] = [(height - 1) * sy + 1, (width - 1) * sx + 1];
  const rows = tf.concat(
    [
      tf.reshape(x, [batch, height, 1, width * channels]),
      tf.zeros([batch, height, sy - 1, width * channels]),
    ],
    2,
  );
  const lines = tf.reshape(rows, [batch * height * sy, width, 1, channels]);
  const spaced = tf.concat([lines, tf.zeros([batch * height * sy, width, sx - 1, channels])], 2);
  return tf.slice(
    tf.reshape(spaced, [batch, height * sy, width * sx, channels]),
    [0, 0, 0, 0],
    [batch, tall, broad, channels],
  );
}
