/** Layers of pixels: rendering them from SVG, seeing them in perspective, laying them over each other. */
import sharp from 'sharp';
import type { Size } from '../../src/core/geometry.ts';
import type { Homography } from './homography.ts';
import { invert, multiply, project } from './homography.ts';

/** Pixels with premultiplied alpha: red, green, blue, alpha, row by row, 0 to 255. */
export interface Layer extends Size {
  readonly data: Uint8ClampedArray;
}

/** The layer that an SVG document shows, blurred by `sigma` pixels where that is more than 0. */
export async function renderSvg(svg: string, sigma = 0): Promise<Layer> {
  let image = sharp(Buffer.from(svg)).ensureAlpha();
  if (sigma > 0) image = image.blur(sigma);
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < pixels.length; i += 4) {
    const alpha = pixels[i + 3]!;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = 0; c < 3; c++) pixels[i + c] = (pixels[i + c]! * alpha) / 255;
  }
  return { width: info.width, height: info.height, data: pixels };
}

export const emptyLayer = ({ width, height }: Size): Layer => ({
  width,
  height,
  data: new Uint8ClampedArray(width * height * 4),
});

/** The layer as it appears in a picture of `size` under `toPicture`: bilinear, over box-filtered halves where it shrinks. */
export function warp(source: Layer, toPicture: Homography, size: Size): Layer {
  const [cx, cy] = [source.width / 2, source.height / 2];
  const half = project(toPicture, cx, cy);
  const step = project(toPicture, cx + 1, cy);
  const down = project(toPicture, cx, cy + 1);
  const area = Math.abs(
    (step[0] - half[0]) * (down[1] - half[1]) - (step[1] - half[1]) * (down[0] - half[0]),
  );
  if (area < 0.3 && source.width > 32) {
    return warp(halved(source), multiply(toPicture, [2, 0, 0, 0, 2, 0, 0, 0, 1]), size);
  }
  const result = emptyLayer(size);
  resample(source, invert(toPicture), result, extent(source, toPicture, size));
  return result;
}

/**
 * Fills the columns and rows of `region` in `target` with what `source` shows there. The innermost loop of the whole program: it
 * counts in 256ths of a pixel and passes over what is transparent.
 */
function resample(
  source: Layer,
  [a, b, c, d, e, f, g, h, k]: Homography,
  target: Layer,
  region: Extent,
): void {
  const { width, height, data } = source;
  const [pixels, row] = [target.data, width * 4];
  for (let y = region.top; y < region.bottom; y++) {
    for (let x = region.left; x < region.right; x++) {
      const scale = 256 / (g * (x + 0.5) + h * (y + 0.5) + k);
      const sx = ((a * (x + 0.5) + b * (y + 0.5) + c) * scale - 128) | 0;
      const sy = ((d * (x + 0.5) + e * (y + 0.5) + f) * scale - 128) | 0;
      const [x0, y0] = [sx >> 8, sy >> 8];
      if (scale <= 0 || x0 < 0 || y0 < 0 || x0 >= width - 1 || y0 >= height - 1) continue;
      const at = y0 * row + x0 * 4;
      const low = at + row;
      if (!(data[at + 3]! | data[at + 7]! | data[low + 3]! | data[low + 7]!)) continue;
      const both = (sx & 255) * (sy & 255);
      const down = ((sy & 255) << 8) - both;
      const right = ((sx & 255) << 8) - both;
      const none = 65_536 - right - down - both;
      const to = (y * target.width + x) * 4;
      for (let i = 0; i < 4; i++) {
        const sum =
          data[at + i]! * none +
          data[at + 4 + i]! * right +
          data[low + i]! * down +
          data[low + 4 + i]! * both;
        pixels[to + i] = (sum + 32_768) >>> 16;
      }
    }
  }
}

interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The part of a picture that a layer can reach; the whole picture where a corner lies behind the eye. */
function extent({ width, height }: Size, toPicture: Homography, size: Size): Extent {
  const corners = [
    project(toPicture, 0, 0),
    project(toPicture, width, 0),
    project(toPicture, 0, height),
    project(toPicture, width, height),
  ];
  if (corners.some((corner) => corner[2] <= 0))
    return { left: 0, top: 0, right: size.width, bottom: size.height };
  const [xs, ys] = [corners.map((corner) => corner[0]), corners.map((corner) => corner[1])];
  return {
    left: Math.max(0, Math.floor(Math.min(...xs))),
    top: Math.max(0, Math.floor(Math.min(...ys))),
    right: Math.min(size.width, Math.ceil(Math.max(...xs))),
    bottom: Math.min(size.height, Math.ceil(Math.max(...ys))),
  };
}

function halved({ width, height, data }: Layer): Layer {
  const result = emptyLayer({ width: width >> 1, height: height >> 1 });
  for (let y = 0; y < result.height; y++) {
    for (let x = 0; x < result.width; x++) {
      const at = (2 * y * width + 2 * x) * 4;
      const to = (y * result.width + x) * 4;
      for (let i = 0; i < 4; i++) {
        const sum =
          data[at + i]! + data[at + 4 + i]! + data[at + width * 4 + i]! + data[at + width * 4 + 4 + i]!;
        result.data[to + i] = sum / 4;
      }
    }
  }
  return result;
}

/** Lays `top` over `canvas`, in place. */
export function over(canvas: Layer, top: Layer): void {
  const [below, above] = [canvas.data, top.data];
  for (let i = 0; i < below.length; i += 4) {
    const alpha = above[i + 3]!;
    if (alpha === 0) continue;
    const rest = (255 - alpha) / 255;
    for (let c = 0; c < 4; c++) below[i + c] = above[i + c]! + below[i + c]! * rest;
  }
}
