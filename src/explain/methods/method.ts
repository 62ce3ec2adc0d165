/** What a method of explanation is. A new one is a file beside this one and a line in index.ts. */
import type { HeatMap } from '../../core/heat-map.ts';
import type { Tensor } from '../../core/tensor.ts';
import { keepInside, resizeMap } from '../../image/heat-map.ts';
import type { Model } from '../../model/model.ts';
import { inputGradients } from '../gradients.ts';
import { matchMap } from '../match-map.ts';
import type { BackwardRule } from '../rules.ts';
import type { Job } from '../targets.ts';

export interface Method {
  /** As users write it, e.g. guided-match. */
  readonly name: string;
  /** For people, in a few words. */
  readonly title: string;
  /** What it shows and when to use it, in a sentence or two. */
  readonly about: string;
  /** The paper. */
  readonly source: string;
  /** A map for each job, in the order of the jobs, of the size of the model's input. Larger means more important. */
  maps(work: Work): Promise<readonly HeatMap[]>;
}

/** Jobs of one model, and what several methods need of them, computed once. */
export class Work {
  readonly model: Model;
  readonly jobs: readonly Job[];
  readonly #gradients = new Map<BackwardRule, Promise<Tensor[]>>();
  #matches: readonly HeatMap[] | undefined;

  constructor(model: Model, jobs: readonly Job[]) {
    this.model = model;
    this.jobs = jobs;
  }

  /** The gradient (3,H,W) of each job's target under a rule. */
  gradients(rule: BackwardRule): Promise<readonly Tensor[]> {
    const gradients = this.#gradients.get(rule) ?? inputGradients(this.model, this.jobs, rule);
    this.#gradients.set(rule, gradients);
    return gradients;
  }

  /** The match map (h,w) of each job; it sums to the job's target. */
  matches(): readonly HeatMap[] {
    this.#matches ??= this.jobs.map(matchMap);
    return this.#matches;
  }

  /** A map for each job, brought to the size of the model's input, with nothing on the bars around the picture. */
  finish(map: (job: Job, i: number) => HeatMap): HeatMap[] {
    const { width, height } = this.model.input;
    return this.jobs.map((job, i) => {
      const made = map(job, i);
      const full = made.width === width && made.height === height ? made : resizeMap(made, { width, height });
      return keepInside(full, job.subject.content);
    });
  }
}
