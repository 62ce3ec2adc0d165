/** Do things that are said with 80 % happen in 80 of 100 cases? */
import { type Share, wilson } from './shares.ts';

/** A probability that was given, and whether the event was there. */
export interface Forecast {
  readonly probability: number;
  readonly event: boolean;
}

/** One bar of a reliability diagram. */
export interface ReliabilityBin {
  /** Mean of the probabilities given. */
  readonly said: number;
  readonly happened: Share;
  readonly count: number;
}

export interface Reliability {
  /** The expected calibration error: |said - happened|, weighted by counts. */
  readonly error: number;
  /** Brier's score: the mean of (probability - event)². */
  readonly brier: number;
  readonly bins: readonly ReliabilityBin[];
}

/**
 * Bins of about equal counts, in the order of the probabilities: the adaptive form of Guo et al. 2017's diagram (Nguyen, O'Connor 2015), which
 * has no bins of a handful of forecasts.
 */
export function reliabilityOf(forecasts: readonly Forecast[], bins = 10): Reliability {
  const sorted = forecasts.toSorted((a, b) => a.probability - b.probability);
  const edges = Array.from({ length: bins + 1 }, (_, i) => Math.round((i * sorted.length) / bins));
  const filled = edges.slice(1).flatMap((end, i): ReliabilityBin[] => {
    const inside = sorted.slice(edges[i], end);
    if (inside.length === 0) return [];
    const said = inside.reduce((sum, { probability }) => sum + probability, 0) / inside.length;
    const happened = wilson(inside.filter(({ event }) => event).length, inside.length);
    return [{ said, happened, count: inside.length }];
  });
  const mean = (sum: number) => sum / Math.max(1, sorted.length);
  return {
    error: mean(
      filled.reduce((sum, { said, happened, count }) => sum + count * Math.abs(said - happened.value), 0),
    ),
    brier: mean(sorted.reduce((sum, { probability, event }) => sum + (probability - Number(event)) ** 2, 0)),
    bins: filled,
  };
}
