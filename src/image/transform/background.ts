/** Other backgrounds: the picture among other things, and the object before another scene. */
import type { Point } from '../../core/geometry.ts';
import type { Pixels } from '../pixels.ts';
import { covering, mixed, placedOn } from './raster.ts';
import type { Transformation } from './transformation.ts';

/** The picture at `share` of its size, somewhere on another picture. */
export function amongOthers(pixels: Pixels, share: number, other: Pixels, place: Point): Pixels {
  return placedOn(covering(other, pixels), pixels, share, place);
}

/** The background faded into another picture: at 1 the object stands in another scene. */
export function swappedBackground(pixels: Pixels, share: number, other: Pixels, mask: Float32Array): Pixels {
  return mixed(pixels, covering(other, pixels), (i) => share * (1 - mask[i]!));
}

export const backgroundTransformations: readonly Transformation[] = [
  {
    name: 'clutter',
    title: 'Among other things',
    challenge: 'background',
    measure: 'of its size, anywhere on another picture',
    grades: [0.9, 0.8, 0.7, 0.6, 0.5],
    apply: (pixels, share, { random, other }) =>
      amongOthers(pixels, share, other, { x: random(), y: random() }),
  },
  {
    name: 'background',
    title: 'Before another background',
    challenge: 'background',
    measure: 'of the background replaced',
    grades: [0.2, 0.4, 0.6, 0.8, 1],
    needsMask: true,
    apply: (pixels, share, { other, mask }) => {
      if (!mask) throw new RangeError('expected a mask of the object, received none');
      return swappedBackground(pixels, share, other, mask);
    },
  },
];
