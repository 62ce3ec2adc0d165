import type { Tensor } from '../../core/tensor.ts';
import type { Baseline } from '../baseline.ts';
import { baselineOf } from '../baseline.ts';
import type { Samples } from '../gradients.ts';
import type { Subject } from '../subject.ts';
import { sumOfProducts } from './input-gradient.ts';
import type { Method } from './method.ts';

export interface IntegratedGradientsOptions {
  /** Pictures on the way from the baseline; 32 when absent. */
  readonly steps?: number;
  /** Where the way begins; grey when absent. The bars around a picture are the same at both ends. */
  readonly baseline?: Baseline;
}

/**
 * (x - b) · mean of the gradients on the straight way from a picture b without content to x, by the midpoint rule. The map adds up to
 * t(x) - t(b).
 */
export function integratedGradients(options: IntegratedGradientsOptions = {}): Method {
  const { steps = 32, baseline = 'grey' } = options;
  return {
    name: 'integrated-gradients',
    title: 'Integrated gradients',
    about:
      'Shares the score out among the pixels exactly: the map adds up to what the picture scores above a grey one. Signed, slow.',
    source: 'Sundararajan, Taly, Yan 2017, arXiv 1703.01365',
    rule: 'gradient',
    passes: 2 * steps,
    async maps(work) {
      const baselines = new Map(work.jobs.map(({ subject }) => [subject, undefined as Tensor | undefined]));
      const startOf = (subject: Subject) => {
        const start = baselines.get(subject) ?? baselineOf(subject, baseline);
        baselines.set(subject, start);
        return start;
      };
      const samples: Samples = {
        count: steps,
        picture: (subject, i) => between(startOf(subject), subject.image, (i + 0.5) / steps),
      };
      const gradients = await work.meanGradients(samples, 'integrated gradients');
      return work.finish(({ subject }, i) =>
        sumOfProducts(difference(subject.image, startOf(subject)), gradients[i]!),
      );
    },
  };
}

/** from + share · (to - from) */
function between(from: Tensor, to: Tensor, share: number): Tensor {
  return { dims: to.dims, data: to.data.map((value, i) => from.data[i]! + share * (value - from.data[i]!)) };
}

function difference(a: Tensor, b: Tensor): Tensor {
  return { dims: a.dims, data: a.data.map((value, i) => value - b.data[i]!) };
}
