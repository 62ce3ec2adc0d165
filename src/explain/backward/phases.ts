/**
 * A gradient in phases. What goes back through a strided convolution (phased-convolution.ts), or through a max-pool (max-pool.ts), is made in parts,
 * one for each place that an input can have under the stride:
 *
 *   part 0: ▪    part 1: ▫       ▪▫▪▫▪▫     Parts stay apart while what follows makes no more channels of them: rectifiers, and
 *   part 2: ◦    part 3: ·       ◦·◦·◦·     convolutions that often leave few. A strided convolution with a picture before it adds
 *                                ▪▫▪▫▪▫     up what it makes of each. Any other operator gets the whole.
 */
import type { Pair } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import { scaled } from './scaled.ts';
import type { BackwardStep } from './step.ts';

export interface Phases {
  readonly strides: Pair;
  /** Height and width of the whole. */
  readonly size: Pair;
  /**
   * The summands of each part (N,C,⌈H/sy⌉,⌈W/sx⌉); none: it is 0. Part y·sx + x has the places that lie (y, x) behind a multiple of the
   * strides. What it has beyond the edge of the whole means nothing.
   */
  readonly parts: readonly (readonly string[])[];
  /** What parts have beyond the edge is 0. */
  readonly zeroBeyond: boolean;
  /** The value whose gradient this is, where the gradient is 0 wherever the value is. */
  readonly zeroWith?: string;
}

/** A gradient of one value: whole, or in phases. */
export type Gradient = string | Phases;

/** Which places a part has. */
export interface Phase {
  readonly offset: Pair;
  readonly strides: Pair;
}

/** The phases of the parts, in their order. */
export function phasesOf(strides: Pair): Phase[] {
  const [sy, sx] = strides;
  return Array.from({ length: sy * sx }, (_, i) => ({ offset: [Math.floor(i / sx), i % sx], strides }));
}

/** The sum of gradients of one value; undefined where one is whole, or in other phases. */
export function together(gradients: readonly Gradient[]): Phases | undefined {
  const all = gradients.filter((gradient) => typeof gradient === 'object');
  const [first] = all;
  if (!first || all.length < gradients.length) return undefined;
  const { strides, size, parts, zeroWith } = first;
  if (all.some((other) => other.strides.join() !== strides.join())) return undefined;
  return {
    strides,
    size,
    parts: parts.map((_, i) => all.flatMap((gradient) => gradient.parts[i]!)),
    zeroBeyond: all.every((gradient) => gradient.zeroBeyond),
    ...(all.every((gradient) => gradient.zeroWith === zeroWith) && zeroWith !== undefined && { zeroWith }),
  };
}

/** Each part as one value; undefined: 0. */
export function sumsOf(step: BackwardStep, parts: Phases['parts']): (string | undefined)[] {
  return parts.map((summands) => (summands.length > 0 ? step.sum(summands) : undefined));
}

/** The whole (N,C,H,W). */
export function whole(step: BackwardStep, { strides: [sy, sx], size, parts }: Phases): string {
  const sums = sumsOf(step, parts);
  const some = sums.find((sum) => sum !== undefined)!;
  const [, channels, height, width] = picture(step.builder.shape(some));
  const values = sums.map((sum) => channelsLast(step, sum ?? scaled(step, some, { weight: 0, bias: 0 })));
  const rows = Array.from({ length: sy }, (_, y) =>
    step.add({ op: 'Concat', axis: 3 }, values.slice(y * sx, (y + 1) * sx), 'row'),
  );
  return interleavedRows(step, rows, [height, width * sx, channels], { start: [0, 0], size });
}

/** (N,C,H,W) -> (N,H,W,C). */
export function channelsLast(step: BackwardStep, value: string): string {
  return step.add({ op: 'Transpose', perm: [0, 2, 3, 1] }, [value], 'last');
}

/**
 * Puts rows of pictures one below the other in turn, row y of each below row y of the one before, and cuts out of that: (N,C,*size).
 * They come with channels last, where what moves lies together: each has the numbers of (N,height,width,channels).
 * A transposition of rows moves the same numbers, and is slow for some lengths (docs/decisions/0008-cost.md).
 */
export function interleavedRows(
  step: BackwardStep,
  rows: readonly string[],
  [height, width, channels]: readonly [number, number, number],
  { start, size }: { readonly start: Pair; readonly size: Pair },
): string {
  const reshaped = (value: string, ...sizes: number[]) =>
    step.add({ op: 'Reshape', shape: ['N', ...sizes] }, [value], 'whole');
  const apart = rows.map((row) => reshaped(row, height, 1, width * channels));
  const below = step.add({ op: 'Concat', axis: 2 }, apart, 'whole');
  const all = reshaped(below, height * rows.length, width, channels);
  const ends = size.map((length, i) => start[i]! + length);
  const complete = ends[0] === height * rows.length && ends[1] === width && start.every((at) => at === 0);
  const cut = { op: 'Slice', axes: [1, 2], starts: start, ends, steps: [1, 1] } as const;
  const inside = complete ? all : step.add(cut, [all], 'inside');
  return step.add({ op: 'Transpose', perm: [0, 3, 1, 2] }, [inside], 'whole');
}
