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
  const count = values.length;
  if (count === 0) throw new RangeError('expected at least one value, received none');
  const random = seededRandom(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[Math.floor(random() * count)]!;
    return sum / count;
  });
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  return { mean, low: quantile(means, 0.025), high: quantile(means, 0.975), count };
}
