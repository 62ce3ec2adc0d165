/**
 * A gradient in phases. What goes back through a strided depthwise convolution, or through a max-pool (max-pool.ts), is made in parts,
 * one for each place that an input can have under the stride; of the convolution, each by a small convolution of R (with stride 2 a 4×4
 * kernel becomes four of 2×2):
 *
 *   part 0: ▪    part 1: ▫       ▪▫▪▫▪▫     Parts stay apart while only operators without neighbours follow: rectifiers, and 1×1
 *   part 2: ◦    part 3: ·       ◦·◦·◦·     convolutions, which often leave few channels. A strided convolution adds up
 *                                ▪▫▪▫▪▫     what it makes of each. Any other operator gets the whole.
 *
 * A transposed convolution with as many groups as channels is the same, but onnxruntime makes a matrix of each channel for it
 * (docs/decisions/0008-cost.md).
 */
import type { Constant, Pair } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { BackwardStep, NodeOf } from './step.ts';

export interface Phases {
  readonly strides: Pair;
  /** Height and width of the whole. */
  readonly size: Pair;
  /**
   * (N,C,⌈H/sy⌉,⌈W/sx⌉): part y·sx + x has the places that lie (y, x) behind a multiple of the strides. What it has beyond the edge of
   * the whole means nothing.
   */
  readonly parts: readonly string[];
  /** What parts have beyond the edge is 0. */
  readonly zeroBeyond?: boolean;
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

/** A gradient (N,C,H,W) that is 0 wherever a value is. */
export function onePhase(step: BackwardStep, gradient: string, zeroWith: string): Phases {
  const [, , ...size] = picture(step.builder.shape(gradient));
  return { strides: [1, 1], size, parts: [gradient], zeroBeyond: true, zeroWith };
}

/** The gradient of a depthwise convolution's input. */
export function depthwisePhases(
  node: NodeOf<'Conv'>,
  weight: Constant & { type: 'float32' },
  step: BackwardStep,
): Phases {
  const { strides, group } = node;
  const [, , ...size] = picture(step.shape(0));
  const arriving = step.full();
  const [, , ...places] = picture(step.builder.shape(arriving));
  const parts = phasesOf(strides).map(({ offset }) => {
    const [rows, columns] = ([0, 1] as const).map((i) =>
      taps(node, i, weight.dims[2 + i]!, offset[i], places[i], Math.ceil(size[i] / strides[i])),
    ) as [Taps, Taps];
    const pads = [rows.before, columns.before, rows.after, columns.after] as const;
    const kernel = step.builder.constant(
      [group, 1, rows.from.length, columns.from.length],
      selected(weight, rows.from, columns.from),
      `${node.inputs[1]}_phase`,
    );
    const conv = { op: 'Conv', group, strides: [1, 1], pads, dilations: [1, 1] } as const;
    return step.add(conv, [arriving, kernel], 'phase');
  });
  return { strides, size, parts };
}

/** A small kernel along one side. */
interface Taps {
  /** For each of its places the one of the node's kernel; undefined: 0. */
  readonly from: readonly (number | undefined)[];
  readonly before: number;
  readonly after: number;
}

/**
 * Along one side, place s·j + φ of the input gets R[i]·w[k] wherever s·i + k·d - p = s·j + φ. So k is in phase φ when s divides
 * φ + p - k·d, and reads R at j + (φ + p - k·d) / s.
 */
function taps(
  { strides, pads, dilations }: NodeOf<'Conv'>,
  axis: 0 | 1,
  kernel: number,
  offset: number,
  have: number,
  wanted: number,
): Taps {
  const reads = new Map<number, number>();
  for (let k = 0; k < kernel; k++) {
    const distance = offset + pads[axis] - k * dilations[axis];
    if (distance % strides[axis] === 0) reads.set(distance / strides[axis], k);
  }
  const first = Math.min(0, ...reads.keys());
  const last = Math.max(0, have - wanted, ...reads.keys());
  const from = Array.from({ length: last - first + 1 }, (_, i) => reads.get(first + i));
  return { from, before: -first, after: wanted - have + last };
}

/** Of each channel's kernel (C,1,kh,kw) the given rows and columns. */
function selected(
  { dims, data }: Constant & { type: 'float32' },
  rows: Taps['from'],
  columns: Taps['from'],
): Float32Array {
  const [channels, , kh, kw] = dims as [number, number, number, number];
  const area = rows.length * columns.length;
  return Float32Array.from({ length: channels * area }, (_, at) => {
    const y = rows[Math.floor((at % area) / columns.length)];
    const x = columns[at % columns.length];
    return y === undefined || x === undefined ? 0 : data[(Math.floor(at / area) * kh + y) * kw + x]!;
  });
}

/**
 * weight·x + bias for x (N,C,H,W), at all places or at those of one phase: a depthwise convolution, because that is arithmetic which a
 * runtime does in the layout it convolves in.
 */
export function scaled(
  step: BackwardStep,
  x: string,
  { weight, bias }: { readonly weight: number; readonly bias: number },
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

/** The whole (N,C,H,W). It is put together with channels last, where what moves lies together. */
export function whole(step: BackwardStep, { strides: [sy, sx], size, parts }: Phases): string {
  if (parts.length === 1) return parts[0]!;
  const [, channels, height, width] = picture(step.builder.shape(parts[0]!));
  const transposed = (value: string, ...perm: number[]) =>
    step.add({ op: 'Transpose', perm }, [value], 'whole');
  const reshaped = (value: string, ...sizes: number[]) =>
    step.add({ op: 'Reshape', shape: ['N', ...sizes] }, [value], 'whole');
  const beside = (values: readonly string[], axis: number) =>
    step.add({ op: 'Concat', axis }, values, 'whole');
  // Channels last, parts of one row lie beside each other as the places do.
  const rows = Array.from({ length: sy }, (_, y) =>
    reshaped(
      transposed(beside(parts.slice(y * sx, (y + 1) * sx), 1), 0, 2, 3, 1),
      height,
      1,
      width * sx * channels,
    ),
  );
  const all = transposed(reshaped(beside(rows, 2), height * sy, width * sx, channels), 0, 3, 1, 2);
  if (height * sy === size[0] && width * sx === size[1]) return all;
  return step.add({ op: 'Slice', axes: [2, 3], starts: [0, 0], ends: size, steps: [1, 1] }, [all], 'inside');
}
