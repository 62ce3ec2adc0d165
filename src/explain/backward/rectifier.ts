/**
 * Masks of rectifiers made of convolutions, y a rectifier's output, at most c (Infinity for a plain ReLU). t is at least 1 where 0 < y < c, and at
 * most 0 elsewhere:
 *
 *   guided      max(R, 0) where 0 < y < c     =     max(R + B, 0),   B = 0 where t ≥ 1, far below zero elsewhere
 *   gradient    R where 0 < y < c             =     R · M,           M = max(0, min(t, 1))
 *
 * R is what a convolution computes, so that a runtime adds B in that convolution and rectifies there too: guided's rule costs what B
 * costs, the gradient's a product more. B and M are made of convolutions as well (1×1, each channel for itself), which keep a runtime in the layout it convolves in:
 * onnxruntime would leave it for a comparison, at several times the cost (docs/decisions/0005-masks.md).
 */
import { picture } from '../../model/operators/shapes.ts';
import type { Gradient, Phase } from './phases.ts';
import type { Line } from './scaled.ts';
import { scaled } from './scaled.ts';
import type { BackwardStep } from './step.ts';

/** What B holds a gradient back with: 2^40, so gradients are expected to stay below 10^12. */
const depth = 2 ** 40;
/** The smallest y that counts as more than 0 for a plain ReLU. */
export const least = 2 ** -57;
/** Runtimes block channels by 8 or 16; where that does not come out even they convolve such kernels slowly. */
export const block = 16;
/** A convolution is done again where it makes so many times as many channels as it reads. */
const widening = 4;

/** From t to a mask: scale·t + offset, cut to what lies between. */
interface Gate {
  readonly scale: number;
  readonly offset: number;
  readonly min: number;
  readonly max: number;
}
const barrier: Gate = { scale: depth, offset: -depth, min: -2 * depth, max: 0 };
const factor: Gate = { scale: 1, offset: 0, min: 0, max: 1 };

/** undefined where comparisons are the better way. */
export function guided(step: BackwardStep, y: string, c: number): Gradient | undefined {
  if (!suits(step, y)) return undefined;
  const rectified = (sum: string) => step.add({ op: 'Relu' }, [sum], 'masked');
  if (isKnown(step, y, c)) return step.inPhases((summands) => rectified(step.sum(summands)));
  const masked = (summands: readonly string[], phase: Phase) =>
    rectified(step.sum([mask(step, y, c, barrier, phase), ...summands]));
  return step.inPhases(masked) ?? rectified(step.added([mask(step, y, c, barrier)]));
}

/** The true gradient; undefined where comparisons are the better way. */
export function passed(step: BackwardStep, y: string, c: number): Gradient | undefined {
  if (!suits(step, y)) return undefined;
  if (isKnown(step, y, c)) return step.phases;
  const product = (value: string, phase?: Phase) =>
    step.add({ op: 'Mul' }, [value, mask(step, y, c, factor, phase)], 'masked');
  return step.inPhases((summands, phase) => product(step.sum(summands), phase)) ?? product(step.arriving);
}

function suits(step: BackwardStep, y: string): boolean {
  const shape = step.builder.shape(y);
  return shape.length === 4 && picture(shape)[1] % block === 0 && !step.broadcasts;
}

/** A max-pool has let nothing through where y is 0. */
function isKnown(step: BackwardStep, y: string, c: number): boolean {
  return step.phases?.zeroWith === y && c === Infinity;
}

/** B or M, at all places or at those of one phase. */
function mask(step: BackwardStep, y: string, c: number, gate: Gate, phase?: Phase): string {
  const { scale, offset, min, max } = gate;
  const clipped = (line: string) => step.add({ op: 'Clip', min, max }, [line], 'mask');
  if (c === Infinity) return clipped(rescaled(step, y, { weight: scale / least, bias: offset }, phase));
  // |y - c/2| is c/2 at both ends and less between them, and |x - c/2| more beyond: a leaky rectifier with slope -1 is the absolute value.
  const half = Math.fround(c / 2);
  const steep = scale / (half - floatBelow(half));
  const off = rescaled(step, y, { weight: 1, bias: -half }, phase);
  const distance = step.add({ op: 'LeakyRelu', alpha: -1 }, [off], 'distance');
  return clipped(scaled(step, distance, { weight: -steep, bias: steep * half + offset }));
}

/** weight·y + bias, at all places or at those of one phase; or, where that is quicker, weight·x + bias, x what the rectifier makes y of. */
function rescaled(step: BackwardStep, y: string, line: Line, phase?: Phase): string {
  return (phase && again(step, y, line, phase)) ?? scaled(step, y, line, phase);
}

/**
 * weight·x + bias at the places of one phase, x what the rectifier that writes y reads; undefined where that is no 1×1 convolution that widens.
 * Such a convolution, done again for these places, reads a few channels where y has many: that is quicker than to pick them out of y.
 */
function again(step: BackwardStep, y: string, { weight, bias }: Line, phase: Phase): string | undefined {
  const source = step.builder.producerOf(step.builder.producerOf(y)!.inputs[0]!);
  if (source?.op !== 'Conv' || source.group > 1 || source.strides.some((stride) => stride > 1))
    return undefined;
  const [narrow, kernel, offset] = source.inputs.map((input) => step.builder.constantOf(input) ?? input);
  if (typeof narrow !== 'string' || typeof kernel !== 'object' || kernel.type !== 'float32') return undefined;
  const [wide, channels, height, width] = kernel.dims as [number, number, number, number];
  if (height * width > 1 || source.pads.some((pad) => pad > 0) || widening * channels > wide)
    return undefined;
  if (offset !== undefined && (typeof offset !== 'object' || offset.type !== 'float32')) return undefined;
  const added = offset?.data ?? new Float32Array(wide);
  const picked = scaled(step, narrow, { weight: 1, bias: 0 }, phase);
  const multiplied = (values: Float32Array, plus: number) => values.map((value) => weight * value + plus);
  const { name: _, inputs, outputs: __, ...conv } = source;
  return step.add(conv, [
    picked,
    step.builder.constant(kernel.dims, multiplied(kernel.data, 0), `${inputs[1]}_steep`),
    step.builder.constant([wide], multiplied(added, bias), `${inputs[1]}_steep_offset`),
  ]);
}

/** The next smaller float32 of a positive one. */
function floatBelow(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0]!--;
  return new Float32Array(bits.buffer)[0]!;
}
