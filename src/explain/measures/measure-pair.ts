/** All measures of all methods and baselines on one pair of pictures. */
import { throwIfAborted } from '../../core/errors.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import { seededRandom } from '../../core/random.ts';
import type { Model } from '../../model/model.ts';
import { methodNamed } from '../methods/index.ts';
import { Work } from '../methods/method.ts';
import type { Subject } from '../subject.ts';
import { examine } from '../subject.ts';
import { pairJob } from '../targets.ts';
import { baselineMaps } from './baseline-maps.ts';
import { cutOut } from '../content.ts';
import { meanCorrelation, spearman } from './correlation.ts';
import type { MapCurves, MapMeasures, MeasuredSide } from './measure-map.ts';
import { measureMap, prepareSide } from './measure-map.ts';
import { cascade, redrawnModel } from './randomisation.ts';

/** A query with its hit, and further hits of the same query. */
export interface MeasuredPair {
  readonly query: Subject;
  /** The first is the pair's; the others show how much the query's map depends on the hit. */
  readonly hits: readonly Subject[];
  /** Maps of the tensor's size, 1 on the object. */
  readonly masks?: { readonly query?: HeatMap | undefined; readonly hit?: HeatMap | undefined };
}

/** Means of both sides, where a measure is taken on both. */
export interface MethodMeasures extends MapMeasures {
  /** Mean correlation of the query's maps for its hits: 1 when the map does not depend on the hit. Absent for a single hit. */
  readonly hitCorrelation?: number;
  /** Rank correlation of the query's map before and after the weights are re-drawn, by the stages of the cascade. */
  readonly randomisation?: readonly number[];
  readonly curves: { readonly [Kind in keyof MapCurves]: readonly number[] };
}

export interface MeasureOptions {
  readonly methods: readonly string[];
  readonly seed: number;
  /** Models with re-drawn weights, by stage (redrawnCascade); none leaves the randomisation test out. */
  readonly redrawn?: readonly Model[];
  readonly signal?: AbortSignal | undefined;
}

/** By name of method or baseline. Throws RangeError for a pair whose score is not positive, ABORTED. */
export async function measurePair(
  model: Model,
  pair: MeasuredPair,
  options: MeasureOptions,
): Promise<Record<string, MethodMeasures>> {
  const { query, hits, masks } = pair;
  const { methods, seed, redrawn = [], signal } = options;
  const hit = hits[0]!;
  const queryJobs = hits.map((other) => pairJob(query, other, 'similarity'));
  const hitJob = pairJob(hit, query, 'similarity');
  const sides = [
    await prepareSide(model, queryJobs[0]!, { seed, mask: masks?.query }),
    await prepareSide(model, hitJob, { seed: seed + 1, mask: masks?.hit }),
  ];
  const work = new Work(model, [hitJob, ...queryJobs], signal ? { signal } : {});
  const afterwards = await redrawnMaps(redrawn, query, hit, methods, signal);
  const measured: Record<string, MethodMeasures> = {};
  for (const name of methods) {
    throwIfAborted(signal);
    const [hitMap, ...queryMaps] = await methodNamed(name).maps(work);
    const [queryMap] = queryMaps;
    const inPicture = (map: HeatMap) => cutOut(map, sides[0]!.track.grid.content).data;
    const randomisation = afterwards.map((maps) =>
      spearman(inPicture(queryMap!), inPicture(maps.get(name)!)),
    );
    measured[name] = {
      ...(await measureBoth([queryMap!, hitMap!], sides, seed)),
      ...(queryMaps.length > 1 ? { hitCorrelation: meanCorrelation(queryMaps.map(inPicture)) } : {}),
      ...(redrawn.length > 0 ? { randomisation } : {}),
    };
  }
  for (const { name, map } of baselineMaps) {
    throwIfAborted(signal);
    measured[name] = await measureBoth([map(query, seed), map(hit, seed + 1)], sides, seed);
  }
  return measured;
}

/** A model for each stage of the cascade. They are the caller's to dispose of. */
export function redrawnCascade(model: Model, seed: number): Model[] {
  return cascade(model.graph).map((count) => redrawnModel(model, count, seededRandom(seed)));
}

async function measureBoth(maps: readonly HeatMap[], sides: readonly MeasuredSide[], seed: number) {
  const measured = [];
  for (const [i, map] of maps.entries()) measured.push(await measureMap(map, sides[i]!, seed));
  return {
    ...meanOf(measured.map(({ measures }) => measures)),
    curves: {
      deletion: meanCurve(measured.map(({ curves }) => curves.deletion.scores)),
      insertion: meanCurve(measured.map(({ curves }) => curves.insertion.scores)),
    },
  };
}

/** Field by field; a field that one side lacks (a mask) is the other's. */
function meanOf(sides: readonly MapMeasures[]): MapMeasures {
  const fields = new Set(sides.flatMap((side) => Object.keys(side) as (keyof MapMeasures)[]));
  const means = [...fields].map((field) => {
    const values = sides.map((side) => side[field]).filter((value) => value !== undefined);
    return [field, values.reduce((sum, value) => sum + value, 0) / values.length];
  });
  return Object.fromEntries(means) as MapMeasures;
}

function meanCurve(curves: readonly (readonly number[])[]): number[] {
  return curves[0]!.map((_, i) => curves.reduce((sum, curve) => sum + curve[i]!, 0) / curves.length);
}

/** The query's maps under each re-drawn model, for the same pair. */
async function redrawnMaps(
  models: readonly Model[],
  query: Subject,
  hit: Subject,
  methods: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Map<string, HeatMap>[]> {
  const stages = [];
  for (const model of models) {
    const [before, after] = await examine(model, [query.image, hit.image], [query.content, hit.content]);
    const job = pairJob(before!, after!, 'similarity');
    const work = new Work(model, [job], signal ? { signal } : {});
    const maps = new Map<string, HeatMap>();
    for (const name of methods) {
      throwIfAborted(signal);
      maps.set(name, (await methodNamed(name).maps(work))[0]!);
    }
    stages.push(maps);
  }
  return stages;
}
