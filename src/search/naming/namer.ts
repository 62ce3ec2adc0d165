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

export function softmax(scores: Float64Array, temperature: number): Float64Array {
  const best = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = scores.map((score) => Math.exp((score - best) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
