/**
 * Deletion and insertion (Petsiuk, Das, Saenko 2018, arXiv 1806.07421), with a blurred copy in place of grey: what is deleted keeps its
 * colour, and no new edges appear.
 *
 *   deletion   picture ──▶ blurred, the most important blocks first: a good map makes the score fall early, small area
 *   insertion  blurred ──▶ picture, the most important blocks first: a good map makes the score rise early, large area
 */
import type { Tensor } from '../../core/tensor.ts';
import type { BlockGrid } from './blocks.ts';
import { withBlocks } from './perturbation.ts';
import type { Score } from './score.ts';

/** Scores on the way from one picture to another. */
export interface Curve {
  /** Part of the blocks that were replaced, from 0 to 1, one more than steps. */
  readonly parts: readonly number[];
  /** The score there, divided by that of the untouched picture. */
  readonly scores: readonly number[];
}

/** A picture and its blurred copy, and what the model says of both: all that curves of different maps have in common. */
export interface Track {
  readonly grid: BlockGrid;
  readonly score: Score;
  readonly picture: Tensor;
  readonly blurred: Tensor;
  /** The score of the untouched picture. */
  readonly untouched: number;
  /** The score of the blurred copy. */
  readonly erased: number;
}

/** A tenth of the picture at a time. */
export const curveSteps = 10;

/** Runs the two pictures once. */
export async function trackOf(
  score: Score,
  picture: Tensor,
  blurred: Tensor,
  grid: BlockGrid,
): Promise<Track> {
  const [untouched = 0, erased = 0] = await score([picture, blurred]);
  return { grid, score, picture, blurred, untouched, erased };
}

/** order: indices of all blocks, the most important first. Throws RangeError when the untouched score is not positive. */
export function deletionCurve(track: Track, order: readonly number[], steps = curveSteps): Promise<Curve> {
  const { picture, blurred, untouched, erased } = track;
  return curve(track, { from: picture, to: blurred, first: untouched, last: erased }, order, steps);
}

/** order: indices of all blocks, the most important first. Throws RangeError when the untouched score is not positive. */
export function insertionCurve(track: Track, order: readonly number[], steps = curveSteps): Promise<Curve> {
  const { picture, blurred, untouched, erased } = track;
  return curve(track, { from: blurred, to: picture, first: erased, last: untouched }, order, steps);
}

/** The area under a curve by the trapezoidal rule. */
export function areaUnder({ parts, scores }: Curve): number {
  let area = 0;
  for (let i = 1; i < parts.length; i++)
    area += ((scores[i]! + scores[i - 1]!) / 2) * (parts[i]! - parts[i - 1]!);
  return area;
}

interface Way {
  readonly from: Tensor;
  readonly to: Tensor;
  readonly first: number;
  readonly last: number;
}

async function curve(track: Track, way: Way, order: readonly number[], steps: number): Promise<Curve> {
  const { grid, score, untouched } = track;
  const { blocks } = grid;
  if (!(untouched > 0)) throw new RangeError(`expected a positive score to divide by, received ${untouched}`);
  if (order.length !== blocks.length)
    throw new RangeError(`expected an order of ${blocks.length} blocks, received one of ${order.length}`);
  const stops = Array.from({ length: steps - 1 }, (_, i) => Math.round((blocks.length * (i + 1)) / steps));
  const between = await score(picturesOn(way, grid, order, stops));
  return {
    parts: [0, ...stops.map((stop) => stop / blocks.length), 1],
    scores: [way.first, ...between, way.last].map((value) => value / untouched),
  };
}

function* picturesOn(
  { from, to }: Way,
  grid: BlockGrid,
  order: readonly number[],
  stops: readonly number[],
): Generator<Tensor> {
  for (const stop of stops) yield withBlocks(from, to, grid, order.slice(0, stop));
}
