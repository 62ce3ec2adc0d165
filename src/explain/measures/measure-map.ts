/** All measures of one map on one side of a pair. */
import type { HeatMap } from '../../core/heat-map.ts';
import { seededRandom } from '../../core/random.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Model } from '../../model/model.ts';
import { blurredCopy } from '../baseline.ts';
import type { Job } from '../targets.ts';
import type { BlockGrid } from './blocks.ts';
import { blockGrid, blockOrder } from './blocks.ts';
import type { Curve, Track } from './curves.ts';
import { areaUnder, deletionCurve, insertionCurve, trackOf } from './curves.ts';
import { energyInside, pointsAt } from './localisation.ts';
import { highFrequencyShare, totalVariation } from './noise.ts';
import { withBlocks } from './perturbation.ts';
import { markedBlocks, randomBlocks } from './quick-check.ts';
import { scoreFor } from './score.ts';

/** The numbers of one map. Falls, and the heights of curves, are divided by the score of the untouched pair. */
export interface MapMeasures {
  /** Area under the deletion curve; lower is better. */
  readonly deletion: number;
  /** Area under the insertion curve; higher is better. */
  readonly insertion: number;
  /** Fall of the score when the marked 20 % are blurred, and the mean fall of three random choices. */
  readonly fall: number;
  readonly randomFall: number;
  /** 1 when the map's fall is the larger one, else 0. */
  readonly beatsRandom: number;
  /** See noise.ts. */
  readonly highFrequency: number;
  readonly totalVariation: number;
  /** With a mask: 1 when the map's maximum is on the object, else 0; the share of the map's energy on it. */
  readonly pointing?: number;
  readonly energy?: number;
}

export interface MapCurves {
  readonly deletion: Curve;
  readonly insertion: Curve;
}

/** One side of a pair, ready to be measured: what does not depend on the map is run once. */
export interface MeasuredSide {
  readonly track: Track;
  /** Mean fall of the score for the random choices, divided by the untouched score. */
  readonly randomFall: number;
  /** Of the tensor's size, 1 on the object. */
  readonly mask?: HeatMap | undefined;
}

/** `seed` makes the random choices of the quick check. */
export async function prepareSide(
  model: Model,
  job: Job,
  options: { readonly seed: number; readonly mask?: HeatMap | undefined },
): Promise<MeasuredSide> {
  const { image, content } = job.subject;
  const grid = blockGrid(content);
  const blurred = blurredCopy(image, content);
  const track = await trackOf(scoreFor(model, job), image, blurred, grid);
  const chosen = randomBlocks(grid, seededRandom(options.seed));
  const falls = await fallsOf(
    track,
    chosen.map((blocks) => withBlocks(image, blurred, grid, blocks)),
  );
  const randomFall = falls.reduce((sum, value) => sum + value, 0) / falls.length;
  return { track, randomFall, mask: options.mask };
}

/** The measures of a map of the tensor's size. `seed` orders blocks of equal importance. */
export async function measureMap(
  map: HeatMap,
  side: MeasuredSide,
  seed: number,
): Promise<{ readonly measures: MapMeasures; readonly curves: MapCurves }> {
  const { track, mask, randomFall } = side;
  const { grid } = track;
  const order = blockOrder(map, grid, seededRandom(seed));
  const curves = {
    deletion: await deletionCurve(track, order),
    insertion: await insertionCurve(track, order),
  };
  const [fall = 0] = await fallsOf(track, [markedBlurred(track, order)]);
  const measures = {
    deletion: areaUnder(curves.deletion),
    insertion: areaUnder(curves.insertion),
    fall,
    randomFall,
    beatsRandom: fall > randomFall ? 1 : 0,
    highFrequency: highFrequencyShare(map, grid.content),
    totalVariation: totalVariation(map, grid.content),
    ...(mask && localisation(map, mask, grid)),
  };
  return { measures, curves };
}

function markedBlurred({ picture, blurred, grid }: Track, order: readonly number[]): Tensor {
  return withBlocks(picture, blurred, grid, markedBlocks(grid, order));
}

async function fallsOf({ score, untouched }: Track, pictures: readonly Tensor[]): Promise<number[]> {
  return Array.from(await score(pictures), (value) => (untouched - value) / untouched);
}

function localisation(map: HeatMap, mask: HeatMap, { content }: BlockGrid) {
  return {
    pointing: pointsAt(map, mask, content) ? 1 : 0,
    energy: energyInside(map, mask, content),
  };
}
