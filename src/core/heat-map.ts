import type { Size } from './geometry.ts';

/** One number for every pixel (or cell), row by row. Larger means more important; a signed map has negative values too. */
export interface HeatMap extends Size {
  readonly data: Float32Array;
}
