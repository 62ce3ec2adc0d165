import { throwIfAborted } from '../../core/errors.ts';
import type { Rect } from '../../core/geometry.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import type { Tensor } from '../../core/tensor.ts';
import { heatMap } from '../../image/heat-map.ts';
import type { Baseline } from '../baseline.ts';
import { baselineOf, copyBlock } from '../baseline.ts';
import { batches } from '../gradients.ts';
import { scorePictures } from '../scores.ts';
import type { Subject } from '../subject.ts';
import type { Job } from '../targets.ts';
import type { Method, Work } from './method.ts';

export interface OcclusionOptions {
  /** Side of the square, as a share of the longer side of the model's input; 1/6 when absent (32 pixels of 192, 37 of 224). */
  readonly patch?: number;
  /** How far it moves at a time, likewise; half the square when absent. */
  readonly stride?: number;
  /** What the square shows; grey when absent. */
  readonly fill?: Baseline;
}

/**
 * Covers the picture with a square, place by place, and measures how far the score falls. Each pixel gets the mean fall of the squares
 * that covered it. All jobs about one picture share its forward passes.
 */
export function occlusion(options: OcclusionOptions = {}): Method {
  const { patch = 1 / 6, stride = patch / 2, fill = 'grey' } = options;
  return {
    name: 'occlusion',
    title: 'Occlusion',
    about:
      'How far the score falls when a square covers the place. No gradients; coarse, very slow and honest.',
    source: 'Zeiler, Fergus 2013, arXiv 1311.2901, section 4.2',
    passes: squaresOver({ x: 0, y: 0, width: 1000, height: 1000 }, patch * 1000, stride * 1000).length,
    async maps(work) {
      const longer = Math.max(work.model.input.width, work.model.input.height);
      const pixels = (share: number) => Math.max(1, Math.round(share * longer));
      const trials = [...groupBySubject(work.jobs)].map(([subject, jobs]) => ({
        filling: baselineOf(subject, fill),
        squares: squaresOver(subject.content, pixels(patch), pixels(stride)),
        subject,
        jobs,
      }));
      const total = trials.reduce((sum, { squares }) => sum + squares.length, 0);
      const maps = new Map<Job, HeatMap>();
      let done = 0;
      for (const trial of trials) {
        const found = await meanFalls(work, trial, (count) => {
          done += count;
          const { onProgress, phase } = work.running('occlusion');
          onProgress?.({ phase, done, total });
        });
        for (const [i, job] of trial.jobs.entries()) maps.set(job, found[i]!);
      }
      return work.finish((job) => maps.get(job)!);
    },
  };
}

function groupBySubject(jobs: readonly Job[]): Map<Subject, Job[]> {
  const groups = new Map<Subject, Job[]>();
  for (const job of jobs) groups.set(job.subject, [...(groups.get(job.subject) ?? []), job]);
  return groups;
}

/** Squares in rows, none of them across an edge of `content`: the last ones end at it. */
function squaresOver(content: Rect, side: number, stride: number): Rect[] {
  const [width, height] = [Math.min(side, content.width), Math.min(side, content.height)];
  const starts = (length: number, square: number) =>
    Array.from({ length: Math.ceil((length - square) / stride - 1e-9) + 1 }, (_, i) =>
      Math.min(i * stride, length - square),
    );
  return starts(content.height, height).flatMap((y) =>
    starts(content.width, width).map((x) => ({ x: content.x + x, y: content.y + y, width, height })),
  );
}

interface Trial {
  readonly subject: Subject;
  readonly jobs: readonly Job[];
  readonly squares: readonly Rect[];
  /** What the squares show, (3,H,W). */
  readonly filling: Tensor;
}

/** For each job about one subject, the mean fall of the score at every pixel. */
async function meanFalls(
  work: Work,
  { subject, jobs, squares, filling }: Trial,
  onBatch: (count: number) => void,
): Promise<HeatMap[]> {
  const { model } = work;
  const { signal } = work.running('occlusion');
  const untouched = await scorePictures(model, [subject.image], jobs);
  const sums = jobs.map(() => heatMap(model.input.width, model.input.height));
  const covers = heatMap(model.input.width, model.input.height);
  for (const batch of batches(squares, model.batchSize)) {
    throwIfAborted(signal);
    const images = batch.map((square) => covered(subject.image, filling, square));
    const scores = await scorePictures(model, images, jobs);
    for (const [i, square] of batch.entries()) {
      addInside(covers, square, 1);
      for (const [j, sum] of sums.entries()) addInside(sum, square, untouched[j]![0]! - scores[j]![i]!);
    }
    onBatch(batch.length);
  }
  return sums.map((sum) => ({
    ...sum,
    data: sum.data.map((value, i) => (covers.data[i]! > 0 ? value / covers.data[i]! : 0)),
  }));
}

/** The picture (3,H,W) with the square taken from `filling`. */
function covered(image: Tensor, filling: Tensor, square: Rect): Tensor {
  const copy = { dims: image.dims, data: image.data.slice() };
  copyBlock(filling, copy, square);
  return copy;
}

function addInside(map: HeatMap, { x, y, width, height }: Rect, value: number): void {
  for (let row = y; row < y + height; row++) {
    const start = row * map.width + x;
    for (let i = start; i < start + width; i++) map.data[i]! += value;
  }
}
