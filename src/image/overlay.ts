/**
 * Heat maps drawn on the user's own picture. A map that is stacked on the picture as a layer and a map that is drawn into it look the
 * same: both are the layer of `heatLayer`.
 */
import type { Rect, Size } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { colorTable, defaultColormap, tableIndex, type Colormap } from './colormap.ts';
import { decoded, decoder } from './decode.ts';
import { encode, type PictureEncoding } from './encode.ts';
import { resampleMap } from './heat-map.ts';
import type { Picture } from './open.ts';
import type { Pixels, Rgb } from './pixels.ts';
import { toTensor, type Placement } from './placement.ts';

export interface OutputOptions {
  /** Longest side of the result in pixels; 1024 when absent. Pictures are never enlarged. */
  readonly maxSide?: number;
  readonly encoding?: PictureEncoding;
}

export interface OverlayOptions extends OutputOptions {
  /** How much of the picture the strongest places cover, 0 to 1; 0.65 when absent. */
  readonly opacity?: number;
  /** How much unmarked places are darkened, 0 to 1, so that the marked ones stand out; 0.35 when absent. */
  readonly dim?: number;
  /**
   * How much of the picture's own colour is left under the map, 0 to 1; 0.4 when absent: on a picture in full colour nobody can
   * tell the heat from an orange starfish. renderOverlay only; under a renderMap layer use CSS: filter: saturate(0.4).
   */
  readonly saturation?: number;
  readonly colormap?: Colormap;
}

/**
 * The whole upright picture with the map on it. `map` covers the tensor (at any resolution, e.g. a 6×6 match map) and has values in
 * 0..1, or in -1..1 with a diverging colour map. What the model did not see (outside a crop) gets no heat and is darkened more.
 * Throws IMAGE_CORRUPT.
 */
export async function renderOverlay(
  picture: Picture,
  map: HeatMap,
  placement: Placement,
  options: OverlayOptions = {},
): Promise<Buffer> {
  const pixels = desaturated(await scaledPixels(picture, options.maxSide), options.saturation ?? 0.4);
  return encode(blended(pixels, heatLayer(map, placement, pixels, options)), options.encoding);
}

/**
 * The map alone, transparent, in the size that renderPicture and renderOverlay give the picture: a page can lay it over the picture
 * and change its opacity. PNG or WebP. Throws RangeError for JPEG.
 */
export function renderMap(map: HeatMap, placement: Placement, options: OverlayOptions = {}): Promise<Buffer> {
  const size = fitWithin(placement.picture, options.maxSide);
  return encode(heatLayer(map, placement, size, options), options.encoding);
}

/** The upright picture, at most `maxSide` pixels on its longest side. JPEG unless told otherwise. Throws IMAGE_CORRUPT. */
export async function renderPicture(picture: Picture, options: OutputOptions = {}): Promise<Buffer> {
  return encode(await scaledPixels(picture, options.maxSide), options.encoding ?? 'jpeg');
}

const defaultMaxSide = 1024;

/** The size with its longest side cut to `maxSide`, whole pixels, proportions kept. */
export function fitWithin({ width, height }: Size, maxSide = defaultMaxSide): Size {
  const ratio = Math.min(1, maxSide / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * ratio)), height: Math.max(1, Math.round(height * ratio)) };
}

/** Transparent parts of a picture are shown on white. */
const white: Rgb = [255, 255, 255];

function scaledPixels(picture: Picture, maxSide: number | undefined): Promise<Pixels> {
  const { width, height } = fitWithin(picture, maxSide);
  return decoded(picture, decoder(picture, white).resize(width, height, { fit: 'fill' }));
}

/**
 * The map as a layer over a picture of `size`: RGBA. Two things in one: a dark veil where nothing is marked, and colour that grows
 * more opaque with the value, so that weak places stay readable.
 */
function heatLayer(
  map: HeatMap,
  placement: Placement,
  { width, height }: Size,
  options: OverlayOptions,
): Pixels {
  const { opacity = 0.65, dim = 0.35, colormap = defaultColormap } = options;
  const layer: Pixels = { width, height, channels: 4, data: new Uint8Array(width * height * 4) };
  const window = windowOf(placement, layer);
  if (window.width < width || window.height < height) veilOutside(layer, window, dim);

  const heat = resampleMap(map, inMap(window, placement, layer, map), window);
  const colors = colorTable(colormap);
  for (let y = 0; y < window.height; y++) {
    let to = ((window.y + y) * width + window.x) * 4;
    for (let x = 0; x < window.width; x++, to += 4) {
      const value = heat.data[y * window.width + x]!;
      const strength = smoothstep(Math.abs(value) / fullStrength);
      const colour = opacity * strength;
      const veil = dim * (1 - strength);
      // The colour lies over the veil (black), both over the picture: Porter and Duff's "over".
      const alpha = colour + veil * (1 - colour);
      const share = alpha > 0 ? colour / alpha : 0;
      const from = tableIndex(value, colormap) * 3;
      layer.data[to] = colors[from]! * share;
      layer.data[to + 1] = colors[from + 1]! * share;
      layer.data[to + 2] = colors[from + 2]! * share;
      layer.data[to + 3] = Math.round(255 * alpha);
    }
  }
  return layer;
}

/** Lays a second veil over what the model did not see, and draws a thin white frame around what it saw. */
function veilOutside({ data, width, height }: Pixels, window: Rect, dim: number): void {
  const veil = Math.round(255 * (1 - (1 - dim) ** 2));
  for (let i = 3; i < data.length; i += 4) data[i] = veil;
  const line = Math.max(1, Math.round(Math.max(width, height) / 400));
  for (let y = Math.max(0, window.y - line); y < Math.min(height, window.y + window.height + line); y++) {
    const from = Math.max(0, window.x - line);
    const to = Math.min(width, window.x + window.width + line);
    data.fill(255, (y * width + from) * 4, (y * width + to) * 4);
  }
}

/** From this value on, colours have their full opacity. */
const fullStrength = 0.6;

/** 0 below 0, 1 above 1, flat at both ends. */
function smoothstep(t: number): number {
  const clamped = Math.min(1, Math.max(0, t));
  return clamped * clamped * (3 - 2 * clamped);
}

/** The whole pixels of a picture of `size` that the placement's source covers. */
function windowOf({ source, picture }: Placement, size: Size): Rect {
  const scaleX = size.width / picture.width;
  const scaleY = size.height / picture.height;
  const x = Math.floor(source.x * scaleX + epsilon);
  const y = Math.floor(source.y * scaleY + epsilon);
  return {
    x,
    y,
    width: Math.min(size.width, Math.ceil((source.x + source.width) * scaleX - epsilon)) - x,
    height: Math.min(size.height, Math.ceil((source.y + source.height) * scaleY - epsilon)) - y,
  };
}

/** Keeps rounding noise from adding a row of pixels. */
const epsilon = 1e-6;

/** A window of a picture of `size`, in cells of a map over the tensor. */
function inMap(window: Rect, placement: Placement, size: Size, map: Size): Rect {
  const { picture, tensor } = placement;
  const corner = (x: number, y: number) => {
    const point = { x: (x * picture.width) / size.width, y: (y * picture.height) / size.height };
    const inTensor = toTensor(placement, point);
    return { x: (inTensor.x * map.width) / tensor.width, y: (inTensor.y * map.height) / tensor.height };
  };
  const from = corner(window.x, window.y);
  const to = corner(window.x + window.width, window.y + window.height);
  return { ...from, width: to.x - from.x, height: to.y - from.y };
}

/** As CSS filter: saturate(amount) does it (W3C Filter Effects, feColorMatrix type saturate). */
function desaturated(pixels: Pixels, amount: number): Pixels {
  const data = new Uint8ClampedArray(pixels.data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [pixels.data[i]!, pixels.data[i + 1]!, pixels.data[i + 2]!];
    const grey = (1 - amount) * (0.213 * r + 0.715 * g + 0.072 * b);
    data[i] = grey + amount * r;
    data[i + 1] = grey + amount * g;
    data[i + 2] = grey + amount * b;
  }
  return { ...pixels, data: new Uint8Array(data.buffer) };
}

/** An opaque picture with a layer of the same size over it. */
function blended(below: Pixels, above: Pixels): Pixels {
  const data = new Uint8Array(below.data.length);
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    const alpha = above.data[from + 3]! / 255;
    for (let k = 0; k < 3; k++) {
      data[to + k] = Math.round(below.data[to + k]! * (1 - alpha) + above.data[from + k]! * alpha);
    }
  }
  return { ...below, data };
}
