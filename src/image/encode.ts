/** From pixels to a file's bytes. */
import sharp from 'sharp';
import type { Pixels } from './pixels.ts';

export type PictureEncoding = 'png' | 'jpeg' | 'webp';

/** Encodes pixels, as PNG when absent. Throws RangeError for pixels with alpha as JPEG, which knows no transparency. */
export async function encode(pixels: Pixels, encoding: PictureEncoding = 'png'): Promise<Buffer> {
  const { width, height, channels } = pixels;
  const image = sharp(pixels.data, { raw: { width, height, channels } });
  if (encoding === 'png') return image.png({ compressionLevel: 6 }).toBuffer();
  if (encoding === 'webp') return image.webp({ quality: 85 }).toBuffer();
  if (channels === 4) throw new RangeError('expected opaque pixels for JPEG, received RGBA');
  return image.jpeg({ quality: 88 }).toBuffer();
}
