/** Raster arithmetic that the transformations share. Pure; coordinates are continuous, pixel i covers [i, i + 1). */
import type { Point, Rect, Size } from '../../core/geometry.ts';
import { heatMap, resampleMap } from '../heat-map.ts';
import type { Pixels, Rgb } from '../pixels.ts';

/** Opaque pixels of one colour. */
export function filled({ width, height }: Size, [r, g, b]: Rgb): Pixels {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) {
    data[i] = r;
    data[i + 1] = g;
    data[i + 2] = b;
  }
  return { width, height, channels: 3, data };
}

export function copied(pixels: Pixels): Pixels {
  return { ...pixels, data: pixels.data.slice() };
}

/** The part `region` (may be fractional) resized, bilinear, with antialiasing where it shrinks. */
export function resampled(pixels: Pixels, region: Rect, { width, height }: Size): Pixels {
  const data = new Uint8Array(width * height * 3);
  const plane = heatMap(pixels.width, pixels.height);
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < plane.data.length; i++) plane.data[i] = pixels.data[i * 3 + channel]!;
    const resized = resampleMap(plane, region, { width, height }).data;
    for (let i = 0; i < resized.length; i++) data[i * 3 + channel] = Math.round(resized[i]!);
  }
  return { width, height, channels: 3, data };
}

export const wholeOf = ({ width, height }: Size): Rect => ({ x: 0, y: 0, width, height });

/** `above` laid on a copy of `below`, its corner at whole pixels; what reaches beyond is cut. */
export function pasted(below: Pixels, above: Pixels, at: Point): Pixels {
  const result = copied(below);
  const from = Math.max(0, -at.x);
  const to = Math.min(above.width, below.width - at.x);
  for (let y = Math.max(0, -at.y); y < Math.min(above.height, below.height - at.y); y++) {
    const row = above.data.subarray((y * above.width + from) * 3, (y * above.width + to) * 3);
    result.data.set(row, ((at.y + y) * below.width + at.x + from) * 3);
  }
  return result;
}

/**
 * A picture of the same size whose pixel at p is the input's at `source(p)`, bilinear; `background` where that lies outside. For maps that
 * shrink little: there is no antialiasing.
 */
export function warped(pixels: Pixels, source: (point: Point) => Point, background: Rgb): Pixels {
  const { width, height } = pixels;
  const result = filled(pixels, background);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const point = source({ x: x + 0.5, y: y + 0.5 });
      if (!(point.x >= 0 && point.x <= width && point.y >= 0 && point.y <= height)) continue;
      sample(pixels, point, result.data, (y * width + x) * 3);
    }
  }
  return result;
}

/** Writes the bilinear colour at a point; edges are repeated. */
function sample({ data, width, height }: Pixels, point: Point, out: Uint8Array, to: number): void {
  const x = Math.min(width - 1, Math.max(0, point.x - 0.5));
  const y = Math.min(height - 1, Math.max(0, point.y - 0.5));
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [dx, dy] = [x - x0, y - y0];
  const right = x0 + 1 < width ? 3 : 0;
  const down = y0 + 1 < height ? width * 3 : 0;
  const from = (y0 * width + x0) * 3;
  for (let c = 0; c < 3; c++) {
    const i = from + c;
    const top = data[i]! * (1 - dx) + data[i + right]! * dx;
    const bottom = data[i + down]! * (1 - dx) + data[i + down + right]! * dx;
    out[to + c] = Math.round(top * (1 - dy) + bottom * dy);
  }
}

/** Every pixel's colour through `curve`, which sees its place too; results are clamped to 0..255. */
export function recoloured(
  pixels: Pixels,
  curve: (value: number, channel: number, x: number, y: number) => number,
): Pixels {
  const { width, height } = pixels;
  const data = new Uint8ClampedArray(pixels.data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < 3; channel++, i++) data[i] = curve(pixels.data[i]!, channel, x, y);
    }
  }
  return { ...pixels, data: new Uint8Array(data.buffer) };
}

/** `above` where alpha is 1, `below` where it is 0; both of the same size. */
export function mixed(below: Pixels, above: Pixels, alpha: (i: number) => number): Pixels {
  const data = new Uint8Array(below.data.length);
  for (let i = 0; i < data.length / 3; i++) {
    const share = alpha(i);
    for (let k = 3 * i; k < 3 * i + 3; k++) {
      data[k] = Math.round(below.data[k]! * (1 - share) + above.data[k]! * share);
    }
  }
  return { ...below, data };
}

/** The mean colour of the outermost pixels: what is likely to go on beyond them. */
export function edgeColour({ data, width, height }: Pixels): Rgb {
  const sum = [0, 0, 0];
  let count = 0;
  for (let y = 0; y < height; y++) {
    const inner = y > 0 && y < height - 1;
    for (let x = 0; x < width; x += inner ? Math.max(1, width - 1) : 1, count++) {
      for (let c = 0; c < 3; c++) sum[c]! += data[(y * width + x) * 3 + c]!;
    }
  }
  const [r = 0, g = 0, b = 0] = sum.map((value) => Math.round(value / count));
  return [r, g, b];
}

/** The largest part of a picture with the shape of `size`, around its centre, resized to it. */
export function covering(pixels: Pixels, size: Size): Pixels {
  const ratio = Math.min(pixels.width / size.width, pixels.height / size.height);
  const [width, height] = [size.width * ratio, size.height * ratio];
  const region = { x: (pixels.width - width) / 2, y: (pixels.height - height) / 2, width, height };
  return resampled(pixels, region, size);
}

/** The picture at `share` of its size on a ground as large as itself, at `place`: 0 to 1 of the free room each way. */
export function placedOn(ground: Pixels, pixels: Pixels, share: number, place: Point): Pixels {
  const size = {
    width: Math.max(1, Math.round(pixels.width * share)),
    height: Math.max(1, Math.round(pixels.height * share)),
  };
  const at = {
    x: Math.round((pixels.width - size.width) * place.x),
    y: Math.round((pixels.height - size.height) * place.y),
  };
  return pasted(ground, resampled(pixels, wholeOf(pixels), size), at);
}
