/**
 * Hits that agree on what the picture shows come first: search-based category prediction (Zhang et al. 2018, Visual Search at Alibaba), as a
 * soft prior instead of a cut. What it is worth is in docs/evaluation.md.
 */
import type { Json } from '../core/item.ts';
import { isName, temperature } from './name-vote.ts';

/**
 * To order hits by: value + T · ln(the share of the hit's name in the weight of all), where exp(value / T) is the weight of a hit (as when it
 * votes for a name, name-vote.ts). In weights: that of the hit, times that of its name. A hit without a name agrees with no other.
 */
export function agreed(values: readonly number[], names: readonly (Json | undefined)[]): number[] {
  const best = Math.max(...values);
  const weights = values.map((value) => Math.exp((value - best) / temperature));
  const keys = names.map((name, i) => (isName(name) ? name : i));
  const ofName = new Map<string | number, number>();
  for (const [i, key] of keys.entries()) ofName.set(key, (ofName.get(key) ?? 0) + weights[i]!);
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return values.map((value, i) => value + temperature * Math.log(ofName.get(keys[i]!)! / all));
}
