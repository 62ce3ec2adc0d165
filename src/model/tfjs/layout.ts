/**
 * TensorFlow.js convolves only pictures whose channels run fastest, so that is how values of four dimensions are kept here:
 *
 *   a Graph says      (N, C, H, W)     axis 0 1 2 3
 *   kept as           (N, H, W, C)     axis 0 3 1 2
 *
 * The change is made once on the way in and once on the way out; in between every operator translates its axes. Values of any other
 * rank are kept as they are.
 */
import type * as tfjs from '@tensorflow/tfjs-core';

export type Tf = typeof tfjs;
export type TfTensor = tfjs.Tensor;
export type Tensor4D = tfjs.Tensor4D;

const keptAxis = [0, 3, 1, 2] as const;
const graphAxis = [0, 2, 3, 1] as const;

/** Where an axis of the graph's value of that rank is kept. */
export function axisOf(axis: number, rank: number): number {
  return rank === 4 ? keptAxis[axis]! : axis;
}

/** Per-axis numbers of the graph, in the order in which the axes are kept. */
export function inKeptOrder<T>(values: readonly T[]): T[] {
  return values.length === 4 ? graphAxis.map((axis) => values[axis]!) : [...values];
}

/** The sizes of a kept tensor as the graph counts them. */
export function graphDims(tensor: TfTensor): number[] {
  return tensor.rank === 4 ? keptAxis.map((axis) => tensor.shape[axis]!) : [...tensor.shape];
}

/** A tensor in the graph's order -> as it is kept. */
export function keep(tf: Tf, tensor: TfTensor): TfTensor {
  if (tensor.rank !== 4) return tensor;
  const [, channels, height, width] = tensor.shape as [number, number, number, number];
  // Where only one of the two moves, no number does.
  if (channels === 1 || height * width === 1) return tf.reshape(tensor, inKeptOrder(tensor.shape));
  return tf.transpose(tensor, [...graphAxis]);
}

/** A kept tensor -> in the graph's order. */
export function unkeep(tf: Tf, tensor: TfTensor): TfTensor {
  if (tensor.rank !== 4) return tensor;
  const [, height, width, channels] = tensor.shape as [number, number, number, number];
  if (channels === 1 || height * width === 1) return tf.reshape(tensor, graphDims(tensor));
  return tf.transpose(tensor, [...keptAxis]);
}

/** Operands of an element-wise operator: those of fewer dimensions than four are lifted to four where another has four. */
export function aligned(tf: Tf, tensors: readonly TfTensor[]): TfTensor[] {
  if (!tensors.some(({ rank }) => rank === 4)) return [...tensors];
  return tensors.map((tensor) =>
    tensor.rank === 4 || tensor.rank === 0
      ? tensor
      : keep(tf, tf.reshape(tensor, [...Array<number>(4 - tensor.rank).fill(1), ...tensor.shape])),
  );
}
