import type { ExecutionContext } from 'ava';
import { gaussian, seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { sizeOf } from '../../src/core/tensor.ts';

/** Normally distributed numbers; the same seed gives the same tensor. */
export function randomTensor(dims: readonly number[], seed = 1): Tensor {
  const random = seededRandom(seed);
  return { dims, data: Float32Array.from({ length: sizeOf(dims) }, () => gaussian(random)) };
}

/** Few different numbers, many of them equal or zero: ties and kinks. */
export function coarseTensor(dims: readonly number[], seed = 1): Tensor {
  const random = seededRandom(seed);
  return { dims, data: Float32Array.from({ length: sizeOf(dims) }, () => Math.floor(random() * 5 - 2) / 2) };
}

/** The same tensor, count times along the batch. */
export function repeated({ dims, data }: Tensor, count: number): Tensor {
  const all = new Float32Array(count * data.length);
  for (let i = 0; i < count; i++) all.set(data, i * data.length);
  return { dims: [count * dims[0]!, ...dims.slice(1)], data: all };
}

/** Pictures from..until of a batch, as a batch. */
export function batchSlice({ dims, data }: Tensor, from: number, until: number): Tensor {
  const size = sizeOf(dims.slice(1));
  return { dims: [until - from, ...dims.slice(1)], data: data.slice(from * size, until * size) };
}

/** The largest difference, as a share of the largest expected absolute value, or of `least` where all are nearly zero. NaN differs from everything. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>, least = 1e-6): number {
  if (actual.length !== expected.length) return Infinity;
  let worst = 0;
  let largest = least;
  for (let i = 0; i < expected.length; i++) {
    if (!Number.isFinite(actual[i])) return Infinity;
    worst = Math.max(worst, Math.abs(actual[i]! - expected[i]!));
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return worst / largest;
}

/** Fails unless both have one shape and differ by at most `tolerance` of the largest expected absolute value. */
export function assertClose(
  t: ExecutionContext,
  actual: { readonly dims: readonly number[]; readonly data: ArrayLike<number> } | undefined,
  expected: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
  tolerance: number,
  what: string,
): void {
  t.deepEqual([...(actual?.dims ?? [])], [...expected.dims], `${what}: shape`);
  const error = relativeError(actual?.data ?? [], expected.data);
  t.true(error <= tolerance, `${what}: relative error ${error} is above ${tolerance}`);
}
