/**
 * A gradient in phases. What goes back through a strided convolution is made in parts, one for each place that an input can have
 * under a stride, each by a small convolution of R (with stride 2 a 4×4 kernel becomes four of 2×2):
 *
 *   part 0: the places ▪     ▪▫▪▫▪▫        parts stay apart while only operators without neighbours follow (rectifiers, 1×1
 *   part 1: the places ▫     ◦·◦·◦·        convolutions, which often leave few channels), and are put together when another
 *   part 2: ◦, part 3: ·     ▪▫▪▫▪▫        operator asks for the whole
 *
 * An engine's own transposed convolution does the same by columns of a large matrix, group by group.
 */
import type { Constant, Pair } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { BackwardStep, NodeOf } from './step.ts';

export interface Phases {
  readonly strides: Pair;
  /** Height and width of the whole. */
  readonly size: Pair;
  /** Part y·strides[1] + x has the places that lie (y, x) behind a multiple of the strides: (N,C,⌈H/sy⌉,⌈W/sx⌉). Those beyond the edge hold anything. */
  readonly parts: readonly string[];
}

/** A gradient of one value: whole, or in phases. */
export type Gradient = string | Phases;

/** The same places of another value of the whole's size, by a depthwise kernel: weight at the place, 0 elsewhere. */
export interface Picked {
  readonly weight: number;
  readonly bias: number;
}

/** The offsets (y, x) of the parts, in their order. */
export function offsets([sy, sx]: Pair): Pair[] {
  return Array.from({ length: sy * sx }, (_, i) => [Math.floor(i / sx), i % sx]);
}

/** weight·x + bias for each channel of x (N,C,H,W), at all places or at those of one phase. */
export function scaled(
  step: BackwardStep,
  x: string,
  { weight, bias }: Picked,
  [offset, strides]: readonly [Pair, Pair] = [
    [0, 0],
    [1, 1],
  ],
): string {
  const [, channels, ...size] = picture(step.builder.shape(x));
  const kernel = [offset[0] + 1, offset[1] + 1] as const;
  const beyond = ([0, 1] as const).map((i) =>
    Math.max(0, (Math.ceil(size[i] / strides[i]) - 1) * strides[i] + kernel[i] - size[i]),
  ) as [number, number];
  const area = kernel[0] * kernel[1];
  const weights = new Float32Array(channels * area);
  for (let last = area - 1; last < weights.length; last += area) weights[last] = weight;
  return step.add(
    { op: 'Conv', group: channels, strides, pads: [0, 0, ...beyond], dilations: [1, 1] },
    [
      x,
      step.builder.constant([channels, 1, ...kernel], weights, 'scale'),
      step.builder.constant([channels], new Float32Array(channels).fill(bias), 'offset'),
    ],
    'scaled',
  );
}

/** The gradient of a depthwise convolution's input. */
export function depthwisePhases(
  node: NodeOf<'Conv'>,
  weight: Constant & { type: 'float32' },
  step: BackwardStep,
): Phases {
  const [, channels, ...size] = picture(step.shape(0));
  const arriving = step.full();
  const [, , ...places] = picture(step.builder.shape(arriving));
  const parts = offsets(node.strides).map((offset) => {
    const [rows, columns] = ([0, 1] as const).map((i) =>
      taps(node, i, weight.dims[2 + i]!, offset[i], places[i], Math.ceil(size[i] / node.strides[i])),
    ) as [Taps, Taps];
    const kernel = [rows.from.length, columns.from.length] as const;
    const area = weight.dims[2]! * weight.dims[3]!;
    const data = Float32Array.from({ length: channels * kernel[0] * kernel[1] }, (_, at) => {
      const [channel, place] = [Math.floor(at / (kernel[0] * kernel[1])), at % (kernel[0] * kernel[1])];
      const [y, x] = [rows.from[Math.floor(place / kernel[1])], columns.from[place % kernel[1]]];
      return y === undefined || x === undefined ? 0 : weight.data[channel * area + y * weight.dims[3]! + x]!;
    });
    return step.add(
      {
        op: 'Conv',
        group: node.group,
        strides: [1, 1],
        pads: [rows.before, columns.before, rows.after, columns.after],
        dilations: [1, 1],
      },
      [arriving, step.builder.constant([channels, 1, ...kernel], data, `${node.inputs[1]}_phase`)],
      'phase',
    );
  });
  return { strides: node.strides, size, parts };
}

interface Taps {
  /** For each place of the small kernel the one of the node's kernel; undefined: 0. */
  readonly from: readonly (number | undefined)[];
  readonly before: number;
  readonly after: number;
}

/**
 * Along one side: input place s·j + φ gets R[i]·w[k] where i·s + k·d - p = s·j + φ, so k is in this phase when s divides φ + p - k·d, and
 * reads R at j + (φ + p - k·d) / s.
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
  const last = Math.max(wanted - have, ...reads.keys());
  const from = Array.from({ length: last - first + 1 }, (_, i) => reads.get(first + i));
  return { from, before: -first, after: wanted - have + last };
}

/** The whole (N,C,H,W). Channels are brought to the end, so that what moves is contiguous. */
export function whole(step: BackwardStep, { strides: [sy, sx], size, parts }: Phases): string {
  const [, channels, height, width] = picture(step.builder.shape(parts[0]!));
  const beside = step.add({ op: 'Concat', axis: 1 }, parts, 'parts');
  const last = step.add({ op: 'Transpose', perm: [0, 2, 3, 1] }, [beside], 'channels_last');
  const split = { op: 'Reshape', shape: ['N', height, width, sy, sx * channels] } as const;
  const rows = step.add(
    { op: 'Transpose', perm: [0, 1, 3, 2, 4] },
    [step.add(split, [last], 'split')],
    'rows',
  );
  const joined = { op: 'Reshape', shape: ['N', height * sy, width * sx, channels] } as const;
  const all = step.add(
    { op: 'Transpose', perm: [0, 3, 1, 2] },
    [step.add(joined, [rows], 'joined')],
    'whole',
  );
  if (height * sy === size[0] && width * sx === size[1]) return all;
  return step.add(
    { op: 'Slice', axes: [2, 3], starts: [0, 0], ends: size, steps: [1, 1] },
    [all],
    'inside',
  );
}
