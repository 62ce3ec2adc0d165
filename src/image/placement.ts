/**
 * Where the pixels of a picture lie in the tensor that a model sees, and back. Pure.
 *
 *   upright picture         resized to          tensor (contain)      tensor (cover)
 *   +-------------+                            +-----------+         +-----------+
 *   |   +crop--+  |         +--------+         |  bars     |      +--|-----------|--+
 *   |   |      |  |  ->     |        |   ->    |+---------+|  or  |  |  target   |  |
 *   |   +------+  |         +--------+         ||  target ||      |  | (all of it)  |
 *   +-------------+        whole pixels        |+---------+|      +--|-----------|--+
 *                                              +-----------+         +-----------+
 *
 * Coordinates are continuous: pixel i covers [i, i + 1), so (0, 0) is the top left corner of the top left pixel.
 */
import { AppError } from '../core/errors.ts';
import { intersect, type Point, type Rect, type Size } from '../core/geometry.ts';
import type { InputSpec } from '../core/input-spec.ts';
import { minPictureSide } from './limits.ts';

/** Which part of the upright picture lies in which part of the tensor. Plain data, so that it can be stored and sent. */
export interface Placement {
  /** The upright picture's size. */
  readonly picture: Size;
  /** The tensor's size. A heat map of any other size is taken to cover the whole tensor. */
  readonly tensor: Size;
  /** In pixels of the picture: the crop, or what `cover` kept of it. May be fractional. */
  readonly source: Rect;
  /** In pixels of the tensor: where `source` lies. */
  readonly target: Rect;
}

/** A placement, and how to make it from pixels: cut `region`, resize it to `resized`, put its corner at `offset` of the tensor. */
export interface Layout extends Placement {
  readonly region: Rect;
  readonly resized: Size;
  /** Negative where `cover` cuts. */
  readonly offset: Point;
}

type Frame = Pick<InputSpec, 'width' | 'height' | 'fit'>;

/** Places a picture, or a crop of it, in a tensor. Throws CROP_OUTSIDE, IMAGE_TOO_SMALL for a crop. */
export function place(picture: Size, spec: Frame, crop?: Rect): Placement {
  const { tensor, source, target } = layout(picture, spec, crop);
  return { picture: { width: picture.width, height: picture.height }, tensor, source, target };
}

/** Like `place`, with the steps that lead there. */
export function layout(picture: Size, spec: Frame, crop?: Rect): Layout {
  const region = crop ? wholePixels(crop, picture) : { x: 0, y: 0, ...sizeOf(picture) };
  const resized = fitted(region, spec);
  const tensor = sizeOf(spec);
  const offset = {
    x: Math.floor((tensor.width - resized.width) / 2),
    y: Math.floor((tensor.height - resized.height) / 2),
  };
  // They overlap: both are centred on each other.
  const target = intersect({ ...offset, ...resized }, { x: 0, y: 0, ...tensor })!;
  const scaleX = region.width / resized.width;
  const scaleY = region.height / resized.height;
  const source = {
    x: region.x + (target.x - offset.x) * scaleX,
    y: region.y + (target.y - offset.y) * scaleY,
    width: target.width * scaleX,
    height: target.height * scaleY,
  };
  return { picture: sizeOf(picture), tensor, source, target, region, resized, offset };
}

/** A point of the tensor, in the picture. Points in the bars of `contain` come out beside `source`. */
export function toPicture({ source, target }: Placement, point: Point): Point {
  return mapPoint(point, target, source);
}

/** A point of the picture, in the tensor. Points that the model did not see come out beside `target`. */
export function toTensor({ source, target }: Placement, point: Point): Point {
  return mapPoint(point, source, target);
}

function mapPoint(point: Point, from: Rect, to: Rect): Point {
  return {
    x: to.x + ((point.x - from.x) / from.width) * to.width,
    y: to.y + ((point.y - from.y) / from.height) * to.height,
  };
}

/** The size to which a region is resized: whole pixels, at least one. */
function fitted(region: Size, spec: Frame): Size {
  const { width, height } = spec;
  if (spec.fit === 'fill') return { width, height };
  const ratios = [width / region.width, height / region.height];
  const ratio = spec.fit === 'contain' ? Math.min(...ratios) : Math.max(...ratios);
  const side = (length: number, limit: number): number => {
    const rounded = Math.max(1, Math.round(length * ratio));
    return spec.fit === 'contain' ? Math.min(limit, rounded) : Math.max(limit, rounded);
  };
  return { width: side(region.width, width), height: side(region.height, height) };
}

/** A crop with its edges moved to the nearest pixel edges, checked. */
function wholePixels(crop: Rect, picture: Size): Rect {
  const x = Math.round(crop.x);
  const y = Math.round(crop.y);
  const width = Math.round(crop.x + crop.width) - x;
  const height = Math.round(crop.y + crop.height) - y;
  const received = `${crop.x},${crop.y},${crop.width},${crop.height}`;
  const details = { crop: { ...crop }, picture: sizeOf(picture) };
  // Written so that NaN fails too.
  const inside = x >= 0 && y >= 0 && x + width <= picture.width && y + height <= picture.height;
  if (!inside || !(crop.width > 0 && crop.height > 0)) {
    throw new AppError(
      'CROP_OUTSIDE',
      `expected a crop x,y,width,height inside the upright picture of ${picture.width}×${picture.height} pixels, received ${received}`,
      { details },
    );
  }
  if (Math.min(width, height) < minPictureSide) {
    throw new AppError(
      'IMAGE_TOO_SMALL',
      `expected a crop of at least ${minPictureSide} pixels on each side, received ${received}. Choose a larger part`,
      { details },
    );
  }
  return { x, y, width, height };
}

const sizeOf = ({ width, height }: Size): Size => ({ width, height });
