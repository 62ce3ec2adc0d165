/** Names pictures by what was learned from examples, with a probability for each name. */
import { type Discriminant, scoresOf } from './discriminant.ts';

export interface Namer {
  /** (K) */
  readonly names: readonly string[];
  readonly discriminant: Discriminant;
  /** Scores are divided by it before the softmax, so that probabilities are right as often as they say (Guo et al. 2017). */
  readonly temperature: number;
}

/** The probability of each name, all together 1: softmax of score / temperature. 0 for a name without examples. */
export function probabilitiesOf(
  { names, discriminant, temperature }: Namer,
  embedding: Float32Array,
): ReadonlyMap<string, number> {
  const probabilities = softmax(scoresOf(discriminant, embedding), temperature);
  return new Map(names.map((name, k) => [name, probabilities[k]!]));
}

/**
 * (C): why this name rather than the others: what a picture's signed roots (discriminant.ts) are weighed with, so that their sum is, but for a constant, the log-odds of the name
 * to the others as they stand: (w_name - Σ_j≠name p_j/(1-p_name) w_j) / temperature. Throws RangeError for a name that was not learned.
 */
export function reasonsFor(namer: Namer, embedding: Float32Array, name: string): Float32Array {
  const { names, discriminant, temperature } = namer;
  const at = names.indexOf(name);
  if (at < 0) throw new RangeError(`expected one of the learned names, received "${name}"`);
  const scores = scoresOf(discriminant, embedding);
  scores[at] = -Infinity;
  const others = softmax(scores, temperature);
  const length = embedding.length;
  const reasons = new Float32Array(length);
  for (let k = 0; k < names.length; k++) {
    const share = (k === at ? 1 : -others[k]!) / temperature;
    for (let c = 0; c < length; c++) reasons[c]! += share * discriminant.weights[k * length + c]!;
  }
  return reasons;
}

export function softmax(scores: Float64Array, temperature: number): Float64Array {
  const best = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = scores.map((score) => Math.exp((score - best) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
