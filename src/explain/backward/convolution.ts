/** Backward halves of convolutions: the gradient with respect to the picture side; weights are constants. */
import type { Margins } from '../../model/graph.ts';
import { picture } from '../../model/operators/shapes.ts';
import type { Kernel } from './kernel.ts';
import { exchanged, kernelOf, turned } from './kernel.ts';
import { phasedConv } from './phased-convolution.ts';
import type { Gradient } from './phases.ts';
import { fitsSubPixels, spreadConv, subPixelConv } from './picture-gradient.ts';
import { block } from './rectifier.ts';
import type { Backward, BackwardStep, NodeOf } from './step.ts';

/** With neighbours, each part is read for every phase of the result: that is quicker than the whole where so many times as few channels are left. */
const narrowing = 2;

export const convolutions: { readonly [Name in 'Conv' | 'ConvTranspose']: Backward<Name> } = {
  Conv(node, step) {
    const kernel = kernelOf(step.builder.constantOf(node.inputs[1]!));
    if (!kernel) throw step.unsupported('expected a constant kernel');
    const backward = node.strides.every((stride) => stride === 1) ? unstrided : strided;
    return [backward(node, kernel, step)];
  },

  /** The transpose of a transpose: a plain convolution with the same kernel. */
  ConvTranspose(node, step) {
    const { group, strides, pads, dilations } = node;
    return [step.add({ op: 'Conv', group, strides, pads, dilations }, [step.full(), node.inputs[1]!])];
  },
};

/** Phases stay apart where that leaves fewer channels to put together. */
function unstrided(node: NodeOf<'Conv'>, kernel: Kernel, step: BackwardStep): Gradient {
  const [out, , height, width] = kernel.dims;
  const [, channels] = picture(step.shape(0));
  const { phases } = step;
  const pointwise = height * width === 1 && node.pads.every((pad) => pad === 0);
  const apart = pointwise ? channels <= out : phases?.zeroBeyond && narrowing * channels <= out;
  if (phases && apart) return phasedConv(node, kernel, step, phases, phases.strides);
  return flippedConv(node, kernel, step);
}

/**
 * Stride 1: the gradient is a convolution of R with the kernel turned by 180° and its channels exchanged, which is the fast path of
 * every engine. With pad p, kernel k and dilation d the pad is (k-1)d - p.
 */
function flippedConv(node: NodeOf<'Conv'>, kernel: Kernel, step: BackwardStep): string {
  const [, , kh, kw] = kernel.dims;
  const [reachY, reachX] = [(kh - 1) * node.dilations[0], (kw - 1) * node.dilations[1]];
  const [top, left, bottom, right] = node.pads;
  const margins = [reachY - top, reachX - left, reachY - bottom, reachX - right];
  const pads = margins.map((margin) => Math.max(0, margin)) as unknown as Margins;
  const weight = step.constant(turned(exchanged(kernel, node.group)), `${node.inputs[1]}_flipped`);
  const { group, dilations } = node;
  const gradient = step.add({ op: 'Conv', group, strides: [1, 1], pads, dilations }, [step.full(), weight]);
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
 * Strided: what the window skipped comes back in phases. A picture has too few channels for a part each, so that its gradient is put together at
 * once (picture-gradient.ts).
 */
function strided(node: NodeOf<'Conv'>, kernel: Kernel, step: BackwardStep): Gradient {
  const [, channels] = picture(step.shape(0));
  const depthwise = node.group > 1 && kernel.dims[0] === node.group && kernel.dims[1] === 1;
  if (depthwise || (node.group === 1 && channels % block === 0))
    return phasedConv(node, kernel, step, { strides: [1, 1], parts: [[step.full()]] }, node.strides);
  if (!step.phases?.zeroBeyond && fitsSubPixels(node, channels)) return subPixelConv(node, kernel, step);
  return spreadConv(node, step);
}
