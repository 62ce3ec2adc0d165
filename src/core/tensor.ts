/** A dense float32 tensor, row-major: the last dimension runs fastest. Images are NCHW. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** A tensor over `data` (not copied; zeros when absent). Throws RangeError when the length does not fit the shape. */
export function tensor(dims: readonly number[], data?: Float32Array): Tensor {
  const size = sizeOf(dims);
  if (data && data.length !== size) {
    throw new RangeError(`expected ${size} values for shape [${dims.join(', ')}], received ${data.length}`);
  }
  return { dims: [...dims], data: data ?? new Float32Array(size) };
}

/** Element i of the first (batch) dimension, as a view of shape dims[1..]. */
export function batchItem(batch: Tensor, i: number): Tensor {
  const [count = 0, ...dims] = batch.dims;
  if (i < 0 || i >= count) throw new RangeError(`expected a batch index below ${count}, received ${i}`);
  const size = sizeOf(dims);
  return { dims, data: batch.data.subarray(i * size, (i + 1) * size) };
}

/** Tensors of one shape, stacked along a new first dimension (copied). */
export function stack(items: readonly Tensor[]): Tensor {
  const first = items[0];
  if (!first) throw new RangeError('expected at least one tensor to stack, received none');
  const size = first.data.length;
  const data = new Float32Array(items.length * size);
  for (const [i, item] of items.entries()) {
    if (item.dims.join() !== first.dims.join()) {
      throw new RangeError(`expected shape [${first.dims.join(', ')}], received [${item.dims.join(', ')}]`);
    }
    data.set(item.data, i * size);
  }
  return { dims: [items.length, ...first.dims], data };
}
