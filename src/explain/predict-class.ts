/** The class of a picture, by the model's own classifier. */
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
