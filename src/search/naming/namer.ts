/** Names pictures by what was learned from examples, and by the vote of the nearest, with a probability for each name. */
import { type Discriminant, scoresOf } from './discriminant.ts';
import type { Vote } from './name-vote.ts';

/** How much the discriminant's scores and the vote count: a logarithmic opinion pool (Genest, Zidek 1986). */
export interface Trust {
  /** The scores are multiplied by it. */
  readonly scores: number;
  /** The shares of the vote are raised to it. */
  readonly vote: number;
}

export interface Namer {
  /** (K) */
  readonly names: readonly string[];
  readonly discriminant: Discriminant;
  readonly trust: Trust;
}

/** What those say whom the nearest have told their names (name-vote.ts). */
export type Naming = (vote: readonly Vote[]) => ReadonlyMap<string, number>;

/** A name that nobody votes for has this share: the vote alone does not rule it out. */
const novote = 1e-3;

/** The probability of each name, all together 1. 0 for a name without examples. */
export function probabilitiesOf(
  { names, discriminant, trust }: Namer,
  embedding: Float32Array,
  vote: readonly Vote[],
): ReadonlyMap<string, number> {
  const probabilities = pooled(scoresOf(discriminant, embedding), sharesOf(names, vote), trust);
  return new Map(names.map((name, k) => [name, probabilities[k]!]));
}

/** (K): each name's share of the vote. */
export function sharesOf(names: readonly string[], vote: readonly Vote[]): Float64Array {
  const shares = new Map(vote.map(({ value, share }) => [value, share]));
  return Float64Array.from(names, (name) => shares.get(name) ?? 0);
}

/** (K): in proportion to exp(trust.scores · score) · (share of the vote)^trust.vote. */
export function pooled(scores: Float64Array, shares: Float64Array, trust: Trust): Float64Array {
  const logs = scores.map((score, k) => trust.scores * score + trust.vote * Math.log(shares[k]! + novote));
  const best = logs.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = logs.map((log) => Math.exp(log - best));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/**
 * (C): why this name rather than the others: what a picture's signed roots (discriminant.ts) are weighed with, so that their sum is, but for a constant, the log-odds of the name
 * to the others as they stand: trust.scores · (w_name - Σ_j≠name p_j/(1-p_name) w_j), by the probabilities of all. The vote is no matter of pixels, and part of the
 * constant. Throws RangeError for a name that was not learned.
 */
export function reasonsFor(
  { names, discriminant, trust }: Namer,
  probabilities: ReadonlyMap<string, number>,
  name: string,
): Float32Array {
  const at = names.indexOf(name);
  if (at < 0) throw new RangeError(`expected one of the learned names, received "${name}"`);
  const others = names.map((other, k) => (k === at ? 0 : (probabilities.get(other) ?? 0)));
  // Where the name is certain to the last digit, all others are as far.
  const total = others.reduce((sum, value) => sum + value, 0) || 1;
  const length = discriminant.weights.length / names.length;
  const reasons = new Float32Array(length);
  for (let k = 0; k < names.length; k++) {
    const share = trust.scores * (k === at ? 1 : -others[k]! / total);
    for (let c = 0; c < length; c++) reasons[c]! += share * discriminant.weights[k * length + c]!;
  }
  return reasons;
}
