/**
 * Guided backpropagation through a rectifier, y its output, at most c (Infinity for a plain ReLU):
 *
 *   max(R, 0) where 0 < y < c     =     max(R + B, 0),   B = 0 where 0 < y < c, far below zero elsewhere
 *
 * R is what a convolution computes, so that a runtime adds B in that convolution and rectifies there too: the whole rule costs what B
 * costs. B is made of convolutions as well (1×1, each channel for itself), which keep a runtime in the layout it convolves in:
 * onnxruntime would leave it for a comparison, at several times the cost (docs/decisions/0005-masks.md).
 */
import { picture } from '../../model/operators/shapes.ts';
import type { Gradient, Phase } from './phases.ts';
import { scaled } from './phases.ts';
import type { BackwardStep } from './step.ts';

/** What B holds a gradient back with: 2^40, so gradients are expected to stay below 10^12. */
const depth = 2 ** 40;
/** The smallest y that counts as more than 0 for a plain ReLU. */
const least = 2 ** -57;
/** Runtimes block channels by 8 or 16; where that does not come out even they convolve such kernels slowly. */
const block = 16;

/** undefined where comparisons are the better way. */
export function guided(step: BackwardStep, y: string, c: number): Gradient | undefined {
  const shape = step.builder.shape(y);
  if (shape.length !== 4 || picture(shape)[1] % block !== 0) return undefined;
  const rectified = (sum: string) => step.add({ op: 'Relu' }, [sum], 'masked');
  return (
    step.inPhases((part, phase) =>
      rectified(step.add({ op: 'Add' }, [barrier(step, y, c, phase), part], 'sum')),
    ) ?? rectified(step.added([barrier(step, y, c)]))
  );
}

/** B, at all places or at those of one phase. */
function barrier(step: BackwardStep, y: string, c: number, phase?: Phase): string {
  const clipped = (below: string) => step.add({ op: 'Clip', min: -2 * depth, max: 0 }, [below], 'barrier');
  if (c === Infinity) return clipped(scaled(step, y, { weight: depth / least, bias: -depth }, phase));
  // |y - c/2| is c/2 at both ends and less between them: a leaky rectifier with slope -1 is the absolute value.
  const half = Math.fround(c / 2);
  const inner = floatBelow(half);
  const off = scaled(step, y, { weight: 1, bias: -half }, phase);
  const distance = step.add({ op: 'LeakyRelu', alpha: -1 }, [off], 'distance');
  const slope = depth / (half - inner);
  return clipped(scaled(step, distance, { weight: -slope, bias: slope * inner }));
}

/** The next smaller float32 of a positive one. */
function floatBelow(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]!--;
  return new Float32Array(bits.buffer)[0]!;
}
