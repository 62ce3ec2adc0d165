/** The one way from a picture's bytes to its pixels: upright, first frame, 8-bit sRGB, no alpha, complete. */
import sharp, { type Sharp } from 'sharp';
import { corruptPicture, type Picture } from './open.ts';
import type { Pixels, Rgb } from './pixels.ts';

/**
 * A sharp pipeline that delivers the upright picture in sRGB over `background`. Steps that the caller adds (extract, resize) see
 * the upright picture. Run it with `decoded`.
 *
 * failOn 'error' fails on truncated data, but not on warnings: phones write JPEGs that every viewer shows and that libjpeg warns
 * about ("Invalid SOS parameters for sequential JPEG").
 */
export function decoder(picture: Picture, background: Rgb): Sharp {
  const [r, g, b] = background;
  const pipeline = sharp(picture.bytes, {
    failOn: 'error',
    // openPicture has checked the size.
    limitInputPixels: false,
    autoOrient: true,
  })
    .flatten({ background: { r, g, b } })
    .toColourspace('srgb');
  // sharp brings 16-bit pictures with a profile to Display P3 and leaves them there; this converts them on to sRGB.
  return picture.deepProfiled ? pipeline.withIccProfile('srgb') : pipeline;
}

/** Runs a pipeline of `decoder`. Throws IMAGE_CORRUPT when the pixel data is cut or damaged. */
export async function decoded(picture: Picture, pipeline: Sharp): Promise<Pixels> {
  try {
    const { data, info } = await pipeline.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return { data, width: info.width, height: info.height, channels: 3 };
  } catch (cause) {
    throw corruptPicture(picture.source, picture.format, cause);
  }
}
