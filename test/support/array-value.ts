/** Small arrays of any rank in double precision: what the reference interpreter calculates with. */

export interface ArrayValue {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function zeros(dims: readonly number[]): ArrayValue {
  return { dims, data: new Float64Array(sizeOf(dims)) };
}

/** Row-major position of an index. */
export function flatIndex(dims: readonly number[], at: readonly number[]): number {
  let flat = 0;
  for (let i = 0; i < dims.length; i++) flat = flat * dims[i]! + at[i]!;
  return flat;
}

/** Calls back with every index of a shape in row-major order. The index array is reused. */
export function each(dims: readonly number[], visit: (at: readonly number[], flat: number) => void): void {
  const at = dims.map(() => 0);
  const count = sizeOf(dims);
  for (let flat = 0; flat < count; flat++) {
    visit(at, flat);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      at[axis]!++;
      if (at[axis]! < dims[axis]!) break;
      at[axis] = 0;
    }
  }
}

/** NumPy broadcasting: applies a function to the numbers that meet at each place. */
export function spread(values: readonly ArrayValue[], apply: (...numbers: number[]) => number): ArrayValue {
  const rank = Math.max(...values.map(({ dims }) => dims.length));
  const padded = values.map(({ dims }) => [...Array<number>(rank - dims.length).fill(1), ...dims]);
  const result = zeros(Array.from({ length: rank }, (_, i) => Math.max(...padded.map((dims) => dims[i]!))));
  // A dimension of size 1 is read again and again: its index counts for nothing.
  const strides = padded.map((dims) => dims.map((dim, i) => (dim === 1 ? 0 : sizeOf(dims.slice(i + 1)))));
  const numbers = values.map(() => 0);
  each(result.dims, (at, flat) => {
    for (const [k, { data }] of values.entries()) {
      let from = 0;
      for (let i = 0; i < rank; i++) from += at[i]! * strides[k]![i]!;
      numbers[k] = data[from]!;
    }
    result.data[flat] = apply(...numbers);
  });
  return result;
}

/** The error function, by its series of positive terms: 2/√π · e^(-x²) · Σ 2ⁿ x^(2n+1) / (1·3·5…(2n+1)). */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
