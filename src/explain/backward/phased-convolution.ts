/**
 * A convolution's gradient in phases, each made by small convolutions of R: with stride 2 a 4×4 kernel becomes four of 2×2, a 3×3 kernel one
 * of 1×1, two of two places, and one of 2×2. It is the same work as that of the convolution itself, and a runtime does it in the layout in which it convolves;
 * a transposed convolution would be spread from a matrix, of every channel where there are as many groups (docs/decisions/0008-cost.md).
 */
import type { Pair } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { Kernel } from './kernel.ts';
import { exchanged, selected } from './kernel.ts';
import type { Phases } from './phases.ts';
import { phasesOf, sumsOf } from './phases.ts';
import type { BackwardStep, NodeOf } from './step.ts';

/**
 * The gradient of a convolution's input, in phases of the given strides. Either the convolution is strided by them, and R is whole: its one phase.
 * Or it is not strided, and R is in the same phases; what they have beyond the edge is 0, or the kernel too small to reach it.
 */
export function phasedConv(
  node: NodeOf<'Conv'>,
  kernel: Kernel,
  step: BackwardStep,
  arriving: Pick<Phases, 'strides' | 'parts'>,
  strides: Pair,
): Phases {
  const [, , ...size] = picture(step.shape(0));
  const wanted = ([0, 1] as const).map((i) => Math.ceil(size[i] / strides[i]));
  const own = exchanged(kernel, node.group);
  const given = phasesOf(arriving.strides);
  const sums = sumsOf(step, arriving.parts);
  const weights = new Map<string, string>();
  const weightOf = (rows: Taps['from'], columns: Taps['from']) => {
    const key = `${rows.join()} ${columns.join()}`;
    const known = weights.get(key) ?? step.constant(selected(own, rows, columns), `${node.inputs[1]}_phase`);
    weights.set(key, known);
    return known;
  };
  const parts = phasesOf(strides).map(({ offset: to }) =>
    sums.flatMap((part, i) => {
      if (part === undefined) return [];
      const [, , ...have] = picture(step.builder.shape(part));
      const [rows, columns] = ([0, 1] as const).map((axis) =>
        taps(node, axis, kernel.dims[2 + axis]!, {
          stride: strides[axis],
          offset: to[axis] - given[i]!.offset[axis],
          have: have[axis],
          wanted: wanted[axis]!,
        }),
      );
      if (!rows || !columns) return [];
      const pads = [rows.before, columns.before, rows.after, columns.after] as const;
      const conv = { op: 'Conv', group: node.group, strides: [1, 1], pads, dilations: [1, 1] } as const;
      return [step.add(conv, [part, weightOf(rows.from, columns.from)], 'phase')];
    }),
  );
  const complete = ([0, 1] as const).every((i) => size[i] % strides[i] === 0);
  return { strides, size, parts, zeroBeyond: complete };
}

/** A small kernel along one side. */
interface Taps {
  /** For each of its places the one of the node's kernel; undefined: 0. */
  readonly from: readonly (number | undefined)[];
  readonly before: number;
  readonly after: number;
}

/**
 * Along one side, place s·j + φ of the input gets R[i]·w[k] wherever s·i + k·d - p = s·j + φ, where the convolution has stride s. So k is in
 * phase φ when s divides φ + p - k·d, and reads R at j + (φ + p - k·d) / s. Where it is R whose places are s·i + ψ, φ - ψ stands for φ.
 * undefined: no k is in the phase.
 */
function taps(
  { pads, dilations }: NodeOf<'Conv'>,
  axis: 0 | 1,
  length: number,
  { stride, offset, have, wanted }: { stride: number; offset: number; have: number; wanted: number },
): Taps | undefined {
  const reads = new Map<number, number>();
  for (let k = 0; k < length; k++) {
    const distance = offset + pads[axis] - k * dilations[axis];
    if (distance % stride === 0) reads.set(distance / stride, k);
  }
  if (reads.size === 0) return undefined;
  const first = Math.min(0, ...reads.keys());
  const last = Math.max(0, have - wanted, ...reads.keys());
  const from = Array.from({ length: last - first + 1 }, (_, i) => reads.get(first + i));
  return { from, before: -first, after: wanted - have + last };
}
