/** Depthwise convolutions with one number a kernel: arithmetic and shifts which a runtime does in the layout it convolves in. */
import type { Pair } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { Phase } from './phases.ts';
import type { BackwardStep } from './step.ts';

export interface Line {
  readonly weight: number;
  readonly bias: number;
}

/**
 * weight·x + bias for x (N,C,H,W), at all places or at those of one phase.
 */
export function scaled(
  step: BackwardStep,
  x: string,
  { weight, bias }: Line,
  { offset, strides }: Phase = { offset: [0, 0], strides: [1, 1] },
): string {
  const [, channels, ...size] = picture(step.builder.shape(x));
  const [height, width] = [offset[0] + 1, offset[1] + 1];
  const area = height * width;
  const weights = new Float32Array(channels * area);
  for (let last = area - 1; last < weights.length; last += area) weights[last] = weight;
  const beyond = ([0, 1] as const).map((i) =>
    Math.max(0, (Math.ceil(size[i] / strides[i]) - 1) * strides[i] + offset[i] + 1 - size[i]),
  ) as [number, number];
  return step.add(
    { op: 'Conv', group: channels, strides, pads: [0, 0, ...beyond], dilations: [1, 1] },
    [
      x,
      step.builder.constant([channels, 1, height, width], weights, 'scale'),
      step.builder.constant([channels], new Float32Array(channels).fill(bias), 'offset'),
    ],
    'scaled',
  );
}

/**
 * weight·x, so many places on: place i has what x (N,C,h,w) has at i + shift, 0 where that lies beside it. In as many places as `size` says.
 */
export function placed(
  step: BackwardStep,
  x: string,
  { weight, shift, size }: { readonly weight: number; readonly shift: Pair; readonly size: Pair },
): string {
  const [, channels, ...have] = picture(step.builder.shape(x));
  // A kernel with one number: where that is not the first, or there are places to leave out, it is longer than 1.
  const [rows, columns] = ([0, 1] as const).map((i) => {
    const before = Math.max(0, -shift[i]);
    const at = Math.max(0, shift[i]);
    const after = size[i] - have[i] - before + at;
    return { before, at, after: Math.max(0, after), length: at + 1 + Math.max(0, -after) };
  }) as [Along, Along];
  const area = rows.length * columns.length;
  const weights = new Float32Array(channels * area);
  for (let at = rows.at * columns.length + columns.at; at < weights.length; at += area) weights[at] = weight;
  const kernel = step.builder.constant([channels, 1, rows.length, columns.length], weights, 'place');
  const pads = [rows.before, columns.before, rows.after, columns.after] as const;
  return step.add(
    { op: 'Conv', group: channels, strides: [1, 1], pads, dilations: [1, 1] },
    [x, kernel],
    'placed',
  );
}

interface Along {
  readonly before: number;
  readonly at: number;
  readonly after: number;
  readonly length: number;
}
