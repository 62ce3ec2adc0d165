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
import { examinePage, type Unexamined } from './page-graph.ts';
import { examine, type Subject } from './subject.ts';
import type { Job, Target } from './targets.ts';
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
  const work = new Work(model, jobsOf(model, query, hits, options), options);
  return explained(work, query, hits, options);
}

export interface ExplainedPage {
  readonly subjects: readonly Subject[];
  readonly explanations: readonly Explanation[];
}

/**
 * The same for hits that have not been through the network yet: where one rule and the default target are enough, their forward passes
 * and the backward passes of both sides are one engine run (page-graph.ts).
 */
export async function explainPage(
  model: Model,
  query: Subject,
  hits: readonly Unexamined[],
  options: ExplainOptions = {},
): Promise<ExplainedPage> {
  const rule = pageRule(options);
  if (!rule || hits.length === 0 || hits.length > model.batchSize) {
    const images = hits.map(({ image }) => image);
    const contents = hits.map(({ content }) => content);
    const subjects = await examine(model, images, contents);
    return { subjects, explanations: await explainHits(model, query, subjects, options) };
  }
  throwIfAborted(options.signal);
  const { subjects, queryGradients, hitGradients } = await examinePage(model, query, hits, rule);
  const known = { rule, gradients: [...queryGradients, ...hitGradients] };
  const work = new Work(model, jobsOf(model, query, subjects, options), options, known);
  return { subjects, explanations: await explained(work, query, subjects, options) };
}

/** The one rule whose gradients all methods need that need any; undefined where there is none, or the target is not the similarity. */
function pageRule({ target = 'similarity', methods = [defaultMethod] }: ExplainOptions) {
  const chosen = methods.map(methodNamed);
  const [rule, ...others] = new Set(chosen.flatMap((method) => method.rule ?? []));
  const single = others.length === 0 && chosen.every(({ passes }) => passes <= 2);
  return target === 'similarity' && single ? rule : undefined;
}

/** Those of the query, then those of the hits. */
function jobsOf(
  model: Model,
  query: Subject,
  hits: readonly Subject[],
  { target = 'similarity' }: ExplainOptions,
): Job[] {
  const others = (hit: Subject) => hits.filter((other) => other !== hit);
  return [
    ...hits.map((hit) => jobFor(model, target, query, hit, others(hit))),
    ...hits.map((hit) => jobFor(model, target, hit, query)),
  ];
}

async function explained(
  work: Work,
  query: Subject,
  hits: readonly Subject[],
  { methods = [defaultMethod], target = 'similarity', check = false, signal }: ExplainOptions,
): Promise<Explanation[]> {
  const maps: Record<string, readonly HeatMap[]> = {};
  for (const name of methods) {
    throwIfAborted(signal);
    maps[name] = await methodNamed(name).maps(work);
  }
  const checks = check ? await quickChecks(work.model, work.jobs, maps, { target, signal }) : undefined;
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
