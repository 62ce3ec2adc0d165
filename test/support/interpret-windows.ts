/** The reference interpreter's windows that slide over a map: convolutions and pools, place by place. */
import type { OperatorOf as Of, Pair, Window } from '../../src/model/graph.ts';
import type { ArrayValue } from './array-value.ts';
import { each, flatIndex, sizeOf, zeros } from './array-value.ts';

type Four = readonly [number, number, number, number];

/** Row-major position of an index (n, c, row, column). */
function position(dims: readonly number[], n: number, c: number, row: number, column: number): number {
  const [, channels, h, w] = dims as Four;
  return ((n * channels + c) * h + row) * w + column;
}

export function conv(node: Of<'Conv'>, x: ArrayValue, weight: ArrayValue, bias?: ArrayValue): ArrayValue {
  const [n, , h, w] = x.dims as Four;
  const [out, inPerGroup, kh, kw] = weight.dims as Four;
  const window: Window = { ...node, kernel: [kh, kw] };
  const y = zeros([n, out, places(window, h, 0), places(window, w, 1)]);
  const [top, left] = node.pads;
  // Most of what the interpreter does, hence with loops of its own rather than by eachInside.
  each(y.dims, (at, flat) => {
    const [b, o, i, j] = at as Four;
    const first = Math.floor(o / (out / node.group)) * inPerGroup;
    let sum = bias?.data[o] ?? 0;
    for (let u = 0; u < kh; u++) {
      const row = i * node.strides[0] - top + u * node.dilations[0];
      if (row < 0 || row >= h) continue;
      for (let v = 0; v < kw; v++) {
        const column = j * node.strides[1] - left + v * node.dilations[1];
        if (column < 0 || column >= w) continue;
        const [from, by] = [position(x.dims, b, first, row, column), position(weight.dims, o, 0, u, v)];
        for (let c = 0; c < inPerGroup; c++)
          sum += x.data[from + c * h * w]! * weight.data[by + c * kh * kw]!;
      }
    }
    y.data[flat] = sum;
  });
  return y;
}

/** Every place of x stamps the kernel into y. */
export function convTranspose(
  node: Of<'ConvTranspose'>,
  x: ArrayValue,
  weight: ArrayValue,
  bias?: ArrayValue,
): ArrayValue {
  const [n, channels, h, w] = x.dims as Four;
  const [, outPerGroup, kh, kw] = weight.dims as Four;
  const window: Window = { ...node, kernel: [kh, kw] };
  const along = (size: number, i: 0 | 1) =>
    (size - 1) * node.strides[i] +
    (window.kernel[i] - 1) * node.dilations[i] +
    1 +
    node.outputPadding[i] -
    node.pads[i] -
    node.pads[(i + 2) as 2 | 3];
  const size: Pair = [along(h, 0), along(w, 1)];
  const y = zeros([n, outPerGroup * node.group, ...size]);
  if (bias) each(y.dims, ([, o], flat) => void (y.data[flat] = bias.data[o!]!));
  each(x.dims, ([b, c, i, j], flat) => {
    const first = Math.floor(c! / (channels / node.group)) * outPerGroup;
    eachInside(window, size, [i!, j!], (row, column, u, v) => {
      const [to, by] = [position(y.dims, b!, first, row, column), position(weight.dims, c!, 0, u, v)];
      for (let o = 0; o < outPerGroup; o++)
        y.data[to + o * size[0] * size[1]]! += x.data[flat]! * weight.data[by + o * kh * kw]!;
    });
  });
  return y;
}

/** The maximum, and the flat position of the first of them. */
export function maxPool(node: Of<'MaxPool'>, x: ArrayValue): readonly ArrayValue[] {
  const [n, channels, h, w] = x.dims as Four;
  const y = zeros([n, channels, places(node, h, 0, node.ceil), places(node, w, 1, node.ceil)]);
  const positions = zeros(y.dims);
  y.data.fill(-Infinity);
  each(y.dims, ([b, c, i, j], flat) => {
    eachInside(node, [h, w], [i!, j!], (row, column) => {
      const at = position(x.dims, b!, c!, row, column);
      if (x.data[at]! <= y.data[flat]!) return;
      y.data[flat] = x.data[at]!;
      positions.data[flat] = at;
    });
  });
  return [y, positions];
}

/** Pads count when the pool says so; what hangs over the padded edge in ceil mode never does. */
export function averagePool(node: Of<'AveragePool'>, x: ArrayValue): ArrayValue {
  const [n, channels, h, w] = x.dims as Four;
  const window: Window = { ...node, dilations: [1, 1] };
  const y = zeros([n, channels, places(window, h, 0, node.ceil), places(window, w, 1, node.ceil)]);
  const [top, left, bottom, right] = node.pads;
  each(y.dims, ([b, c, i, j], flat) => {
    let sum = 0;
    let inside = 0;
    eachInside(window, [h, w], [i!, j!], (row, column) => {
      sum += x.data[position(x.dims, b!, c!, row, column)]!;
      inside++;
    });
    let withPads = 0;
    const padded: Window = { ...window, pads: [0, 0, 0, 0] };
    eachInside(padded, [top + h + bottom, left + w + right], [i!, j!], () => void withPads++);
    y.data[flat] = sum / (node.countPads ? withPads : inside);
  });
  return y;
}

/** Adds each number of the gradient at its position; one picture's positions serve every row of the gradient. */
export function maxUnpool(gradient: ArrayValue, positions: ArrayValue, input: ArrayValue): ArrayValue {
  const y = zeros([gradient.dims[0]!, ...input.dims.slice(1)]);
  const shared = input.dims[0] === 1;
  const picture = sizeOf(input.dims.slice(1));
  each(gradient.dims, ([b, ...rest], flat) => {
    const at = positions.data[flatIndex(positions.dims, [shared ? 0 : b!, ...rest])]!;
    y.data[shared ? b! * picture + at : at]! += gradient.data[flat]!;
  });
  return y;
}

/** How many windows fit along axis i, counted one by one; in ceil mode one more may hang over the end if it begins before the last pad. */
function places(window: Window, size: number, i: 0 | 1, ceil = false): number {
  const before = window.pads[i];
  const padded = before + size + window.pads[(i + 2) as 2 | 3];
  const reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
  let count = 0;
  while (count * window.strides[i] + reach <= padded) count++;
  const covered = (count - 1) * window.strides[i] + reach;
  return ceil && covered < padded && count * window.strides[i] < before + size ? count + 1 : count;
}

/** Calls back with every place of a window that lies inside the picture. */
function eachInside(
  window: Window,
  [h, w]: Pair,
  [i, j]: Pair,
  visit: (row: number, column: number, u: number, v: number) => void,
): void {
  for (let u = 0; u < window.kernel[0]; u++) {
    for (let v = 0; v < window.kernel[1]; v++) {
      const row = i * window.strides[0] - window.pads[0] + u * window.dilations[0];
      const column = j * window.strides[1] - window.pads[1] + v * window.dilations[1];
      if (row >= 0 && row < h && column >= 0 && column < w) visit(row, column, u, v);
    }
  }
}
