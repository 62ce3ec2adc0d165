/** Kernels of convolutions (O, C/g, kh, kw), and what backward passes make of them. */
import { sizeOf } from '../../core/tensor.ts';
import type { Constant } from '../../model/graph.ts';

export interface Kernel {
  readonly dims: readonly [number, number, number, number];
  readonly data: Float32Array;
}

/** undefined where it is no kernel of numbers. */
export function kernelOf(constant: Constant | undefined): Kernel | undefined {
  if (constant?.type !== 'float32' || constant.dims.length !== 4) return undefined;
  return { dims: constant.dims as unknown as Kernel['dims'], data: constant.data };
}

/**
 * (O, C/g, kh, kw) -> (C, O/g, kh, kw). Plain loops, here and below: a network has millions of weights, and each is read when a graph is
 * differentiated.
 */
export function exchanged({ dims, data }: Kernel, group: number): Kernel {
  const [out, inPerGroup, kh, kw] = dims;
  const outPerGroup = out / group;
  const area = kh * kw;
  const swapped = [inPerGroup * group, outPerGroup, kh, kw] as const;
  const moved = new Float32Array(sizeOf(swapped));
  for (let o = 0; o < out; o++) {
    const g = Math.floor(o / outPerGroup);
    for (let c = 0; c < inPerGroup; c++) {
      const from = (o * inPerGroup + c) * area;
      const to = ((g * inPerGroup + c) * outPerGroup + (o % outPerGroup)) * area;
      for (let k = 0; k < area; k++) moved[to + k] = data[from + k]!;
    }
  }
  return { dims: swapped, data: moved };
}

/** Each kernel turned by 180°. */
export function turned({ dims, data }: Kernel): Kernel {
  const area = dims[2] * dims[3];
  const values = new Float32Array(data.length);
  for (let kernel = 0; kernel < data.length; kernel += area) {
    for (let k = 0; k < area; k++) values[kernel + k] = data[kernel + area - 1 - k]!;
  }
  return { dims, data: values };
}

/** Of each kernel the given rows and columns; undefined: 0. */
export function selected(
  { dims, data }: Kernel,
  rows: readonly (number | undefined)[],
  columns: readonly (number | undefined)[],
): Kernel {
  const [out, channels, kh, kw] = dims;
  const places = rows.flatMap((y) =>
    columns.map((x) => (y === undefined || x === undefined ? undefined : y * kw + x)),
  );
  const values = new Float32Array(out * channels * places.length);
  for (const [i, place] of places.entries()) {
    if (place === undefined) continue;
    for (let kernel = 0; kernel < out * channels; kernel++)
      values[kernel * places.length + i] = data[kernel * kh * kw + place]!;
  }
  return { dims: [out, channels, rows.length, columns.length], data: values };
}
