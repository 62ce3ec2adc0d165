import type { Tensor } from '../../core/tensor.ts';
import { dot } from '../../core/vector.ts';
import type { Baseline } from '../baseline.ts';
import { baselineOf } from '../baseline.ts';
import type { Sampled, Samples } from '../gradients.ts';
import { addScaled, sampledGradients } from '../gradients.ts';
import type { Subject } from '../subject.ts';
import { sumOfProducts } from './input-gradient.ts';
import type { Method } from './method.ts';

export interface IntegratedGradientsOptions {
  /** Pictures on the way from the baseline, both ends included; 32 when absent. */
  readonly steps?: number;
  /** Where the way begins; grey when absent. The bars around a picture are the same at both ends. */
  readonly baseline?: Baseline;
}

/** (x - b) · mean of the gradients on the straight way from a picture b without content to x. The map adds up to t(x) - t(b). */
export function integratedGradients(options: IntegratedGradientsOptions = {}): Method {
  const { steps = 32, baseline = 'grey' } = options;
  return {
    name: 'integrated-gradients',
    title: 'Integrated gradients',
    about:
      'Shares the score out among the pixels: the map adds up to what the picture scores above a grey one. Signed, slow.',
    source: 'Sundararajan, Taly, Yan 2017, arXiv 1703.01365',
    rule: 'gradient',
    passes: 2 * steps,
    async maps(work) {
      const { model, jobs } = work;
      const ways = new Map(
        [...new Set(jobs.map(({ subject }) => subject))].map((subject) => [
          subject,
          wayTo(subject, baseline),
        ]),
      );
      const samples: Samples = {
        count: steps,
        picture: (subject, i) => pointOf(ways.get(subject)!, position(i, steps)),
      };
      const integrals = jobs.map(({ subject }) => new Integral(ways.get(subject)!.change, steps));
      const running = work.running('integrated gradients');
      for await (const sampled of sampledGradients(model, jobs, 'gradient', samples, running)) {
        integrals[sampled.job]!.add(sampled);
      }
      return work.finish((_, i) => integrals[i]!.map());
    },
  };
}

/** The way from a picture without content, (3,H,W), to a subject's own. */
interface Way {
  readonly start: Tensor;
  readonly change: Tensor;
}

function wayTo(subject: Subject, baseline: Baseline): Way {
  const start = baselineOf(subject, baseline);
  const data = subject.image.data.map((value, i) => value - start.data[i]!);
  return { start, change: { dims: start.dims, data } };
}

function pointOf({ start, change }: Way, share: number): Tensor {
  return { dims: start.dims, data: start.data.map((value, i) => value + share * change.data[i]!) };
}

/**
 * Where on the way the i-th sample lies, 0 to 1. A network answers to the first trace of contrast: often most of the rise of t lies on
 * the first tenth of the way, so that is where the samples are dense.
 */
function position(i: number, steps: number): number {
  return (i / (steps - 1)) ** 2;
}

/** The gradients of one job, integrated along its way as they come. */
class Integral {
  readonly #change: Tensor;
  readonly #steps: number;
  readonly #sum: Tensor;
  /** The sample before: its gradient, the slope of t along the way there, and t. */
  #before: { readonly gradient: Float32Array; readonly slope: number; readonly value: number } | undefined;

  constructor(change: Tensor, steps: number) {
    this.#change = change;
    this.#steps = steps;
    this.#sum = { dims: change.dims, data: new Float32Array(change.data.length) };
  }

  /**
   * Between two samples t is known at both ends, and a network of rectifiers is linear in pieces. Had it one kink there, the gradient
   * would be the earlier one up to the kink and the later one from there on, and the rise of t tells where the kink is: that is how
   * the two are weighted. A rise beyond both slopes is met by going on in the same direction, as far again at most. The weights add up
   * to the length of the piece whatever they are. docs/explanations.md has what this gains over even samples of one weight.
   */
  add({ sample, value, gradient }: Sampled): void {
    const slope = dot(gradient, this.#change.data);
    const before = this.#before;
    if (before) {
      const length = position(sample, this.#steps) - position(sample - 1, this.#steps);
      const rise = (value - before.value) / length;
      const kink = before.slope === slope ? 0.5 : (rise - slope) / (before.slope - slope);
      const part = Math.min(2, Math.max(-1, kink));
      addScaled(this.#sum.data, before.gradient, length * part);
      addScaled(this.#sum.data, gradient, length * (1 - part));
    }
    this.#before = { gradient: gradient.slice(), slope, value };
  }

  map() {
    return sumOfProducts(this.#change, this.#sum);
  }
}
