/** Arithmetic on heat maps: resize, blur, scale, multiply. Pure; every function returns a new map. Plain loops: a page of explained hits makes hundreds. */
import type { Point, Rect, Size } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { quantile } from '../core/vector.ts';

/** A map over `data` (not copied; zeros when absent). Throws RangeError when the length does not fit. */
export function heatMap(
  width: number,
  height: number,
  data: Float32Array = new Float32Array(width * height),
): HeatMap {
  if (data.length !== width * height) {
    throw new RangeError(`expected ${width * height} values for ${width}×${height}, received ${data.length}`);
  }
  return { width, height, data };
}

/**
 * Bilinear resizing between pixel centres, edges repeated: PyTorch's interpolate(mode='bilinear', align_corners=False), and with
 * antialias=True where it shrinks.
 */
export function resizeMap(map: HeatMap, size: Size): HeatMap {
  return resampleMap(map, { x: 0, y: 0, width: map.width, height: map.height }, size);
}

/**
 * Like resizeMap, of the part `region` (in cells of the map, may be fractional) alone. Cells around the region still take part in
 * the interpolation at its border.
 */
export function resampleMap(map: HeatMap, region: Rect, size: Size): HeatMap {
  const columns = triangleWeights(map.width, region.x, region.width, size.width);
  const rows = triangleWeights(map.height, region.y, region.height, size.height);
  return resampleRows(resampleColumns(map, columns), rows);
}

/** For each output position the first input it reads, and its weights; they sum to 1. */
interface AxisWeights {
  readonly first: Int32Array;
  readonly weights: readonly Float64Array[];
}

/** Output i reads a triangle around its centre in the input, as wide as the reduction and at least two inputs wide. */
function triangleWeights(inputs: number, start: number, length: number, outputs: number): AxisWeights {
  const step = length / outputs;
  const support = Math.max(1, step);
  const first = new Int32Array(outputs);
  const weights: Float64Array[] = [];
  for (let i = 0; i < outputs; i++) {
    const centre = start + (i + 0.5) * step - 0.5;
    const low = clamp(Math.ceil(centre - support), 0, inputs - 1);
    const high = clamp(Math.floor(centre + support), low, inputs - 1);
    const values = new Float64Array(high - low + 1);
    let sum = 0;
    for (let k = 0; k < values.length; k++) {
      values[k] = Math.max(0, 1 - Math.abs(low + k - centre) / support);
      sum += values[k]!;
    }
    // A region that reaches beyond the map sees the nearest cell there.
    if (sum === 0) values[centre < low ? 0 : values.length - 1] = 1;
    else for (let k = 0; k < values.length; k++) values[k]! /= sum;
    first[i] = low;
    weights.push(values);
  }
  return { first, weights };
}

function resampleColumns({ width, height, data }: HeatMap, { first, weights }: AxisWeights): HeatMap {
  const out = new Float32Array(first.length * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < first.length; x++) {
      const w = weights[x]!;
      const from = y * width + first[x]!;
      let sum = 0;
      for (let k = 0; k < w.length; k++) sum += w[k]! * data[from + k]!;
      out[y * first.length + x] = sum;
    }
  }
  return { width: first.length, height, data: out };
}

function resampleRows({ width, data }: HeatMap, { first, weights }: AxisWeights): HeatMap {
  const out = new Float32Array(width * first.length);
  for (let y = 0; y < first.length; y++) {
    const w = weights[y]!;
    for (let k = 0; k < w.length; k++) {
      const weight = w[k]!;
      const from = (first[y]! + k) * width;
      for (let x = 0, to = y * width; x < width; x++, to++) out[to]! += weight * data[from + x]!;
    }
  }
  return { width, height: first.length, data: out };
}

/**
 * Gaussian blur with standard deviation `sigma` in cells, cut at 3 sigma; the map is mirrored at its edges, which keeps the sum of
 * all values. Sigma 0 returns a copy.
 */
export function blurMap(map: HeatMap, sigma: number): HeatMap {
  const radius = Math.ceil(3 * sigma);
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    sigma > 0 ? Math.exp(-0.5 * ((i - radius) / sigma) ** 2) : 1,
  );
  const sum = kernel.reduce((a, b) => a + b, 0);
  const weights = kernel.map((v) => v / sum);
  const out = heatMap(map.width, map.height, map.data.slice());
  const across = new Line(map.width, weights);
  const down = new Line(map.height, weights);
  for (let y = 0; y < map.height; y++) across.blur(out.data, y * map.width, 1);
  for (let x = 0; x < map.width; x++) down.blur(out.data, x, map.width);
  return out;
}

/** Convolves lines of so many values with a symmetrical kernel, in place. */
class Line {
  readonly #weights: Float64Array;
  /** The positions to read, borders included, and what is there. */
  readonly #positions: Int32Array;
  readonly #values: Float64Array;

  constructor(count: number, weights: Float64Array) {
    this.#weights = weights;
    this.#positions = mirroredIndices(count, (weights.length - 1) / 2);
    this.#values = new Float64Array(this.#positions.length);
  }

  /** Of values that begin at `start` and lie `stride` apart. */
  blur(data: Float32Array, start: number, stride: number): void {
    const weights = this.#weights;
    const positions = this.#positions;
    const values = this.#values;
    for (let i = 0; i < values.length; i++) values[i] = data[start + positions[i]! * stride]!;
    const radius = (weights.length - 1) / 2;
    for (let i = radius, to = start; i + radius < values.length; i++, to += stride) {
      let sum = weights[radius]! * values[i]!;
      for (let k = 1; k <= radius; k++) sum += weights[radius + k]! * (values[i - k]! + values[i + k]!);
      data[to] = sum;
    }
  }
}

/** The positions -radius .. count - 1 + radius, mirrored into 0 .. count - 1: ... 1 0 | 0 1 2 ... n-1 | n-1 n-2 ... */
function mirroredIndices(count: number, radius: number): Int32Array {
  return Int32Array.from({ length: count + 2 * radius }, (_, i) => {
    const folded = (((i - radius) % (2 * count)) + 2 * count) % (2 * count);
    return folded < count ? folded : 2 * count - 1 - folded;
  });
}

/**
 * The value that stands for 1 in a picture of these maps: the percentile (0 to 100) of |value| over all of them together, so that
 * one colour scale can be shared. Where that is 0 (hardly any place is marked), the largest |value|.
 */
export function mapScale(maps: readonly HeatMap[], percentile = 99): number {
  const magnitudes = new Float32Array(maps.reduce((length, { data }) => length + data.length, 0));
  let offset = 0;
  for (const { data } of maps) for (const value of data) magnitudes[offset++] = Math.abs(value);
  const scale = quantile(magnitudes, percentile / 100);
  return scale > 0 ? scale : magnitudes.reduce((a, b) => Math.max(a, b), 0);
}

/**
 * A map for people: divided by `max` (default: mapScale of this map alone) and clamped to 0..1, or to -1..1 with `signed`. A map
 * of zeros stays so.
 */
export function normalizeMap(
  map: HeatMap,
  options: { readonly percentile?: number; readonly max?: number; readonly signed?: boolean } = {},
): HeatMap {
  const scale = options.max ?? mapScale([map], options.percentile);
  const low = options.signed ? -1 : 0;
  const factor = scale > 0 ? 1 / scale : 0;
  const data = new Float32Array(map.data.length);
  for (let i = 0; i < data.length; i++) data[i] = clamp(map.data[i]! * factor, low, 1);
  return { ...map, data };
}

/** The cell with the largest value, the first of equals; `x`, `y` count cells. Throws RangeError for an empty map. */
export function peak({ width, data }: HeatMap): Point & { readonly value: number } {
  if (data.length === 0) throw new RangeError('expected a map with at least one cell, received none');
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i]! > data[best]!) best = i;
  return { x: best % width, y: Math.floor(best / width), value: data[best]! };
}

/** Cell by cell a · b. Throws RangeError for maps of different sizes. */
export function multiplyMaps(a: HeatMap, b: HeatMap): HeatMap {
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(
      `expected maps of one size, received ${a.width}×${a.height} and ${b.width}×${b.height}`,
    );
  }
  const data = new Float32Array(a.data.length);
  for (let i = 0; i < data.length; i++) data[i] = a.data[i]! * b.data[i]!;
  return { ...a, data };
}

/** The map with zeros wherever a cell's centre lies outside `rect` (in cells), e.g. in the bars around a picture. */
export function keepInside(map: HeatMap, rect: Rect): HeatMap {
  // The first cell whose centre is not before a position.
  const at = (position: number, length: number) => clamp(Math.ceil(position - 0.5), 0, length);
  const [left, right] = [at(rect.x, map.width), at(rect.x + rect.width, map.width)];
  const [top, bottom] = [at(rect.y, map.height), at(rect.y + rect.height, map.height)];
  const data = new Float32Array(map.data.length);
  for (let row = top; row < bottom; row++) {
    const start = row * map.width;
    data.set(map.data.subarray(start + left, start + right), start + left);
  }
  return { ...map, data };
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
