/**
 * What is being explained: a number that is linear in f(x), the mean of the picture's features, t(x) = <f(x), direction>. Its gradient
 * with respect to f is the direction, which is the seed of the backward pass. s = <e_q, e_p> is the cosine of query and hit.
 */
import { dot, mean, scale } from '../core/vector.ts';
import type { Subject } from './subject.ts';

export const targets = ['similarity', 'cosine', 'contrast'] as const;
export type Target = (typeof targets)[number];

/** A picture and the direction (C) in which its features are judged. */
export interface Job {
  readonly subject: Subject;
  readonly direction: Float32Array;
}

/**
 * The job that explains one picture of a pair.
 * - similarity: e_p / |f_q|, with |f_q| held constant. t(x) is the score itself.
 * - cosine: (e_p - s·e_q) / |f_q|, the exact derivative of the cosine. It vanishes as s -> 1.
 * - contrast: (e_p - mean of the others' e) / |f_q|: why this one rather than the others. Without others it is `similarity`.
 */
export function pairJob(
  subject: Subject,
  counterpart: Subject,
  target: Target,
  others: readonly Subject[] = [],
): Job {
  const overNorm = (direction: Float32Array): Job => ({
    subject,
    direction: scale(direction, subject.norm > 0 ? 1 / subject.norm : 0),
  });
  if (target === 'cosine') {
    const score = dot(subject.unit, counterpart.unit);
    return overNorm(counterpart.unit.map((value, c) => value - score * subject.unit[c]!));
  }
  if (target === 'contrast' && others.length > 0) {
    const background = mean(others.map(({ unit }) => unit));
    return overNorm(counterpart.unit.map((value, c) => value - background[c]!));
  }
  return overNorm(counterpart.unit);
}
