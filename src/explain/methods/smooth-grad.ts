import { gaussian, seededRandom } from '../../core/random.ts';
import type { Tensor } from '../../core/tensor.ts';
import { contentMask } from '../baseline.ts';
import { meanGradients } from '../gradients.ts';
import type { Subject } from '../subject.ts';
import type { Method } from './method.ts';
import { largestOverChannels } from './saliency.ts';

export interface SmoothGradOptions {
  /** Noisy pictures; 16 when absent. */
  readonly samples?: number;
  /** Standard deviation of the noise, as a share of the range of the picture's values; 0.15 when absent. */
  readonly noise?: number;
  readonly seed?: number;
}

/** The gradient, averaged over copies of the picture with Gaussian noise: what is only local fluctuation cancels out. */
export function smoothGrad({ samples = 16, noise = 0.15, seed = 1 }: SmoothGradOptions = {}): Method {
  return {
    name: 'smooth-grad',
    title: 'SmoothGrad',
    about: 'The gradient with less noise: the mean over copies of the picture with noise added. Slow.',
    source: 'Smilkov et al. 2017, arXiv 1706.03825',
    rule: 'gradient',
    passes: 2 * samples,
    async maps(work) {
      const picture = (subject: Subject, i: number) => noisy(subject, noise, seed + i);
      const { model, jobs } = work;
      const noises = { count: samples, picture };
      const gradients = await meanGradients(model, jobs, 'gradient', noises, work.running('SmoothGrad'));
      return work.finish((_, i) => largestOverChannels(gradients[i]!));
    },
  };
}

/** Noise on the picture, none on the bars around it. One seed gives all pictures the same noise, so that their maps can be compared. */
function noisy(subject: Subject, noise: number, seed: number): Tensor {
  const { dims, data } = subject.image;
  const inside = contentMask(subject);
  let [low, high] = [Infinity, -Infinity];
  for (const [i, value] of data.entries()) {
    if (inside[i % inside.length] === 0) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const sigma = high > low ? noise * (high - low) : 0;
  const random = seededRandom(seed);
  const added = (i: number) => sigma * gaussian(random) * inside[i % inside.length]!;
  return { dims, data: data.map((value, i) => value + added(i)) };
}
