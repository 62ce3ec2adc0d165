/** From a picture to its transformed pixels, and from pixels back to a picture that can be searched with. */
import { decoded, decoder } from '../decode.ts';
import { encodeUncompressed } from '../encode.ts';
import { openPicture, type Picture } from '../open.ts';
import { fitWithin } from '../overlay.ts';
import type { Pixels } from '../pixels.ts';

/** The upright picture in RGB, at most `maxSide` pixels on its longest side. Throws IMAGE_CORRUPT. */
export function pixelsOf(picture: Picture, maxSide: number): Promise<Pixels> {
  const { width, height } = fitWithin(picture, maxSide);
  return decoded(picture, decoder(picture, [255, 255, 255]).resize(width, height, { fit: 'fill' }));
}

/** A picture of exactly these RGB pixels. */
export async function pictureOf(pixels: Pixels): Promise<Picture> {
  return openPicture(await encodeUncompressed(pixels));
}
