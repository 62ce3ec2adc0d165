/** A share of trials, and how sure it is. */

/** With its 95 % confidence interval (Wilson 1927). */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The 95 % score interval of a share (Wilson 1927). */
export function wilson(successes: number, trials: number): Share {
  if (trials === 0) return { value: Number.NaN, low: 0, high: 1 };
  const z = 1.959964;
  const value = successes / trials;
  const middle = (value + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z / (1 + (z * z) / trials)) *
    Math.sqrt((value * (1 - value)) / trials + (z * z) / (4 * trials * trials));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
