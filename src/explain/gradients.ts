/** Input gradients of many jobs in few engine runs. */
import { throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import type { Tensor } from '../core/tensor.ts';
import { batchItem, stack, tensor } from '../core/tensor.ts';
import { dot } from '../core/vector.ts';
import type { Executable } from '../model/engine.ts';
import type { Model } from '../model/model.ts';
import { contentMask } from './baseline.ts';
import { differentiate } from './differentiate.ts';
import type { BackwardRule } from './rules.ts';
import type { Subject } from './subject.ts';
import type { Job, Site } from './targets.ts';

/** Pictures (3,H,W) that take the place of a subject's own, one after the other. Jobs about one subject share them. */
export interface Samples {
  readonly count: number;
  picture(subject: Subject, i: number): Tensor;
}

/** What one run says of a job at one of its samples. */
export interface Sampled {
  /** Positions in the list of jobs and in its samples. Each job sees its samples in order. */
  readonly job: number;
  readonly sample: number;
  /** t of the sample. */
  readonly value: number;
  /** dt/dx there, a view (3·H·W) that is good until the next one. */
  readonly gradient: Float32Array;
}

/** What long work says, and when it stops. */
export interface Running extends LongRunning {
  /** What it calls itself in its progress. */
  readonly phase?: string;
}

const itself: Samples = { count: 1, picture: ({ image }) => image };

/** The gradient (3,H,W) of each job's target with respect to its picture, under a rule. */
export function inputGradients(
  model: Model,
  jobs: readonly Job[],
  rule: BackwardRule,
  running?: Running,
): Promise<Tensor[]> {
  return meanGradients(model, jobs, rule, itself, running);
}

/** For each job the mean of the gradients (3,H,W) at its samples. Throws ABORTED between runs. */
export async function meanGradients(
  model: Model,
  jobs: readonly Job[],
  rule: BackwardRule,
  samples: Samples,
  running?: Running,
): Promise<Tensor[]> {
  const { width, height } = model.input;
  const means = jobs.map(() => tensor([3, height, width]));
  for await (const { job, gradient } of sampledGradients(model, jobs, rule, samples, running)) {
    addScaled(means[job]!.data, gradient, 1 / samples.count);
  }
  return means;
}

/**
 * The gradients of each job at each of its samples. Jobs about one picture (a query against its hits) share its forward passes; all
 * others run as pairs of picture and seed, model.batchSize of them in a run. Throws ABORTED between runs.
 */
export async function* sampledGradients(
  model: Model,
  jobs: readonly Job[],
  rule: BackwardRule,
  samples: Samples,
  { phase = 'gradients', signal, onProgress }: Running = {},
): AsyncGenerator<Sampled> {
  const total = jobs.length * samples.count;
  let done = 0;
  for (const { at, shared, steps } of plan(jobs, samples.count, model.batchSize)) {
    throwIfAborted(signal);
    const picture = ({ job, sample }: Step) => samples.picture(jobs[job]!.subject, sample);
    const image = stack(shared ? [picture(steps[0]!)] : steps.map(picture));
    const seed = stack(steps.map(({ job }) => seedOf(jobs[job]!)));
    const executable = await explanation(model, rule, at, shared);
    const result = await executable.run({ image, seed }, ['gradient', at]);
    for (const [i, step] of steps.entries()) {
      const output = batchItem(result[at]!, shared ? 0 : i).data;
      const value = dot(output, jobs[step.job]!.direction);
      yield { ...step, value, gradient: batchItem(result['gradient']!, i).data };
    }
    done += steps.length;
    onProgress?.({ phase, done, total });
  }
}

/**
 * The signed gradients (3,H,W) for the colour pictures of the papers (renderSigned of src/image draws them): nothing on the bars
 * around a picture.
 */
export async function signedGradients(
  model: Model,
  jobs: readonly Job[],
  rule: BackwardRule,
  running?: Running,
): Promise<Tensor[]> {
  const gradients = await inputGradients(model, jobs, rule, running);
  return gradients.map((gradient, i) => {
    const inside = contentMask(jobs[i]!.subject);
    const size = inside.length;
    return { ...gradient, data: gradient.data.map((value, j) => (inside[j % size] ? value : 0)) };
  });
}

/** One gradient: of a job, at a sample. */
interface Step {
  readonly job: number;
  readonly sample: number;
}

interface Run {
  readonly at: Site;
  /** All steps have one picture. */
  readonly shared: boolean;
  readonly steps: readonly Step[];
}

function* plan(jobs: readonly Job[], samples: number, batchSize: number): Generator<Run> {
  const order = Array.from({ length: samples }, (_, sample) => sample);
  for (const at of ['embedding', 'logits'] as const) {
    const bySubject = new Map<Subject, number[]>();
    for (const [i, { subject, at: site = 'embedding' }] of jobs.entries()) {
      if (site === at) bySubject.set(subject, [...(bySubject.get(subject) ?? []), i]);
    }
    const single: Step[] = [];
    for (const group of bySubject.values()) {
      if (group.length === 1) {
        single.push(...order.map((sample) => ({ job: group[0]!, sample })));
        continue;
      }
      for (const sample of order) {
        const steps = group.map((job) => ({ job, sample }));
        for (const batch of batches(steps, batchSize)) yield { at, shared: true, steps: batch };
      }
    }
    for (const batch of batches(single, batchSize)) yield { at, shared: false, steps: batch };
  }
}

/** The engine's form of model + rule, prepared once. */
export function explanation(
  model: Model,
  rule: BackwardRule,
  at: Site,
  sharedImage: boolean,
): Promise<Executable> {
  const key = `${rule} from the ${at}, ${sharedImage ? 'one picture for all seeds' : 'a picture for each seed'}`;
  return model.executable(key, (graph) =>
    at === 'embedding'
      ? differentiate(graph, { rule, sharedImage }).graph
      : differentiate(model.classifier.graph, { rule, sharedImage, target: 'logits' }).graph,
  );
}

const seedOf = ({ direction }: Job): Tensor => tensor([direction.length], direction);

/** sum += factor · values */
export function addScaled(sum: Float32Array, values: Float32Array, factor: number): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += factor * values[i]!;
}

export function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
