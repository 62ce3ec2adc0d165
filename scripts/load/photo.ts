/** Photos that the server has not seen: the pixels are those of the demo's queries, the bytes are new. */
import { randomBytes } from 'node:crypto';
import type { Photos } from './catalogues.ts';

let next = 0;

/** Bytes behind the end of a JPEG are of no meaning. */
export function uniquePhoto(photos: Photos): Buffer {
  return Buffer.concat([photos[next++ % photos.length]!, randomBytes(12)]);
}
