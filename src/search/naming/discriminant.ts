/**
 * Linear discriminant analysis (Fisher 1936; Rao 1948): each class is taken for a normal distribution around its mean, with a covariance that all share, which is drawn
 * towards a multiple of the identity (Friedman 1989), for there may be fewer examples than values. A picture's score for a class is then linear.
 *
 * Of embeddings it takes signed square roots (Perronnin et al. 2010): channels that few pictures excite, but those strongly, say less than they seem to.
 */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { dotRow, signedRoots } from '../../core/vector.ts';

/** Scores K classes by embeddings (C). */
export interface Discriminant {
  /** (K,C) */
  readonly weights: Float32Array;
  /** (K); -Infinity for a class without examples. */
  readonly biases: Float32Array;
}

/** What is learned from, as sums, so that examples can be added, and parts of them be put together. */
export interface Scatter {
  /** (K) */
  readonly counts: Float64Array;
  /** (K,C): of the roots of each class. */
  readonly sums: Float64Array;
  /** (C,C), below the diagonal and on it: of the products of roots. */
  readonly products: Float64Array;
}

/**
 * How far the covariance is drawn to the identity: in the middle of 0.3 to 0.5, which named best on the development sets (docs/evaluation.md); from 0.2 to 0.7 a
 * point or two is lost.
 */
const shrinkage = 0.4;

export function emptyScatter(classes: number, dimension: number): Scatter {
  return {
    counts: new Float64Array(classes),
    sums: new Float64Array(classes * dimension),
    products: new Float64Array(dimension * dimension),
  };
}

/** Adds examples: the roots of their embeddings, and their classes. */
export function addExamples(
  { counts, sums, products }: Scatter,
  examples: readonly { readonly roots: Float32Array; readonly label: number }[],
): void {
  for (const { roots, label } of examples) {
    counts[label]!++;
    const start = label * roots.length;
    for (let c = 0; c < roots.length; c++) sums[start + c]! += roots[c]!;
  }
  addProducts(
    products,
    examples.map(({ roots }) => roots),
  );
}

/** Of all of these together; at least one. */
export function sumOf(parts: readonly Scatter[]): Scatter {
  const sum = (of: keyof Scatter) => {
    const total = parts[0]![of].slice();
    for (const part of parts.slice(1)) for (let i = 0; i < total.length; i++) total[i]! += part[of][i]!;
    return total;
  };
  return { counts: sum('counts'), sums: sum('sums'), products: sum('products') };
}

/** Learns from sums: weights Σ⁻¹μ and biases -½ μᵀΣ⁻¹μ; all classes are as likely beforehand. */
export function fitDiscriminant({ counts, sums, products }: Scatter): Discriminant {
  const classes = counts.length;
  const dimension = sums.length / classes;
  const covariance = sharedCovariance({ counts, sums, products });
  const means = new Matrix(dimension, classes);
  for (let k = 0; k < classes; k++) {
    for (let c = 0; c < dimension; c++) means.set(c, k, sums[k * dimension + c]! / Math.max(1, counts[k]!));
  }
  const solved = new CholeskyDecomposition(covariance).solve(means);
  const weights = new Float32Array(classes * dimension);
  const biases = new Float32Array(classes).fill(-Infinity);
  for (let k = 0; k < classes; k++) {
    if (counts[k] === 0) continue;
    let square = 0;
    for (let c = 0; c < dimension; c++) {
      const weight = solved.get(c, k);
      weights[k * dimension + c] = weight;
      square += weight * means.get(c, k);
    }
    biases[k] = -square / 2;
  }
  return { weights, biases };
}

/** (K): differences of scores are log-likelihood ratios, as far as the distributions are what they are taken for. */
export function scoresOf({ weights, biases }: Discriminant, embedding: Float32Array): Float64Array {
  const roots = Float64Array.from(signedRoots(embedding));
  const scores = Float64Array.from(biases);
  for (let k = 0; k < scores.length; k++) {
    if (biases[k] === -Infinity) continue;
    scores[k]! += dotRow(weights, k * roots.length, roots);
  }
  return scores;
}

/** Within classes, shrunk. */
function sharedCovariance({ counts, sums, products }: Scatter): Matrix {
  const classes = counts.length;
  const dimension = sums.length / classes;
  const examples = counts.reduce((sum, count) => sum + count, 0);
  const present = counts.filter((count) => count > 0).length;
  const between = new Float64Array(products.length);
  const scaled = Array.from(counts, (count, k) =>
    sums.subarray(k * dimension, (k + 1) * dimension).map((sum) => sum / Math.sqrt(Math.max(1, count))),
  );
  addProducts(between, scaled);
  const freedom = Math.max(1, examples - present);
  let trace = 0;
  for (let c = 0; c < dimension; c++) trace += products[c * (dimension + 1)]! - between[c * (dimension + 1)]!;
  // One example a class, or all alike: then the nearest mean counts.
  const variance = Math.max(trace / freedom / dimension, 1e-9);
  const covariance = new Matrix(dimension, dimension);
  for (let i = 0; i < dimension; i++) {
    for (let j = 0; j <= i; j++) {
      const at = i * dimension + j;
      const within = ((1 - shrinkage) * (products[at]! - between[at]!)) / freedom;
      const value = within + (i === j ? shrinkage * variance : 0);
      covariance.set(i, j, value);
      covariance.set(j, i, value);
    }
  }
  return covariance;
}

/** Adds the products of the values of each row to those below the diagonal and on it. */
function addProducts(products: Float64Array, rows: readonly (Float32Array | Float64Array)[]): void {
  const dimension = rows[0]?.length ?? 0;
  const nothing = new Float64Array(dimension);
  // Four rows in one pass: the sums need not be fetched and stored for each.
  for (let n = 0; n < rows.length; n += 4) {
    const a = Float64Array.from(rows[n]!);
    const [b, c, d] = [1, 2, 3].map((next) =>
      rows[n + next] ? Float64Array.from(rows[n + next]!) : nothing,
    );
    addFour(products, [a, b!, c!, d!]);
  }
}

type Four = readonly [Float64Array, Float64Array, Float64Array, Float64Array];

function addFour(products: Float64Array, [a, b, c, d]: Four): void {
  const dimension = a.length;
  for (let i = 0; i < dimension; i++) {
    const [ai, bi, ci, di] = [a[i]!, b[i]!, c[i]!, d[i]!];
    const start = i * dimension;
    for (let j = 0; j <= i; j++) products[start + j]! += ai * a[j]! + bi * b[j]! + ci * c[j]! + di * d[j]!;
  }
}
