/** Soft shadows, from anything that can say where it is opaque. */
import type { Size } from '../../src/core/geometry.ts';
import type { Homography } from './homography.ts';
import { invert } from './homography.ts';
import type { Layer } from './raster.ts';

/** How opaque a thing is at a point of the picture, 0 to 255. */
export type Cover = (x: number, y: number) => number;

/** A layer of the picture's size, shifted. */
export function layerCover({ width, height, data }: Layer, right = 0, down = 0): Cover {
  const [dx, dy] = [Math.round(right), Math.round(down)];
  return (x, y) => {
    const [sx, sy] = [x - dx, y - dy];
    return sx < 0 || sy < 0 || sx >= width || sy >= height ? 0 : data[(sy * width + sx) * 4 + 3]!;
  };
}

/** A layer as it appears under `place`, without smoothing. */
export function projectedCover({ width, height, data }: Layer, place: Homography): Cover {
  const [a, b, c, d, e, f, g, h, k] = invert(place);
  return (x, y) => {
    const w = g * x + h * y + k;
    const [sx, sy] = [Math.floor((a * x + b * y + c) / w), Math.floor((d * x + e * y + f) / w)];
    return w > 0 && sx >= 0 && sy >= 0 && sx < width && sy < height ? data[(sy * width + sx) * 4 + 3]! : 0;
  };
}

export interface Ellipse {
  readonly x: number;
  readonly y: number;
  readonly rx: number;
  readonly ry: number;
}

export function ellipseCover(ellipses: readonly Ellipse[]): Cover {
  return (x, y) =>
    ellipses.some((spot) => ((x - spot.x) / spot.rx) ** 2 + ((y - spot.y) / spot.ry) ** 2 < 1) ? 255 : 0;
}

/** Darkens `canvas`, in place, where `cover` is opaque: by `strength` (0 to 1) at most, with edges `radius` pixels soft. */
export function castShadow(canvas: Layer, cover: Cover, strength: number, radius: number): void {
  const { width, height, data } = canvas;
  const step = Math.max(1, Math.round(radius / 3));
  const { columns, values, left, top, right, bottom } = blurredCover(cover, canvas, step, radius);
  for (let y = top * step; y < Math.min(height, bottom * step); y++) {
    const row = Math.floor(y / step);
    const low = y / step - row;
    for (let x = left * step; x < Math.min(width, right * step); x++) {
      const column = Math.floor(x / step);
      const at = row * columns + column;
      const aside = x / step - column;
      const upper = values[at]! * (1 - aside) + values[at + 1]! * aside;
      const lower = values[at + columns]! * (1 - aside) + values[at + columns + 1]! * aside;
      const keep = 1 - strength * (upper + (lower - upper) * low);
      const to = (y * width + x) * 4;
      data[to] = data[to]! * keep;
      data[to + 1] = data[to + 1]! * keep;
      data[to + 2] = data[to + 2]! * keep;
    }
  }
}

/** The cover, 0 to 1, at every `step`th row and column, and the cells outside of which it is 0 (right and bottom exclusive). */
interface Blurred {
  readonly columns: number;
  readonly values: Float32Array;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Three box blurs come near to a Gaussian one. */
function blurredCover(cover: Cover, { width, height }: Size, step: number, radius: number): Blurred {
  const [columns, rows] = [Math.ceil(width / step) + 1, Math.ceil(height / step) + 1];
  let values = new Float32Array(columns * rows);
  let [left, top, right, bottom] = [columns, rows, 0, 0];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const value = cover(x * step, y * step);
      if (value === 0) continue;
      values[y * columns + x] = value / 255;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  const cells = Math.max(1, Math.round(radius / step / 2));
  for (let pass = 0; pass < 3; pass++) values = boxBlur(values, columns, rows, cells);
  const reach = 3 * cells + 1;
  return {
    columns,
    values,
    left: Math.max(0, left - reach),
    top: Math.max(0, top - reach),
    right: Math.min(columns - 1, right + reach),
    bottom: Math.min(rows - 1, bottom + reach),
  };
}

/** A mean over squares of 2·radius + 1, rows then columns; zero outside. */
function boxBlur(
  values: Float32Array,
  width: number,
  height: number,
  radius: number,
): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(values.length);
  const result = new Float32Array(values.length);
  blurLines(values, rows, { count: height, length: width, stride: 1, jump: width }, radius);
  blurLines(rows, result, { count: width, length: height, stride: width, jump: 1 }, radius);
  return result;
}

interface Lines {
  readonly count: number;
  readonly length: number;
  /** From one value of a line to the next, and from one line to the next. */
  readonly stride: number;
  readonly jump: number;
}

function blurLines(from: Float32Array, to: Float32Array, lines: Lines, radius: number): void {
  const { count, length, stride, jump } = lines;
  const weight = 1 / (2 * radius + 1);
  for (let line = 0; line < count; line++) {
    const start = line * jump;
    let sum = 0;
    for (let i = 0; i < Math.min(radius, length); i++) sum += from[start + i * stride]!;
    for (let i = 0; i < length; i++) {
      if (i + radius < length) sum += from[start + (i + radius) * stride]!;
      to[start + i * stride] = sum * weight;
      if (i - radius >= 0) sum -= from[start + (i - radius) * stride]!;
    }
  }
}
