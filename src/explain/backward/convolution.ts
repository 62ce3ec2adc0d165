/** Backward halves of convolutions: the gradient with respect to the picture side; weights are constants. */
import { sizeOf } from '../../core/tensor.ts';
import type { Constant, Margins } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { Gradient, Phase } from './phases.ts';
import { depthwisePhases, phasesOf } from './phases.ts';
import type { Backward, BackwardStep, NodeOf } from './step.ts';

export const convolutions: { readonly [Name in 'Conv' | 'ConvTranspose']: Backward<Name> } = {
  Conv(node, step) {
    const weight = step.builder.constantOf(node.inputs[1]!);
    if (weight?.type !== 'float32') throw step.unsupported('expected a constant kernel');
    if (node.strides.every((stride) => stride === 1)) return [flippedConv(node, weight, step)];
    const depthwise = node.group > 1 && weight.dims[0] === node.group && weight.dims[1] === 1;
    return [depthwise ? depthwisePhases(node, weight, step) : transposedConv(node, step)];
  },

  /** The transpose of a transpose: a plain convolution with the same kernel. */
  ConvTranspose(node, step) {
    const { group, strides, pads, dilations } = node;
    return [step.add({ op: 'Conv', group, strides, pads, dilations }, [step.full(), node.inputs[1]!])];
  },
};

/**
 * Stride 1: the gradient is a convolution of R with the kernel turned by 180° and its channels exchanged, which is the fast path of
 * every engine. With pad p, kernel k and dilation d the pad is (k-1)d - p.
 */
function flippedConv(
  node: NodeOf<'Conv'>,
  weight: Constant & { type: 'float32' },
  step: BackwardStep,
): Gradient {
  const [, , kh, kw] = weight.dims as [number, number, number, number];
  const [reachY, reachX] = [(kh - 1) * node.dilations[0], (kw - 1) * node.dilations[1]];
  const [top, left, bottom, right] = node.pads;
  const margins = [reachY - top, reachX - left, reachY - bottom, reachX - right];
  const pads = margins.map((margin) => Math.max(0, margin)) as unknown as Margins;
  const { dims, data } = flipped(weight, node.group);
  const kernel = step.builder.constant(dims, data, `${node.inputs[1]}_flipped`);
  const { group, dilations } = node;
  const convolved = (value: string) =>
    step.add({ op: 'Conv', group, strides: [1, 1], pads, dilations }, [value, kernel]);
  const apart = kh * kw === 1 && margins.every((margin) => margin === 0) && step.inPhases(convolved);
  if (apart) return apart;
  const gradient = convolved(step.full());
  if (margins.every((margin) => margin >= 0)) return gradient;
  // More padding than the kernel reaches: the outermost places saw padding only.
  const cut = margins.map((margin) => Math.max(0, -margin));
  const [, , height, width] = picture(step.builder.shape(gradient));
  return step.add(
    {
      op: 'Slice',
      axes: [2, 3],
      starts: [cut[0]!, cut[1]!],
      ends: [height - cut[2]!, width - cut[3]!],
      steps: [1, 1],
    },
    [gradient],
    'cut',
  );
}

/**
 * Strided: what the window skipped is spread out again. Phases that are 0 beyond their edge are spread each for itself, as far apart as
 * they lie, and added up: what is put together then has the few channels of a picture, where this is a network's first convolution.
 */
function transposedConv(node: NodeOf<'Conv'>, step: BackwardStep): string {
  const { phases } = step;
  if (!phases?.zeroBeyond) return spread(node, step, step.full(), { offset: [0, 0], strides: [1, 1] });
  return phasesOf(phases.strides)
    .map((phase, i) => spread(node, step, phases.parts[i]!, phase))
    .reduce((sum, value) => step.add({ op: 'Add' }, [sum, value], 'sum'));
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

/** (O, C/g, kh, kw) -> (C, O/g, kh, kw), each kernel turned by 180°. */
function flipped(
  weight: Constant & { type: 'float32' },
  group: number,
): { dims: number[]; data: Float32Array } {
  const [out, inPerGroup, kh, kw] = weight.dims as [number, number, number, number];
  const outPerGroup = out / group;
  const area = kh * kw;
  const dims = [inPerGroup * group, outPerGroup, kh, kw];
  const data = new Float32Array(sizeOf(dims));
  for (let o = 0; o < out; o++) {
    const g = Math.floor(o / outPerGroup);
    for (let c = 0; c < inPerGroup; c++) {
      const from = (o * inPerGroup + c) * area;
      const to = ((g * inPerGroup + c) * outPerGroup + (o % outPerGroup)) * area;
      for (let k = 0; k < area; k++) data[to + k] = weight.data[from + area - 1 - k]!;
    }
  }
  return { dims, data };
}
