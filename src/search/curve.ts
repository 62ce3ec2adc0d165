/** A probability that grows with a number, as a line through points: how calibrations are kept and used. */

/** Points with growing `at` and never falling `probability`; at least one. Plain data, so that it can be stored and sent. */
export interface Curve {
  readonly at: readonly number[];
  /** 0 to 1. */
  readonly probability: readonly number[];
}

/** Between points on the straight line; before the first and after the last as there. */
export function probabilityAt({ at, probability }: Curve, x: number): number {
  const next = at.findIndex((value) => value > x);
  if (next === 0) return probability[0]!;
  if (next < 0) return probability.at(-1)!;
  const [x0, x1] = [at[next - 1]!, at[next]!];
  const [p0, p1] = [probability[next - 1]!, probability[next]!];
  return p0 + ((p1 - p0) * (x - x0)) / (x1 - x0);
}

/** The least x with so large a probability; null where the curve does not reach it. */
export function firstAt({ at, probability }: Curve, target: number): number | null {
  const next = probability.findIndex((value) => value >= target);
  if (next < 0) return null;
  if (next === 0) return at[0]!;
  const [p0, p1] = [probability[next - 1]!, probability[next]!];
  return at[next - 1]! + ((at[next]! - at[next - 1]!) * (target - p0)) / (p1 - p0);
}
