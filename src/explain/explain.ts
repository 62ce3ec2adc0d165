/** Explains why hits match a query: the maps of both sides, for as many methods as asked for, in few engine runs. */
import type { HeatMap } from '../core/heat-map.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import { dot } from '../core/vector.ts';
import type { Model } from '../model/model.ts';
import type { Check } from './check.ts';
import { quickChecks } from './check.ts';
import { matchMap } from './match-map.ts';
import { defaultMethod, methodNamed } from './methods/index.ts';
import { Work } from './methods/method.ts';
import type { Subject } from './subject.ts';
import type { Target } from './targets.ts';
import { jobFor, pairJob } from './targets.ts';

export interface ExplainOptions extends LongRunning {
  /** Names of methods; guided-match by default. */
  readonly methods?: readonly string[];
  /** similarity by default. */
  readonly target?: Target;
  /** Measure how faithful each map is (check.ts): about as much work again as the maps of one method. */
  readonly check?: boolean;
}

/** A map of the query and a map of the hit, both of the size of the model's input. Below 0: what speaks against the target. */
export interface MapPair {
  readonly query: HeatMap;
  readonly hit: HeatMap;
}

export interface Explanation {
  /** The cosine of the two embeddings. */
  readonly score: number;
  /** The exact share of each place of the feature map (h,w) in the score; each side sums to it. */
  readonly shares: MapPair;
  /** By method name. */
  readonly maps: Readonly<Record<string, MapPair>>;
  /** By method name; absent unless asked for. */
  readonly checks?: Readonly<Record<string, CheckPair>>;
}

/** What the quick check says of the map of the query and of that of the hit. */
export interface CheckPair {
  readonly query: Check;
  readonly hit: Check;
}

/** An explanation for each hit, in order. A query against k hits costs one forward and k backward passes for its own side. */
export async function explainHits(
  model: Model,
  query: Subject,
  hits: readonly Subject[],
  options: ExplainOptions = {},
): Promise<Explanation[]> {
  const target = options.target ?? 'similarity';
  const others = (hit: Subject) => hits.filter((other) => other !== hit);
  const queryJobs = hits.map((hit) => jobFor(model, target, query, hit, others(hit)));
  const hitJobs = hits.map((hit) => jobFor(model, target, hit, query));
  const work = new Work(model, [...queryJobs, ...hitJobs], options);
  const maps: Record<string, readonly HeatMap[]> = {};
  for (const name of options.methods ?? [defaultMethod]) {
    throwIfAborted(options.signal);
    maps[name] = await methodNamed(name).maps(work);
  }
  const { signal } = options;
  const checks = options.check ? await quickChecks(model, work.jobs, maps, { target, signal }) : undefined;
  return hits.map((hit, i) => {
    const pairs = <T>(byMethod: Readonly<Record<string, readonly T[]>>) =>
      mapValues(byMethod, (both) => ({ query: both[i]!, hit: both[i + hits.length]! }));
    return {
      score: dot(query.unit, hit.unit),
      shares: {
        query: matchMap(pairJob(query, hit, 'similarity')),
        hit: matchMap(pairJob(hit, query, 'similarity')),
      },
      maps: pairs(maps),
      ...(checks && { checks: pairs(checks) }),
    };
  });
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}
