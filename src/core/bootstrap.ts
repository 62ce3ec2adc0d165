/** How sure a mean is. */
import { seededRandom } from './random.ts';
import { quantile } from './vector.ts';

/** A mean and the interval in which it lies with 95 % confidence. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  /** Values that it is the mean of. */
  readonly count: number;
}

/**
 * The percentile bootstrap (Efron 1979): means of `resamples` samples of the values, drawn with replacement; their 2.5 and 97.5
 * percentiles. The same seed gives the same interval. Throws RangeError for no values.
 */
export function bootstrapMean(values: readonly number[], seed: number, resamples = 2000): Estimate {
  return bootstrapRatio(
    values,
    values.map(() => 1),
    seed,
    resamples,
  );
}

/** As bootstrapMean, of the sum of some values over the sum of those that belong to them, which are above 0: a mean of ratios, weighted by what they divide by. */
export function bootstrapRatio(
  values: readonly number[],
  divisors: readonly number[],
  seed: number,
  resamples = 2000,
): Estimate {
  const count = values.length;
  if (count === 0) throw new RangeError('expected at least one value, received none');
  const random = seededRandom(seed);
  const ratios = Float64Array.from({ length: resamples }, () => {
    let [sum, divisor] = [0, 0];
    for (let i = 0; i < count; i++) {
      const drawn = Math.floor(random() * count);
      sum += values[drawn]!;
      divisor += divisors[drawn]!;
    }
    return sum / divisor;
  });
  const total = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0);
  const mean = total(values) / total(divisors);
  return { mean, low: quantile(ratios, 0.025), high: quantile(ratios, 0.975), count };
}
