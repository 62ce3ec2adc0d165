import { AppError } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import type { Baseline } from '../baseline.ts';
import { baselineOf } from '../baseline.ts';
import type { Running } from '../gradients.ts';
import { sampledGradients } from '../gradients.ts';
import { LineIntegral } from '../line-integral.ts';
import type { Subject } from '../subject.ts';
import type { Job } from '../targets.ts';
import { sumOfProducts } from './input-gradient.ts';
import type { Method, Work } from './method.ts';

export interface IntegratedGradientsOptions {
  /** Pictures on the way from the baseline at most, both ends included, from 2 on; 64 when absent. */
  readonly steps?: number;
  /** No more pictures are taken where the errors that are left add up to less than this share of t(x) - t(b); 0.01 when absent. */
  readonly tolerance?: number;
  /** Where the way begins; grey when absent. The bars around a picture are the same at both ends. */
  readonly baseline?: Baseline;
}

/** Pictures of one round. The first round covers the whole way, each later one halves the pieces with the largest errors. */
const roundSize = 8;

/**
 * (x - b) · mean of the gradients on the straight way from a picture b without content to x. The map adds up to t(x) - t(b).
 * Where the gradients are taken is decided on the way (docs/explanations.md has what that gains), for each job by itself, so that a map
 * does not depend on what else is explained. Throws USAGE for fewer than 2 steps.
 */
export function integratedGradients(options: IntegratedGradientsOptions = {}): Method {
  const { steps = 64, tolerance = 0.01, baseline = 'grey' } = options;
  if (!Number.isInteger(steps) || steps < 2) {
    throw new AppError('USAGE', `integrated gradients: expected 2 steps or more, received ${steps}`);
  }
  return {
    name: 'integrated-gradients',
    title: 'Integrated gradients',
    about:
      'Shares the score out among the pixels: the map adds up to what the picture scores above a grey one. Signed, slow.',
    source: 'Sundararajan, Taly, Yan 2017, arXiv 1703.01365',
    rule: 'gradient',
    passes: 2 * steps,
    async maps(work) {
      const ways = waysOf(work.jobs, baseline);
      const running = work.running('integrated gradients');
      const { phase, onProgress } = running;
      const total = ways.length * steps;
      let open = ways;
      for (let taken = 0; open.length > 0;) {
        const count = Math.min(roundSize, steps - taken, taken === 0 ? roundSize : taken - 1);
        const before = ways.length * taken;
        await sample(work, open, count, {
          ...running,
          onProgress: ({ done }) => onProgress?.({ phase, done: Math.min(before + done, total - 1), total }),
        });
        taken += count;
        open = taken < steps ? open.filter(({ integral }) => integral.error > tolerance) : [];
      }
      onProgress?.({ phase, done: total, total });
      return work.finish((_, i) => ways[i]!.integral.map());
    },
  };
}

/** The way of one job, from a picture without content to its subject's own. */
interface Way {
  /** Of a subject of its own, so that no other job has to be sampled at the same places. */
  readonly job: Job;
  /** (3,H,W) */
  readonly start: Tensor;
  /** (3,H,W): the subject's picture less the start. */
  readonly change: Tensor;
  readonly integral: LineIntegral;
}

function waysOf(jobs: readonly Job[], baseline: Baseline): Way[] {
  return jobs.map((job) => {
    const start = baselineOf(job.subject, baseline);
    const change = job.subject.image.data.map((value, i) => value - start.data[i]!);
    return {
      job: { ...job, subject: { ...job.subject } },
      start,
      change: { dims: start.dims, data: change },
      integral: new LineIntegral(),
    };
  });
}

/** Takes `count` more pictures on each way, and adds what the network says of them to its integral. */
async function sample({ model }: Work, ways: readonly Way[], count: number, running: Running): Promise<void> {
  const places = new Map(ways.map((way) => [way.job.subject, { way, positions: nextPositions(way, count) }]));
  const picture = (subject: Subject, i: number): Tensor => {
    const { way, positions } = places.get(subject)!;
    const { dims, data } = way.start;
    return { dims, data: data.map((value, k) => value + positions[i]! * way.change.data[k]!) };
  };
  const jobs = ways.map(({ job }) => job);
  const gradients = sampledGradients(model, jobs, 'gradient', { count, picture }, running);
  for await (const sampled of gradients) {
    const { way, positions } = places.get(jobs[sampled.job]!.subject)!;
    const slopes = sumOfProducts(way.change, { dims: way.change.dims, data: sampled.gradient });
    way.integral.add({ position: positions[sampled.sample]!, value: sampled.value, slopes });
  }
}

/** At first all along the way, and densely where it begins: a network answers to the first trace of contrast. */
function nextPositions({ integral }: Way, count: number): number[] {
  return integral.size > 0
    ? integral.worst(count)
    : Array.from({ length: count }, (_, i) => (i / (count - 1)) ** 2);
}
