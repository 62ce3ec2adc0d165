/** What a method of explanation is. A new one is a file beside this one and a line in index.ts. */
import type { HeatMap } from '../../core/heat-map.ts';
import type { LongRunning } from '../../core/progress.ts';
import type { Tensor } from '../../core/tensor.ts';
import { keepInside, resizeMap } from '../../image/heat-map.ts';
import type { Model } from '../../model/model.ts';
import { matchMaps } from '../grad-cam.ts';
import type { Running } from '../gradients.ts';
import { inputGradients } from '../gradients.ts';
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
  /** The backward rule under which its gradients are taken; absent where it needs none. */
  readonly rule?: BackwardRule;
  /**
   * What a map costs, in forward passes of the network for one picture: a gradient counts as 2 (measured: docs/explanations.md), and
   * is shared by all methods of a run that need it. 0: the features that are known already are enough.
   */
  readonly passes: number;
  /**
   * A map for each job, in the order of the jobs, of the size of the model's input. Larger means more important; below 0 speaks
   * against the target. Long methods stop with ABORTED between engine runs when the work's signal fires.
   */
  maps(work: Work): Promise<readonly HeatMap[]>;
}

/** Jobs of one model, and what several methods need of them, computed once. */
export class Work {
  readonly model: Model;
  readonly jobs: readonly Job[];
  readonly #running: LongRunning;
  readonly #gradients = new Map<BackwardRule, Promise<readonly Tensor[]>>();
  #matches: Promise<readonly HeatMap[]> | undefined;

  /** known: gradients of the jobs that there are already, in their order. */
  constructor(
    model: Model,
    jobs: readonly Job[],
    running: LongRunning = {},
    known?: { readonly rule: BackwardRule; readonly gradients: readonly Tensor[] },
  ) {
    this.model = model;
    this.jobs = jobs;
    this.#running = running;
    if (known) this.#gradients.set(known.rule, Promise.resolve(known.gradients));
  }

  /** The signal, and where progress under this name goes. */
  running(phase: string): Running & { readonly phase: string } {
    return { ...this.#running, phase };
  }

  /** The gradient (3,H,W) of each job's target under a rule. */
  gradients(rule: BackwardRule): Promise<readonly Tensor[]> {
    const gradients =
      this.#gradients.get(rule) ?? inputGradients(this.model, this.jobs, rule, this.running(rule));
    this.#gradients.set(rule, gradients);
    return gradients;
  }

  /** The match map (h,w) of each job; at the embedding it sums to the job's target (grad-cam.ts). */
  matches(): Promise<readonly HeatMap[]> {
    this.#matches ??= matchMaps(this.model, this.jobs);
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
