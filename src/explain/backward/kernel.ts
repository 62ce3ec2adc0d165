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

/** (O, C/g, kh, kw) -> (C, O/g, kh, kw). */
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
      moved.set(
        data.subarray(from, from + area),
        ((g * inPerGroup + c) * outPerGroup + (o % outPerGroup)) * area,
      );
    }
  }
  return { dims: swapped, data: moved };
}

/** Each kernel turned by 180°. */
export function turned({ dims, data }: Kernel): Kernel {
  const area = dims[2] * dims[3];
  const values = Float32Array.from(data, (_, at) => data[at - (at % area) + area - 1 - (at % area)]!);
  return { dims, data: values };
}

/** Of each kernel the given rows and columns; undefined: 0. */
export function selected(
  { dims, data }: Kernel,
  rows: readonly (number | undefined)[],
  columns: readonly (number | undefined)[],
): Kernel {
  const [out, channels, kh, kw] = dims;
  const area = rows.length * columns.length;
  const values = Float32Array.from({ length: out * channels * area }, (_, at) => {
    const y = rows[Math.floor((at % area) / columns.length)];
    const x = columns[at % columns.length];
    return y === undefined || x === undefined ? 0 : data[(Math.floor(at / area) * kh + y) * kw + x]!;
  });
  return { dims: [out, channels, rows.length, columns.length], data: values };
}
