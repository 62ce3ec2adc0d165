/** A subject of which some places count more than others: the embedding is the weighted mean of its features. */
import { AppError } from '../core/errors.ts';
import type { Point, Rect } from '../core/geometry.ts';
import { norm, normalize } from '../core/vector.ts';
import { matchMap } from '../explain/match-map.ts';
import type { Subject } from '../explain/subject.ts';
import { pairJob } from '../explain/targets.ts';
import type { Placement } from '../image/placement.ts';
import { toPicture } from '../image/placement.ts';

/**
 * weights (h·w), at least 0. Features are scaled so that their plain mean is the weighted one: scores, shares and correspondences of
 * the result stay exact. Where all weights are 0 the subject stays as it is.
 */
export function reweighted(subject: Subject, weights: ArrayLike<number>): Subject {
  const { dims, data } = subject.features;
  const places = weights.length;
  let sum = 0;
  for (let z = 0; z < places; z++) sum += weights[z]!;
  if (!(sum > 0)) return subject;
  const features = data.map((value, i) => (value * weights[i % places]! * places) / sum);
  const embedding = new Float32Array(features.length / places);
  for (let c = 0; c < embedding.length; c++) {
    let total = 0;
    for (let z = 0; z < places; z++) total += features[c * places + z]!;
    embedding[c] = total / places;
  }
  return {
    ...subject,
    features: { dims, data: features },
    embedding,
    unit: normalize(embedding),
    norm: norm(embedding),
  };
}

/**
 * 0 for each place whose centre lies in one of the rectangles (pixels of the upright picture), else 1; the bars around the picture
 * stay. Throws IMAGE_TOO_SMALL when nothing of the picture is left.
 */
export function outside(subject: Subject, placement: Placement, ignored: readonly Rect[]): Float32Array {
  const [, height = 0, width = 0] = subject.features.dims;
  let left = 0;
  const weights = Float32Array.from({ length: height * width }, (_, place) => {
    const centre = centreOf(place, { width, height }, placement);
    if (ignored.some((rect) => contains(rect, centre))) return 0;
    if (contains(placement.source, centre)) left++;
    return 1;
  });
  if (left > 0) return weights;
  throw new AppError(
    'IMAGE_TOO_SMALL',
    'expected something of the picture beside what is to be ignored, received nothing',
  );
}

const contains = ({ x, y, width, height }: Rect, point: Point): boolean =>
  point.x >= x && point.x < x + width && point.y >= y && point.y < y + height;

/** The share of each place in the score with another picture, where it speaks for it. */
export function matched(subject: Subject, other: Subject): Float32Array {
  return matchMap(pairJob(subject, other, 'similarity')).data.map((share) => Math.max(0, share));
}

/** The centre of a place of a grid that covers the tensor, in pixels of the picture. */
export function centreOf(place: number, grid: { width: number; height: number }, placement: Placement) {
  const { tensor } = placement;
  const x = ((place % grid.width) + 0.5) * (tensor.width / grid.width);
  const y = (Math.floor(place / grid.width) + 0.5) * (tensor.height / grid.height);
  return toPicture(placement, { x, y });
}
