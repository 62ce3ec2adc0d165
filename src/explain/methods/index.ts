/** The registry of methods: a newcomer's method is one file here and one line below. */
import { AppError } from '../../core/errors.ts';
import { guidedMatch } from './guided-match.ts';
import { inputGradient } from './input-gradient.ts';
import { integratedGradients } from './integrated-gradients.ts';
import { match } from './match.ts';
import type { Method } from './method.ts';
import { occlusion } from './occlusion.ts';
import { saliency } from './saliency.ts';
import { smoothGrad } from './smooth-grad.ts';

/** All methods, the default first. */
export const methods: readonly Method[] = [
  guidedMatch,
  match,
  saliency('guided'),
  saliency('deconvnet'),
  saliency('gradient'),
  inputGradient,
  integratedGradients(),
  smoothGrad(),
  occlusion(),
];

export const defaultMethod = guidedMatch.name;

/** The method of that name. Throws USAGE naming the ones there are. */
export function methodNamed(name: string): Method {
  const method = methods.find((candidate) => candidate.name === name);
  if (method) return method;
  throw new AppError(
    'USAGE',
    `expected a method (${methods.map((known) => known.name).join(', ')}), received "${name}"`,
  );
}
