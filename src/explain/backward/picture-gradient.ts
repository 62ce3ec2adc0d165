/** The gradient of what a strided convolution reads, where that has few channels, as a picture has: all of it at once. */
import type { Pair } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { Kernel } from './kernel.ts';
import { exchanged, selected } from './kernel.ts';
import type { Phase } from './phases.ts';
import { channelsLast, interleavedRows, phasesOf, sumsOf } from './phases.ts';
import { block } from './rectifier.ts';
import type { BackwardStep, NodeOf } from './step.ts';

/** Can one convolution make all phases, as channels, in one block of them? */
export function fitsSubPixels({ group, strides, dilations }: NodeOf<'Conv'>, channels: number): boolean {
  return group === 1 && dilations.every((by) => by === 1) && strides[0] * strides[1] * channels <= block;
}

/**
 * The phases of the gradient as channels of one convolution of R, put in their places (Shi et al. 2016, sub-pixel convolution). With the pads
 * as places of the input, place s·j + φ gets R[j - a]·w[s·a + φ]: the same j - a for all phases.
 */
export function subPixelConv(node: NodeOf<'Conv'>, kernel: Kernel, step: BackwardStep): string {
  const { strides, pads } = node;
  const [, channels, ...size] = picture(step.shape(0));
  const arriving = step.full();
  const [, , ...have] = picture(step.builder.shape(arriving));
  const stacked = subPixelKernel(kernel, strides);
  const [top, left] = [stacked.dims[2] - 1, stacked.dims[3] - 1];
  const [bottom, right] = ([0, 1] as const).map((i) =>
    Math.max(0, Math.ceil((pads[i] + size[i]) / strides[i]) - have[i]),
  ) as [number, number];
  const phases = step.add(
    { op: 'Conv', group: 1, strides: [1, 1], pads: [top, left, bottom, right], dilations: [1, 1] },
    [arriving, step.constant(stacked, `${node.inputs[1]}_phases`)],
    'phases',
  );
  const last = channelsLast(step, phases);
  const [, height, width] = step.builder.shape(last) as [unknown, number, number];
  const length = strides[1] * channels;
  const rows = Array.from({ length: strides[0] }, (_, y) => {
    const row = { axes: [3], starts: [y * length], ends: [(y + 1) * length], steps: [1] };
    return step.add({ op: 'Slice', ...row }, [last], 'row');
  });
  return interleavedRows(step, rows, [height, width * strides[1], channels], {
    start: [pads[0], pads[1]],
    size,
  });
}

/** (O,C,kh,kw) -> (sy·sx·C, O, ⌈kh/sy⌉, ⌈kw/sx⌉): for each phase what it reads, 0 where the kernel has no more. */
function subPixelKernel(kernel: Kernel, strides: Pair): Kernel {
  const own = exchanged(kernel, 1);
  const every = (axis: 0 | 1, offset: number) => {
    const length = kernel.dims[2 + axis]!;
    const count = Math.ceil(length / strides[axis]);
    const places = Array.from({ length: count }, (_, i) => strides[axis] * (count - 1 - i) + offset);
    return places.map((k) => (k < length ? k : undefined));
  };
  const phases = phasesOf(strides).map(({ offset }) =>
    selected(own, every(0, offset[0]), every(1, offset[1])),
  );
  const [channels, ...rest] = phases[0]!.dims;
  const data = new Float32Array(phases.length * phases[0]!.data.length);
  for (const [i, phase] of phases.entries()) data.set(phase.data, i * phase.data.length);
  return { dims: [phases.length * channels, ...rest], data };
}

/**
 * By transposed convolutions. Phases that are 0 beyond their edge are spread each for itself, as far apart as they lie, and added up: what is put
 * together then has the few channels of a picture.
 */
export function spreadConv(node: NodeOf<'Conv'>, step: BackwardStep): string {
  const { phases } = step;
  const all = phases?.zeroBeyond ? phasesOf(phases.strides) : [];
  const sums = all.length > 0 ? sumsOf(step, phases!.parts) : [];
  const given = all.flatMap((phase, i) => {
    const part = sums[i];
    return part !== undefined && reaches(node, step, phase) ? [spread(node, step, part, phase)] : [];
  });
  return given.length > 0
    ? step.sum(given)
    : spread(node, step, step.full(), { offset: [0, 0], strides: [1, 1] });
}

/** Has a phase of R windows that begin before the picture ends? Those of the others read pads only. */
function reaches({ strides, pads }: NodeOf<'Conv'>, step: BackwardStep, { offset }: Phase): boolean {
  const [, , ...size] = picture(step.shape(0));
  return size.every((length, i) => strides[i]! * offset[i]! - pads[i]! < length);
}

/** What the places of one phase of R give to the input. */
function spread(node: NodeOf<'Conv'>, step: BackwardStep, value: string, phase: Phase): string {
  const { group, dilations } = node;
  const [, , ...size] = picture(step.shape(0));
  const [, , ...count] = picture(step.builder.shape(value));
  const [, , ...kernel] = picture(step.shape(1));
  const along = ([0, 1] as const).map((i) => {
    const stride = node.strides[i] * phase.strides[i];
    const start = node.strides[i] * phase.offset[i] - node.pads[i];
    const end = start + (count[i] - 1) * stride + (kernel[i] - 1) * dilations[i] + 1;
    const [cutBefore, cutAfter] = [Math.max(0, -start), Math.max(0, end - size[i])];
    return {
      stride,
      before: Math.max(0, start),
      cutBefore,
      cutAfter,
      outputPadding: Math.max(0, size[i] - end),
    };
  });
  const [rows, columns] = along as [(typeof along)[0], (typeof along)[0]];
  const transposed = step.add(
    {
      op: 'ConvTranspose',
      group,
      strides: [rows.stride, columns.stride],
      pads: [rows.cutBefore, columns.cutBefore, rows.cutAfter, columns.cutAfter],
      dilations,
      outputPadding: [rows.outputPadding, columns.outputPadding],
    },
    [value, node.inputs[1]!],
  );
  if (rows.before + columns.before === 0) return transposed;
  const pads = [0, 0, rows.before, columns.before, 0, 0, 0, 0];
  return step.add({ op: 'Pad', mode: 'constant', pads, value: 0 }, [transposed], 'placed');
}
