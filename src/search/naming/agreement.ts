/**
 * Hits that agree on what the picture shows come first: search-based category prediction (Zhang et al. 2018, Visual Search at Alibaba), as a
 * soft prior instead of a cut. What it is worth is in docs/evaluation.md.
 */
import type { Json } from '../../core/item.ts';
import { isName, temperature } from './name-vote.ts';

/** A name that is not among the learned is taken for so likely. */
const unlearned = 1e-3;

/**
 * To order hits by: value + T · ln(the share of the hit's name in the weight of all), where exp(value / T) is the weight of a hit (as when it
 * votes for a name, name-vote.ts). In weights: that of the hit, times that of its name; and times the probability of its name, as learned (namer.ts),
 * where something was. A hit without a name agrees with no other.
 */
export function agreed(
  values: readonly number[],
  names: readonly (Json | undefined)[],
  learned?: ReadonlyMap<string, number>,
): number[] {
  const best = Math.max(...values);
  const weights = values.map((value) => Math.exp((value - best) / temperature));
  const keys = names.map((name, i) => (isName(name) ? name : i));
  const ofName = new Map<string | number, number>();
  for (const [i, key] of keys.entries()) ofName.set(key, (ofName.get(key) ?? 0) + weights[i]!);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const probability = (key: string | number) =>
    learned ? unlearned + ((typeof key === 'string' ? learned.get(key) : undefined) ?? 0) : 1;
  return values.map((value, i) => {
    const key = keys[i]!;
    return value + temperature * Math.log((ofName.get(key)! / all) * probability(key));
  });
}
