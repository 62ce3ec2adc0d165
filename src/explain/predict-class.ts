/** The class of a picture, by the model's own classifier. */
import { AppError } from '../core/errors.ts';
import { batchItem, stack } from '../core/tensor.ts';
import type { Model } from '../model/model.ts';
import { batches } from './gradients.ts';
import type { Subject } from './subject.ts';

export interface ClassGuess {
  /** From 0; `class:N` names it as a target. */
  readonly index: number;
  /** The class's name, where the model's manifest has labels. */
  readonly label?: string;
  /** Before the softmax. */
  readonly logit: number;
  /** Softmax over all classes of the model; of how likely the model finds them among each other, not of how often it is right. */
  readonly probability: number;
}

/** For each picture its `top` likeliest classes, the likeliest first. Runs the head alone, on known features. Throws MODEL_NO_CLASSES. */
export async function predictClass(
  model: Model,
  subjects: readonly Subject[],
  top = 5,
): Promise<ClassGuess[][]> {
  const { labels } = model.classifier;
  const guesses: ClassGuess[][] = [];
  for (const batch of batches(subjects, model.batchSize)) {
    const logits = await model.classify(stack(batch.map(({ features }) => features)));
    guesses.push(...batch.map((_, i) => best(batchItem(logits, i).data, top, labels)));
  }
  return guesses;
}

/** The number of a class, given as a number or as its label, in any case. Throws MODEL_NO_CLASSES; USAGE when there is none of that name. */
export function classNamed(model: Model, text: string): number {
  const { labels = [], classes } = model.classifier;
  if (/^\d+$/.test(text) && Number(text) < classes) return Number(text);
  const wanted = text.toLowerCase();
  const index = labels.findIndex((label) => label.toLowerCase() === wanted);
  if (index >= 0) return index;
  const near = labels.filter((label) => label.toLowerCase().includes(wanted)).slice(0, 5);
  const hint = near.length > 0 ? `; there are ${near.map((label) => `"${label}"`).join(', ')}` : '';
  throw new AppError(
    'USAGE',
    `expected a class from 0 to ${classes - 1}${labels.length > 0 ? ' or its name' : ''}, received "${text}"${hint}`,
  );
}

function best(logits: Float32Array, top: number, labels: readonly string[] | undefined): ClassGuess[] {
  const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
  const order = [...logits.keys()].toSorted((a, b) => logits[b]! - logits[a]!);
  return order.slice(0, top).map((index) => {
    const logit = logits[index]!;
    const label = labels?.[index];
    const guess = { index, logit, probability: Math.exp(logit - highest) / total };
    return label === undefined ? guess : { ...guess, label };
  });
}
