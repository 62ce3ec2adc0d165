/** Arithmetic on float32 vectors, pictures among them: plain loops, which are several times as fast as map with a function. Sums run in double precision. */

export function dot(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length)
    throw new RangeError(`expected vectors of one length, received ${a.length} and ${b.length}`);
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/**
 * The same of a vector and as many values of `rows` from `offset` on: for one vector and many rows. Four partial sums, because one is a chain of additions that each
 * wait for the one before.
 */
export function dotRow(rows: Float32Array, offset: number, query: Float64Array): number {
  const whole = query.length & ~3;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i < whole; i += 4) {
    a += rows[offset + i]! * query[i]!;
    b += rows[offset + i + 1]! * query[i + 1]!;
    c += rows[offset + i + 2]! * query[i + 2]!;
    d += rows[offset + i + 3]! * query[i + 3]!;
  }
  for (; i < query.length; i++) a += rows[offset + i]! * query[i]!;
  return a + b + (c + d);
}

/** sign(x) √|x| of each value (Perronnin et al. 2010). */
export const signedRoots = (vector: Float32Array): Float32Array =>
  vector.map((value) => Math.sign(value) * Math.sqrt(Math.abs(value)));

/** Euclidean length. */
export function norm(a: Float32Array): number {
  return Math.sqrt(dot(a, a));
}

/** a · factor, as a new vector. */
export function scale(a: Float32Array, factor: number): Float32Array {
  const product = new Float32Array(a.length);
  for (let i = 0; i < product.length; i++) product[i] = a[i]! * factor;
  return product;
}

/** a / |a| as a new vector; a zero vector stays zero, so that its cosine with anything is 0. */
export function normalize(a: Float32Array): Float32Array {
  const length = norm(a);
  return length > 0 ? scale(a, 1 / length) : new Float32Array(a.length);
}

export function add(a: Float32Array, b: Float32Array): Float32Array {
  if (a.length !== b.length)
    throw new RangeError(`expected vectors of one length, received ${a.length} and ${b.length}`);
  const sum = new Float32Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = a[i]! + b[i]!;
  return sum;
}

/** The element-wise mean of at least one vector. */
export function mean(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors;
  if (!first) throw new RangeError('expected at least one vector, received none');
  const sum = new Float64Array(first.length);
  for (const vector of vectors) {
    if (vector.length !== sum.length)
      throw new RangeError(`expected vectors of one length, received ${sum.length} and ${vector.length}`);
    for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  }
  return Float32Array.from(sum, (value) => value / vectors.length);
}

/** The q-quantile (0..1) by linear interpolation between order statistics; NaN for no values. */
export function quantile(values: ArrayLike<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const at = (sorted.length - 1) * Math.min(1, Math.max(0, q));
  const low = Math.floor(at);
  const high = Math.ceil(at);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (at - low);
}
