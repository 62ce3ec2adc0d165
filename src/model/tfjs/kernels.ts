/** Convolution kernels in TensorFlow.js's order (kh, kw, in, out), made once when a graph is loaded. */
import type { Constant, Pair } from '../graph.ts';
import type { Tf, TfTensor } from './layout.ts';

/** A kernel (O, I, kh, kw), with zeros between its numbers for a dilation, or turned by 180°. */
export interface Kernel {
  readonly dims: readonly [number, number, number, number];
  readonly data: Float32Array;
}

export function kernelOf(constant: Constant & { readonly type: 'float32' }): Kernel {
  return { dims: constant.dims as Kernel['dims'], data: constant.data };
}

/** The same kernel for a dilation of 1. */
export function dilated({ dims, data }: Kernel, [dy, dx]: Pair): Kernel {
  if (dy === 1 && dx === 1) return { dims, data };
  const [out, inside, kh, kw] = dims;
  const [height, width] = [(kh - 1) * dy + 1, (kw - 1) * dx + 1];
  const wide = new Float32Array(out * inside * height * width);
  for (let i = 0; i < data.length; i++) {
    const [plane, y, x] = [Math.floor(i / (kh * kw)), Math.floor(i / kw) % kh, i % kw];
    wide[(plane * height + y * dy) * width + x * dx] = data[i]!;
  }
  return { dims: [out, inside, height, width], data: wide };
}

/** Turned by 180°. */
export function turned({ dims, data }: Kernel): Kernel {
  const area = dims[2] * dims[3];
  const result = data.map((_, i) => data[i - (i % area) + area - 1 - (i % area)]!);
  return { dims, data: result };
}

/** The kernels `from` to `to` of the first dimension. */
export function part({ dims, data }: Kernel, from: number, to: number): Kernel {
  const size = dims[1] * dims[2] * dims[3];
  return { dims: [to - from, dims[1], dims[2], dims[3]], data: data.subarray(from * size, to * size) };
}

/** (A, B, kh, kw) -> (kh, kw, B, A): inputs before outputs for a convolution, outputs before inputs for a transposed one. */
export function upload(tf: Tf, { dims, data }: Kernel): TfTensor {
  return tf.tidy(() => tf.transpose(tf.tensor(data, [...dims]), [2, 3, 1, 0]));
}

/** (C·m, 1, kh, kw) -> (kh, kw, C, m), for a depthwise convolution. */
export function uploadDepthwise(tf: Tf, { dims, data }: Kernel, channels: number): TfTensor {
  const [out, , kh, kw] = dims;
  return tf.tidy(() => tf.transpose(tf.tensor(data, [channels, out / channels, kh, kw]), [2, 3, 0, 1]));
}
