/** Pools on TensorFlow.js. The positions of maxima are composed from slices, because not every backend has a kernel for them. */
import type { Margins, OperatorOf, Pair, Window } from '../graph.ts';
import { pad } from './convolution.ts';
import type { Tensor4D, Tf, TfTensor } from './layout.ts';

const lowest = -3.4028234663852886e38;

/** x (N,H,W,C) -> the maxima, and where asked for their first positions in x, flat, as int32. `places` is the output's height and width. */
export function maxPool(
  tf: Tf,
  node: OperatorOf<'MaxPool'>,
  x: TfTensor,
  places: Pair,
  positions: boolean,
): TfTensor[] {
  const padded = pad(tf, x, margins(node, x, places), lowest);
  if (!positions && node.dilations.every((dilation) => dilation === 1)) {
    return [
      tf.maxPool(
        padded as Tensor4D,
        [...node.kernel] as [number, number],
        [...node.strides] as [number, number],
        'valid',
      ),
    ];
  }
  const views = windowViews(tf, node, padded, places);
  const maximum = views.map(({ view }) => view).reduce((a, b) => tf.maximum(a, b));
  if (!positions) return [maximum];
  const [, , width, channels] = x.shape as [number, number, number, number];
  let offset: TfTensor = tf.zeros(maximum.shape, 'int32');
  // From the last to the first, so that the first of equals is what stays.
  for (const { view, dy, dx } of views.toReversed()) {
    offset = tf.where(tf.equal(view, maximum), tf.scalar((dy * width + dx) * channels, 'int32'), offset);
  }
  return [maximum, tf.add(windowStarts(tf, node, x, places), offset)];
}

/** R (N,h,w,C), positions (B,h,w,C), the pool's input (B,H,W,C), B = N or 1 -> (N,H,W,C). */
export function maxUnpool(tf: Tf, gradient: TfTensor, positions: TfTensor, input: TfTensor): TfTensor {
  const [batch] = gradient.shape as [number];
  const [pictures, ...size] = input.shape as [number, number, number, number];
  const picture = size.reduce((product, dim) => product * dim, 1);
  const own =
    pictures === batch
      ? positions
      : tf.add(
          positions,
          tf.reshape(tf.mul(tf.range(0, batch, 1, 'int32'), tf.scalar(picture, 'int32')), [batch, 1, 1, 1]),
        );
  const scattered = tf.scatterND(tf.reshape(own, [-1, 1]), tf.reshape(gradient, [-1]), [batch * picture]);
  return tf.reshape(scattered, [batch, ...size]);
}

/** The mean of each window: over all of it where pads count, else over what is picture. */
export function averagePool(tf: Tf, node: OperatorOf<'AveragePool'>, x: TfTensor, places: Pair): TfTensor {
  const window = { ...node, dilations: [1, 1] } as const;
  const padded = pad(tf, x, margins(window, x, places)) as Tensor4D;
  const mean = tf.avgPool(
    padded,
    [...node.kernel] as [number, number],
    [...node.strides] as [number, number],
    'valid',
  );
  const [, height, width] = x.shape as [number, number, number];
  const counts = [height, width].map((size, i) => counted(node, size, places[i]!, i as 0 | 1));
  const area = node.kernel[0] * node.kernel[1];
  const factor = counts[0]!.flatMap((rows) => counts[1]!.map((columns) => area / (rows * columns)));
  if (factor.every((value) => value === 1)) return mean;
  return tf.mul(mean, tf.tensor(factor, [1, ...places, 1]));
}

/** How many places each window averages along one side. */
function counted(node: OperatorOf<'AveragePool'>, size: number, places: number, i: 0 | 1): number[] {
  const [before, after] = node.countPads ? [node.pads[i], node.pads[(i + 2) as 2 | 3]] : [0, 0];
  return Array.from({ length: places }, (_, place) => {
    const start = place * node.strides[i] - node.pads[i];
    return Math.min(start + node.kernel[i], size + after) - Math.max(start, -before);
  });
}

/** The pads, and what windows hang over the edge in ceil mode. */
function margins({ kernel, strides, pads, dilations }: Window, x: TfTensor, places: Pair): Margins {
  const [, ...size] = x.shape as [number, number, number];
  const after = ([0, 1] as const).map((i) => {
    const reach = (places[i] - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1;
    return Math.max(0, reach - size[i] - pads[i]);
  });
  return [pads[0], pads[1], after[0]!, after[1]!];
}

interface View {
  /** (N,h,w,C): what all windows see at one place of the kernel. */
  readonly view: TfTensor;
  readonly dy: number;
  readonly dx: number;
}

function windowViews(tf: Tf, { kernel, strides, dilations }: Window, padded: TfTensor, places: Pair): View[] {
  const [batch, , , channels] = padded.shape as [number, number, number, number];
  return Array.from({ length: kernel[0] * kernel[1] }, (_, k) => {
    const [dy, dx] = [Math.floor(k / kernel[1]) * dilations[0], (k % kernel[1]) * dilations[1]];
    const end = [
      batch,
      dy + (places[0] - 1) * strides[0] + 1,
      dx + (places[1] - 1) * strides[1] + 1,
      channels,
    ];
    return { view: tf.stridedSlice(padded, [0, dy, dx, 0], end, [1, ...strides, 1]), dy, dx };
  });
}

/** The flat position in x of each window's corner (before the picture where there are pads), int32 (N,h,w,C). */
function windowStarts(tf: Tf, { strides, pads }: Window, x: TfTensor, places: Pair): TfTensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const along = (count: number, scale: number, offset: number, shape: number[]) =>
    tf.tensor(
      Int32Array.from({ length: count }, (_, i) => i * scale + offset),
      shape,
      'int32',
    );
  const row = width * channels;
  return [
    along(batch, height * row, 0, [batch, 1, 1, 1]),
    along(places[0], strides[0] * row, -pads[0] * row, [1, places[0], 1, 1]),
    along(places[1], strides[1] * channels, -pads[1] * channels, [1, 1, places[1], 1]),
    along(channels, 1, 0, [1, 1, 1, channels]),
  ].reduce((a, b) => tf.add(a, b));
}
