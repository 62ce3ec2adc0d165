/** Explains what is said of pictures by themselves: what name they get. */
import { throwIfAborted } from '../core/errors.ts';
import type { HeatMap } from '../core/heat-map.ts';
import type { Model } from '../model/model.ts';
import { type Check, quickChecks } from './check.ts';
import type { ExplainOptions } from './explain.ts';
import { matchMap } from './match-map.ts';
import { defaultMethod, methodNamed } from './methods/index.ts';
import { Work } from './methods/method.ts';
import type { Subject } from './subject.ts';
import { rootsJob } from './targets.ts';

export type ExplainAloneOptions = Omit<ExplainOptions, 'target'>;

export interface AloneExplanation {
  /** The exact share of each place of the feature map (h,w) in what is explained. */
  readonly shares: HeatMap;
  /** By method name, of the size of the model's input. Below 0: what speaks against it. */
  readonly maps: Readonly<Record<string, HeatMap>>;
  /** By method name; absent unless asked for. */
  readonly checks?: Readonly<Record<string, Check>>;
}

/** Why a picture gets a name. `reasons` (C): what its roots are weighed with (targets.ts). Throws USAGE for an unknown method, RULE_UNDEFINED, ABORTED. */
export async function explainName(
  model: Model,
  subject: Subject,
  reasons: Float32Array,
  { methods = [defaultMethod], check = false, ...running }: ExplainAloneOptions = {},
): Promise<AloneExplanation> {
  const job = rootsJob(subject, reasons);
  const work = new Work(model, [job], running);
  const maps: Record<string, HeatMap> = {};
  for (const name of methods) {
    throwIfAborted(running.signal);
    [maps[name]] = (await methodNamed(name).maps(work)) as [HeatMap];
  }
  const all = Object.fromEntries(Object.entries(maps).map(([name, map]) => [name, [map]]));
  const { signal } = running;
  const checks = check ? await quickChecks(model, [job], all, { target: 'name', signal }) : undefined;
  return {
    shares: matchMap(job),
    maps,
    ...(checks && {
      checks: Object.fromEntries(Object.entries(checks).map(([name, [only]]) => [name, only!])),
    }),
  };
}
