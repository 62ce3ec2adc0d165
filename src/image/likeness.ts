/** Whether two pictures are the same but for encoding, size or light, by their pixels. */
import { colorize } from './colormap.ts';
import { decoded, decoder } from './decode.ts';
import { encode } from './encode.ts';
import type { Picture } from './open.ts';
import { fitWithin } from './overlay.ts';
import type { Pixels } from './pixels.ts';

/** A small copy of a picture. */
export interface Thumbnail {
  /** Red, green and blue (sRGB, 0 to 255) of thumbnailSide² pixels, row by row: the picture stretched to a square. */
  readonly rgb: Uint8Array;
  /** Luma (Rec. 709 weights on sRGB values, 0 to 255) of the same pixels. */
  readonly luma: Float32Array;
  /** Width over height of the picture itself. */
  readonly aspect: number;
}

/** Coarse enough to hide what encoders do, fine enough to tell two photographs of one thing apart. */
export const thumbnailSide = 32;

/** Throws IMAGE_CORRUPT. */
export async function thumbnail(picture: Picture): Promise<Thumbnail> {
  // Fine patterns must average out alike at any size: no shortcuts while decoding, and a kernel without overshoot.
  const pipeline = decoder(picture, [255, 255, 255]).resize(thumbnailSide, thumbnailSide, {
    fit: 'fill',
    kernel: 'linear',
    fastShrinkOnLoad: false,
  });
  const { data } = await decoded(picture, pipeline);
  return { rgb: data, luma: lumaOf(data), aspect: picture.width / picture.height };
}

function lumaOf(rgb: Uint8Array): Float32Array {
  const luma = new Float32Array(rgb.length / 3);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = 0.2126 * rgb[3 * i]! + 0.7152 * rgb[3 * i + 1]! + 0.0722 * rgb[3 * i + 2]!;
  }
  return luma;
}

export interface Likeness {
  /** Mean absolute difference of red, green and blue, 0 to 255: the same thing in another colour is another picture. */
  readonly difference: number;
  /** Pearson's correlation of luma, -1 to 1, which brightness and contrast do not change; 0 where a picture is of one grey. */
  readonly correlation: number;
  /** The larger aspect ratio over the smaller, 1 and more. */
  readonly stretch: number;
}

export function likeness(a: Thumbnail, b: Thumbnail): Likeness {
  const n = a.luma.length;
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / n;
  const [meanA, meanB] = [mean(a.luma), mean(b.luma)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [a.luma[i]!, b.luma[i]!];
    ab += (x - meanA) * (y - meanB);
    aa += (x - meanA) ** 2;
    bb += (y - meanB) ** 2;
  }
  const spread = Math.sqrt(aa * bb);
  return {
    difference: differences(a.rgb, b.rgb).reduce((sum, value) => sum + value, 0) / n,
    correlation: spread > 0 ? ab / spread : 0,
    stretch: Math.max(a.aspect / b.aspect, b.aspect / a.aspect),
  };
}

/** Of each pixel of two pictures of one size, RGB: the mean absolute difference of its channels, 0 to 255. */
function differences(a: Uint8Array, b: Uint8Array): Float32Array {
  const values = new Float32Array(a.length / 3);
  for (let i = 0; i < a.length; i++) values[Math.floor(i / 3)]! += Math.abs(a[i]! - b[i]!) / 3;
  return values;
}

/** The difference at which a difference map is at its brightest. */
export const differenceScale = 64;

/**
 * Where two pictures differ, as a WebP picture in the shape of the first: the mean absolute difference of the channels, black where there is none, and the
 * colours of inferno up to `differenceScale` and more. Throws IMAGE_CORRUPT.
 */
export async function renderDifference(a: Picture, b: Picture, maxSide = 320): Promise<Buffer> {
  const size = fitWithin(a, maxSide);
  const [first, second] = await Promise.all([a, b].map((picture) => pixelsOf(picture, size)));
  const values = differences(first!.data, second!.data).map((value) => Math.min(1, value / differenceScale));
  return encode({ ...size, data: colorize(values), channels: 3 }, 'webp');
}

function pixelsOf(picture: Picture, { width, height }: { width: number; height: number }): Promise<Pixels> {
  const pipeline = decoder(picture, [255, 255, 255]);
  return decoded(picture, pipeline.resize(width, height, { fit: 'fill', fastShrinkOnLoad: false }));
}
