/** What keeps gradient ascent on a picture from ending in noise (visualize.ts). Tensors are (3,H,W); every function returns a new one. */
import type { HeatMap } from '../core/heat-map.ts';
import type { Tensor } from '../core/tensor.ts';
import { blurMap, resizeMap } from '../image/heat-map.ts';

/** Moved by dx, dy pixels; what leaves at one edge comes in at the other. */
export function moved({ dims, data }: Tensor, dx: number, dy: number): Tensor {
  const [channels = 0, height = 0, width = 0] = dims;
  const out = new Float32Array(data.length);
  const shift = ((dx % width) + width) % width;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) {
      const from = (c * height + y) * width;
      const to = (c * height + ((((y + dy) % height) + height) % height)) * width;
      out.set(data.subarray(from, from + width - shift), to + shift);
      out.set(data.subarray(from + width - shift, from + width), to);
    }
  }
  return { dims, data: out };
}

/** Each channel blurred with a Gaussian of `sigma` pixels. */
export function blurred(image: Tensor, sigma: number): Tensor {
  return joined(planes(image).map((plane) => blurMap(plane, sigma)));
}

/**
 * A gradient whose coarse and fine parts count alike: the sum of its halvings, each divided by its own root mean square, coarser ones a
 * little more. A network's gradient is nearly all fine detail, which no eye can put together.
 */
export function balanceScales(gradient: Tensor, levels = 6, coarser = 1.2): Tensor {
  const size = gradient.dims[1]! * gradient.dims[2]!;
  const sum = new Float32Array(gradient.data.length);
  let level = planes(gradient);
  const full = level[0]!;
  for (let i = 0; i < levels; i++) {
    const weight = coarser ** i / (rootMeanSquare(level) || 1);
    for (const [c, plane] of level.entries()) {
      const { data } = resizeMap(plane, full);
      for (let k = 0; k < size; k++) sum[c * size + k]! += weight * data[k]!;
    }
    level = level.map((plane) =>
      resizeMap(plane, { width: Math.ceil(plane.width / 2), height: Math.ceil(plane.height / 2) }),
    );
  }
  return { dims: gradient.dims, data: sum };
}

/**
 * Channels drawn towards their mean, and all brought to a root mean square of 1. In photographs the colours of a pixel go together; a
 * gradient knows nothing of that and paints rainbows.
 */
export function balanceColours({ dims, data }: Tensor, colour = 0.6): Tensor {
  const size = data.length / 3;
  const calm = data.map((value, i) => {
    const k = i % size;
    const grey = (data[k]! + data[size + k]! + data[2 * size + k]!) / 3;
    return grey + colour * (value - grey);
  });
  const scale = rootMeanSquare([{ data: calm }]) || 1;
  return { dims, data: calm.map((value) => value / scale) };
}

function rootMeanSquare(parts: readonly Pick<HeatMap, 'data'>[]): number {
  let sum = 0;
  let count = 0;
  for (const { data } of parts) {
    for (const value of data) sum += value * value;
    count += data.length;
  }
  return Math.sqrt(sum / count);
}

function planes({ dims: [, height = 0, width = 0], data }: Tensor): HeatMap[] {
  const size = width * height;
  return [0, 1, 2].map((c) => ({ width, height, data: data.subarray(c * size, (c + 1) * size) }));
}

function joined(maps: readonly HeatMap[]): Tensor {
  const { width, height } = maps[0]!;
  const data = new Float32Array(maps.length * width * height);
  for (const [c, map] of maps.entries()) data.set(map.data, c * width * height);
  return { dims: [maps.length, height, width], data };
}
