/**
 * What is being explained: a number that is linear in what the network makes of a picture, t(x) = <y(x), direction>, where y is the
 * embedding f(x) (the mean of the features) or the logits. The direction is the gradient of t with respect to y, which is the seed of
 * the backward pass. s = <e_q, e_p> is the cosine of query and hit.
 */
import { AppError } from '../core/errors.ts';
import { dot, mean, normalize, scale, signedRoots } from '../core/vector.ts';
import type { Model } from '../model/model.ts';
import type { Subject } from './subject.ts';

/** Targets that compare two pictures. */
export const targets = ['similarity', 'cosine', 'contrast'] as const;
export type PairTarget = (typeof targets)[number];
/** A channel of the embedding, or a class of the model's classifier, by its number from 0. They look at one picture alone. */
export type UnitTarget = `neuron:${number}` | `class:${number}`;
export type Target = PairTarget | UnitTarget;

/** Where in the network a direction applies. */
export type Site = 'embedding' | 'logits';

/** A picture and the direction in which the network's answer to it is judged. */
export interface Job {
  readonly subject: Subject;
  /** (C), or (K) at the logits. */
  readonly direction: Float32Array;
  /** embedding when absent. */
  readonly at?: Site;
  /**
   * The number that people see, of any other embedding (C) (or logits (K)), for methods that run changed pictures forward. t is its
   * stand-in that has a constant gradient: for a similarity t holds |f| constant, this is the cosine. t itself when absent.
   */
  readonly score?: (output: Float32Array) => number;
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
  target: PairTarget,
  others: readonly Subject[] = [],
): Job {
  const { unit } = counterpart;
  if (target === 'cosine') {
    const score = dot(subject.unit, unit);
    const across = unit.map((value, c) => value - score * subject.unit[c]!);
    return overNorm(subject, across, unit);
  }
  if (target === 'contrast' && others.length > 0) {
    const background = mean(others.map((other) => other.unit));
    const difference = unit.map((value, c) => value - background[c]!);
    return overNorm(subject, difference, difference);
  }
  return overNorm(subject, unit, unit);
}

/** direction / |f|; the number that people see is the cosine with `counterpart`, or a difference of cosines. */
function overNorm(subject: Subject, direction: Float32Array, counterpart: Float32Array): Job {
  return {
    subject,
    direction: scale(direction, subject.norm > 0 ? 1 / subject.norm : 0),
    score: (embedding) => dot(normalize(embedding), counterpart),
  };
}

/**
 * t(x) = f_c(x), the mean of one channel over its places: Springenberg's single neuron, with the rectifier's own scale, so that t can
 * be compared between pictures. Throws USAGE when there is no such channel.
 */
export function neuronJob(subject: Subject, channel: number): Job {
  return { subject, direction: oneHot(subject.embedding.length, channel, 'neuron') };
}

/**
 * t(x) = the logit of a class, before the softmax (Simonyan 2014: after it, t could also grow by lowering the other classes). Throws
 * MODEL_NO_CLASSES, and USAGE when there is no such class.
 */
export function classJob(model: Model, subject: Subject, index: number): Job {
  return { subject, direction: oneHot(model.classifier.classes, index, 'class'), at: 'logits' };
}

/**
 * t(x) = Σ_c weights_c · s(e_c) with the signed roots s(e) = sign(e) √|e| of the embedding of length 1: what a discriminant of names weighs
 * (search/naming). The direction is weights_c / (√|e_c| · |f|): with it the places' shares add up to t, while the derivative of t is half of it.
 */
export function rootsJob(subject: Subject, weights: Float32Array): Job {
  const { unit, norm } = subject;
  const direction = weights.map((weight, c) => {
    const root = Math.sqrt(Math.abs(unit[c]!));
    return root > 0 && norm > 0 ? weight / (root * norm) : 0;
  });
  const score = (embedding: Float32Array) => dot(signedRoots(normalize(embedding)), weights);
  return { subject, direction, score };
}

/** The job of any target. `counterpart` and `others` count for targets that compare pictures. */
export function jobFor(
  model: Model,
  target: Target,
  subject: Subject,
  counterpart: Subject,
  others: readonly Subject[] = [],
): Job {
  if (!isUnitTarget(target)) return pairJob(subject, counterpart, target, others);
  const index = Number(target.slice(target.indexOf(':') + 1));
  return target.startsWith('class') ? classJob(model, subject, index) : neuronJob(subject, index);
}

/** Is it neuron:N or class:N? */
export function isUnitTarget(target: string): target is UnitTarget {
  return /^(?:neuron|class):\d+$/.test(target);
}

/** "similarity", "neuron:17", "class:409". Throws USAGE naming what there is. */
export function parseTarget(text: string): Target {
  const pair = targets.find((name) => name === text);
  if (pair) return pair;
  if (isUnitTarget(text)) return text;
  throw new AppError(
    'USAGE',
    `expected a target (${targets.join(', ')}, neuron:N or class:N), received "${text}"`,
  );
}

/** What a job's number is for an output of the network at the job's site. */
export function scoreOf({ score, direction }: Job, output: Float32Array): number {
  return score ? score(output) : dot(output, direction);
}

/** A one in zeros. Throws USAGE when there is no such index. */
export function oneHot(length: number, index: number, what: 'neuron' | 'class'): Float32Array {
  if (!Number.isInteger(index) || index < 0 || index >= length) {
    throw new AppError('USAGE', `expected a ${what} from 0 to ${length - 1}, received ${index}`);
  }
  const direction = new Float32Array(length);
  direction[index] = 1;
  return direction;
}
