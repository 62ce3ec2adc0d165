/** From pixels to a file's bytes. */
import sharp, { type Sharp } from 'sharp';
import type { Pixels } from './pixels.ts';

export type PictureEncoding = 'png' | 'jpeg' | 'webp';

/** Encodes pixels, as PNG when absent. Throws RangeError for pixels with alpha as JPEG, which knows no transparency. */
export async function encode(pixels: Pixels, encoding: PictureEncoding = 'png'): Promise<Buffer> {
  if (encoding === 'png') return opened(pixels).png({ compressionLevel: 6 }).toBuffer();
  if (encoding === 'webp') return opened(pixels).webp({ quality: 85 }).toBuffer();
  return encodeJpeg(pixels, 88);
}

/** `quality`: 1 to 100. Throws RangeError for pixels with alpha. */
export async function encodeJpeg(pixels: Pixels, quality: number): Promise<Buffer> {
  if (pixels.channels === 4) throw new RangeError('expected opaque pixels for JPEG, received RGBA');
  return opened(pixels).jpeg({ quality }).toBuffer();
}

/** An uncompressed TIFF: the quickest file that loses nothing. */
export async function encodeUncompressed(pixels: Pixels): Promise<Buffer> {
  return opened(pixels).tiff({ compression: 'none' }).toBuffer();
}

const opened = ({ data, width, height, channels }: Pixels): Sharp =>
  sharp(data, { raw: { width, height, channels } });
