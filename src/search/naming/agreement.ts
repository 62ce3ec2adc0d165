/**
 * Hits that agree on what the picture shows come first: search-based category prediction (Zhang et al. 2018, Visual Search at Alibaba), as a
 * soft prior instead of a cut. What it is worth is in docs/evaluation.md.
 */
import type { Json } from '../../core/item.ts';
import { isName, temperature } from './name-vote.ts';

/** A name of which nothing is said is taken for so likely. */
const unsaid = 1e-3;

/**
 * To order hits by: value + T · ln(probability of the hit's name), where exp(value / T) is the weight of a hit. In weights: that of the hit, times the
 * probability of its name. That is the learned one (namer.ts), or the share of the name in the weight of all hits (as when they vote, name-vote.ts) where
 * nothing was learned. A hit without a name agrees with no other.
 */
export function agreed(
  values: readonly number[],
  names: readonly (Json | undefined)[],
  learned?: ReadonlyMap<string, number>,
): number[] {
  const probabilities = learned
    ? names.map((name) => unsaid + ((isName(name) ? learned.get(name) : undefined) ?? 0))
    : sharesOf(values, names);
  return values.map((value, i) => value + temperature * Math.log(probabilities[i]!));
}

/** Of each hit's name. */
function sharesOf(values: readonly number[], names: readonly (Json | undefined)[]): number[] {
  const best = Math.max(...values);
  const weights = values.map((value) => Math.exp((value - best) / temperature));
  const keys = names.map((name, i) => (isName(name) ? name : i));
  const ofName = new Map<string | number, number>();
  for (const [i, key] of keys.entries()) ofName.set(key, (ofName.get(key) ?? 0) + weights[i]!);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return keys.map((key) => ofName.get(key)! / all);
}
