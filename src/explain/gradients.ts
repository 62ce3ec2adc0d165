/** Input gradients of many jobs in few engine runs. */
import type { Tensor } from '../core/tensor.ts';
import { batchItem, stack, tensor } from '../core/tensor.ts';
import type { Executable } from '../model/engine.ts';
import type { Model } from '../model/model.ts';
import { differentiate } from './differentiate.ts';
import type { BackwardRule } from './rules.ts';
import type { Subject } from './subject.ts';
import type { Job } from './targets.ts';

/**
 * The gradient (3,H,W) of each job's target with respect to its picture, under a rule. Jobs about one picture (a query against its
 * hits) share that picture's forward pass; all others run as pairs of picture and seed.
 */
export async function inputGradients(
  model: Model,
  jobs: readonly Job[],
  rule: BackwardRule,
): Promise<Tensor[]> {
  const gradients = new Map<Job, Tensor>();
  const bySubject = new Map<Subject, Job[]>();
  for (const job of jobs) bySubject.set(job.subject, [...(bySubject.get(job.subject) ?? []), job]);
  const single: Job[] = [];
  for (const [subject, group] of bySubject) {
    if (group.length === 1) single.push(...group);
    else await runShared(model, rule, subject, group, gradients);
  }
  const paired = await explanation(model, rule, false);
  for (const batch of batches(single, model.batchSize)) {
    const images = stack(batch.map(({ subject }) => subject.image));
    collect(batch, await gradientOf(paired, images, batch), gradients);
  }
  return jobs.map((job) => gradients.get(job)!);
}

async function runShared(
  model: Model,
  rule: BackwardRule,
  subject: Subject,
  jobs: readonly Job[],
  gradients: Map<Job, Tensor>,
) {
  const shared = await explanation(model, rule, true);
  for (const batch of batches(jobs, model.batchSize)) {
    collect(batch, await gradientOf(shared, stack([subject.image]), batch), gradients);
  }
}

/** The engine's form of model + rule, prepared once. */
function explanation(model: Model, rule: BackwardRule, sharedImage: boolean): Promise<Executable> {
  const key = `${rule}, ${sharedImage ? 'one picture for all seeds' : 'a picture for each seed'}`;
  return model.executable(key, (graph) => differentiate(graph, { rule, sharedImage }).graph);
}

async function gradientOf(executable: Executable, image: Tensor, jobs: readonly Job[]): Promise<Tensor> {
  const seed = stack(jobs.map(({ direction }) => tensor([direction.length], direction)));
  const { gradient } = await executable.run({ image, seed }, ['gradient']);
  return gradient!;
}

function collect(jobs: readonly Job[], batch: Tensor, gradients: Map<Job, Tensor>): void {
  for (const [i, job] of jobs.entries()) gradients.set(job, batchItem(batch, i));
}

function* batches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
