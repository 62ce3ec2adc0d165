import type { Size } from '../core/geometry.ts';

export type Rgb = readonly [red: number, green: number, blue: number];

/** Pixels, 8 bits a channel, sRGB, interleaved, row by row; the fourth channel is alpha, not premultiplied. */
export interface Pixels extends Size {
  readonly data: Uint8Array;
  readonly channels: 3 | 4;
}
