/** Principal components of a catalogue's embeddings, and what dividing by their deviations does to a cosine. */
import { normalize } from '../../src/core/vector.ts';

export interface Components {
  readonly mean: Float64Array;
  /** The largest first. */
  readonly variances: Float64Array;
  /** Row i is the direction of variance i. */
  readonly directions: readonly Float64Array[];
}

export function componentsOf(vectors: readonly Float32Array[]): Components {
  const dimension = vectors[0]!.length;
  const mean = new Float64Array(dimension);
  for (const vector of vectors) for (let i = 0; i < dimension; i++) mean[i]! += vector[i]! / vectors.length;
  const matrix = Array.from({ length: dimension }, () => new Float64Array(dimension));
  for (const vector of vectors) {
    for (let i = 0; i < dimension; i++) {
      const value = (vector[i]! - mean[i]!) / vectors.length;
      const row = matrix[i]!;
      for (let j = 0; j <= i; j++) row[j]! += value * (vector[j]! - mean[j]!);
    }
  }
  for (let i = 0; i < dimension; i++) for (let j = 0; j < i; j++) matrix[j]![i] = matrix[i]![j]!;
  return { mean, ...eigen(matrix) };
}

/** (x - mean) along the first `count` components, each divided by deviation^power; of length 1. */
export function whitened(
  vector: Float32Array,
  { mean, variances, directions }: Components,
  {
    count,
    power,
    centre = true,
  }: { readonly count: number; readonly power: number; readonly centre?: boolean },
): Float32Array {
  const out = new Float32Array(Math.min(count, variances.length));
  const floor = 1e-3 * variances[0]!;
  for (let k = 0; k < out.length; k++) {
    const direction = directions[k]!;
    let sum = 0;
    for (let i = 0; i < vector.length; i++) sum += direction[i]! * (vector[i]! - (centre ? mean[i]! : 0));
    out[k] = sum / Math.max(variances[k]!, floor) ** (power / 2);
  }
  return normalize(out);
}

/** Jacobi's rotations (1846), in cycles, until the matrix is diagonal. */
function eigen(a: Float64Array[]): Pick<Components, 'variances' | 'directions'> {
  const n = a.length;
  const v = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => Number(i === j)));
  for (let sweep = 0; sweep < 12; sweep++) {
    const squares = (keep: (i: number, j: number) => boolean) =>
      a.reduce(
        (sum, row, i) => row.reduce((all, value, j) => (keep(i, j) ? all + value * value : all), sum),
        0,
      );
    if (squares((i, j) => i !== j) < 1e-14 * squares((i, j) => i === j)) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => a[j]![j]! - a[i]![i]!);
  return {
    variances: Float64Array.from(order, (i) => Math.max(0, a[i]![i]!)),
    directions: order.map((i) => v[i]!),
  };
}

/** Rows of `v` are the eigenvectors so far. */
function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number): void {
  const apq = a[p]![q]!;
  if (Math.abs(apq) < 1e-18) return;
  const theta = (a[q]![q]! - a[p]![p]!) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  const [rowP, rowQ, vp, vq] = [a[p]!, a[q]!, v[p]!, v[q]!];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [rowP[k]!, rowQ[k]!];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
    const [u, w] = [vp[k]!, vq[k]!];
    vp[k] = c * u - s * w;
    vq[k] = s * u + c * w;
  }
  for (const row of a) {
    const [x, y] = [row[p]!, row[q]!];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
}
