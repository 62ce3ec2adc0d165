/** The model as a measure sees it: pictures in, numbers out. */
import type { Tensor } from '../../core/tensor.ts';
import type { Model } from '../../model/model.ts';
import { scorePictures } from '../scores.ts';
import type { Job } from '../targets.ts';

/** Pictures (3,H,W) -> the number that is explained, for each. Pictures are taken from the iterable as they are needed. */
export type Score = (images: Iterable<Tensor>) => Promise<Float64Array>;

/** The number that people see for a job, e.g. the cosine with the other picture of its pair. */
export function scoreFor(model: Model, job: Job): Score {
  return async (images) => (await scoreAll(model, images, [job]))[0]!;
}

/**
 * Pictures in one forward run, in batches of the model: batchSize counts every result of the network, as explanations keep them; a forward
 * run forgets each when the next is there. A page's check is one run then, which is no slower for each picture (docs/explanations.md).
 */
const forwardBatches = 4;

/** For each job the score of each of any number of pictures (3,H,W), in runs that fit the memory. */
export async function scoreAll(
  model: Model,
  images: Iterable<Tensor>,
  jobs: readonly Job[],
): Promise<Float64Array[]> {
  const scores: number[][] = jobs.map(() => []);
  for (const batch of batchesOf(images, forwardBatches * model.batchSize)) {
    const found = await scorePictures(model, batch, jobs);
    for (const [i, values] of found.entries()) scores[i]!.push(...values);
  }
  return scores.map((values) => Float64Array.from(values));
}

function* batchesOf<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = [];
  for (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
