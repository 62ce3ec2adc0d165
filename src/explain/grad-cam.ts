/**
 * Match maps for any target. Every place's part in t is <weights, F(z)> / hw, where the weights say how t grows with each channel:
 *
 *   weights_c = Σ_z dt/dF_c(z)        (Grad-CAM: Selvaraju et al. 2017, arXiv 1610.02391, without its final ReLU)
 *
 * For targets at the embedding they are the direction itself, and the parts add up to t: the match map. The same holds for a class,
 * less its bias, when the classifier is linear in the mean of the features (ResNet, MobileNet). For other heads (SqueezeNet rectifies
 * the class maps before their mean) it is the usual approximation.
 */
import type { HeatMap } from '../core/heat-map.ts';
import { batchItem, stack, tensor } from '../core/tensor.ts';
import type { Model } from '../model/model.ts';
import { differentiate } from './differentiate.ts';
import { batches } from './gradients.ts';
import { matchMap } from './match-map.ts';
import type { Job } from './targets.ts';

/** A map (h,w) for each job. Class targets run the network's head, which costs next to nothing. */
export async function matchMaps(model: Model, jobs: readonly Job[]): Promise<HeatMap[]> {
  const atLogits = jobs.filter(({ at }) => at === 'logits');
  const weights = new Map<Job, Float32Array>();
  for (const batch of batches(atLogits, model.batchSize)) {
    const found = await channelWeights(model, batch);
    for (const [i, job] of batch.entries()) weights.set(job, found[i]!);
  }
  return jobs.map((job) => matchMap(job, weights.get(job)));
}

/** Σ_z dt/dF(z), (C) for each job. */
async function channelWeights(model: Model, jobs: readonly Job[]): Promise<Float32Array[]> {
  const executable = await model.executable(
    'gradient of the classifier head',
    () => differentiate(model.classifier.head, { rule: 'gradient', target: 'logits' }).graph,
  );
  const features = stack(jobs.map(({ subject }) => subject.features));
  const seed = stack(jobs.map(({ direction }) => tensor([direction.length], direction)));
  const { gradient } = await executable.run({ features, seed }, ['gradient']);
  return jobs.map((_, i) => sumOverPlaces(batchItem(gradient!, i).data, features.dims[1]!));
}

function sumOverPlaces(gradient: Float32Array, channels: number): Float32Array {
  const places = gradient.length / channels;
  return Float32Array.from({ length: channels }, (_, c) =>
    gradient.subarray(c * places, (c + 1) * places).reduce((sum, value) => sum + value, 0),
  );
}
