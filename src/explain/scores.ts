/** Scores of changed pictures: what methods and measures without gradients go by. */
import type { Tensor } from '../core/tensor.ts';
import { batchItem, stack } from '../core/tensor.ts';
import type { Model } from '../model/model.ts';
import type { Job } from './targets.ts';
import { scoreOf } from './targets.ts';

/** For each job the score of each of the pictures (3,H,W), as many as fit the memory. One engine run. */
export async function scorePictures(
  model: Model,
  images: readonly Tensor[],
  jobs: readonly Job[],
): Promise<Float32Array[]> {
  const { features, embedding } = await model.forward(stack(images));
  const logits = jobs.some(({ at }) => at === 'logits') ? await model.classify(features) : embedding;
  return jobs.map((job) => {
    const outputs = job.at === 'logits' ? logits : embedding;
    return Float32Array.from(images, (_, i) => scoreOf(job, batchItem(outputs, i).data));
  });
}
