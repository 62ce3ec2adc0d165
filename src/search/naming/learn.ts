/** Learning names from examples, and saying how good they are by examples that were left out. */
import { throwIfAborted } from '../../core/errors.ts';
import type { LongRunning } from '../../core/progress.ts';
import { seededRandom, shuffled } from '../../core/random.ts';
import {
  addExamples,
  type Discriminant,
  emptyScatter,
  fitDiscriminant,
  rootsOf,
  type Scatter,
  scoresOf,
  without,
} from './discriminant.ts';
import { type Share, wilson } from '../evaluate/shares.ts';
import { type Namer, probabilitiesOf, softmax } from './namer.ts';

/** A picture whose name is known. */
export interface Example {
  readonly id: string;
  readonly name: string;
  readonly embedding: Float32Array;
  /** Examples of one group (say, of one product) are left out together. */
  readonly group?: string | undefined;
}

/** Parts of the examples that are left out in turn. */
const folds = 5;

/** Of so many examples the products are summed before others get their turn. */
const batchSize = 256;

/** Of so many, left out, temperature and accuracy are measured. */
const mostTested = 2000;

interface CrossValidation {
  /** By fold: what was learned from the others. */
  readonly heldOut: readonly Namer[];
  /** By the example's id. */
  readonly foldOf: ReadonlyMap<string, number>;
  readonly accuracy: Share;
}

export class LearnedNames {
  readonly namer: Namer;
  /** Share of the examples that those name rightly who have not seen them. */
  readonly accuracy: Share;
  readonly #heldOut: readonly Namer[];
  readonly #foldOf: ReadonlyMap<string, number>;

  constructor(namer: Namer, { heldOut, foldOf, accuracy }: CrossValidation) {
    this.namer = namer;
    this.accuracy = accuracy;
    this.#heldOut = heldOut;
    this.#foldOf = foldOf;
  }

  /** The probability of each name. `unseen`: what those say who have not seen the example of this id. */
  probabilities(embedding: Float32Array, unseen?: string): ReadonlyMap<string, number> {
    const fold = unseen === undefined ? undefined : this.#foldOf.get(unseen);
    return probabilitiesOf(fold === undefined ? this.namer : this.#heldOut[fold]!, embedding);
  }
}

/**
 * Learns from all, and five times from four fifths, which measures the temperature, and can be asked about the fifth left out. Yields to
 * the event loop. Throws RangeError for fewer than two names, and ABORTED.
 */
export async function learnNames(
  examples: readonly Example[],
  { onProgress, signal }: LongRunning = {},
): Promise<LearnedNames> {
  const names = [...new Set(examples.map(({ name }) => name))].toSorted();
  if (names.length < 2) throw new RangeError(`expected at least 2 names to learn, received ${names.length}`);
  const dimension = examples[0]!.embedding.length;
  const numbers = new Map(names.map((name, k) => [name, k]));
  const foldOf = foldsOf(examples);
  const parts = Array.from({ length: folds }, () => emptyScatter(names.length, dimension));
  const total = emptyScatter(names.length, dimension);
  const steps = examples.length + (folds + 1) * batchSize;
  let done = 0;
  const pause = async (step: number) => {
    done += step;
    onProgress?.({ phase: 'learn names', done, total: steps });
    await new Promise(setImmediate);
    throwIfAborted(signal);
  };
  for (const [fold, part] of parts.entries()) {
    const own = examples.filter(({ id }) => foldOf.get(id) === fold);
    for (let start = 0; start < own.length; start += batchSize) {
      const batch = own.slice(start, start + batchSize);
      const rows = batch.map(({ embedding, name }) => ({
        roots: rootsOf(embedding),
        label: numbers.get(name)!,
      }));
      addExamples(part, rows);
      await pause(batch.length);
    }
    addScatter(total, part);
  }
  const discriminant = fitDiscriminant(total);
  await pause(batchSize);
  const heldOut: Discriminant[] = [];
  for (const part of parts) {
    heldOut.push(fitDiscriminant(without(total, part)));
    await pause(batchSize);
  }
  const tested = everyFew(examples, mostTested).flatMap(({ id, name, embedding }) => {
    const scores = scoresOf(heldOut[foldOf.get(id)!]!, embedding);
    const label = numbers.get(name)!;
    // The only example of its name cannot be known without it.
    return scores[label]! > -Infinity ? [{ scores, label }] : [];
  });
  const temperature = temperatureFor(tested);
  const namerOf = (of: Discriminant): Namer => ({ names, discriminant: of, temperature });
  const right = tested.filter(({ scores, label }) => indexOfMost(scores) === label).length;
  return new LearnedNames(namerOf(discriminant), {
    heldOut: heldOut.map(namerOf),
    foldOf,
    accuracy: wilson(right, tested.length),
  });
}

/** Each name in all folds as evenly as its groups allow. */
function foldsOf(examples: readonly Example[]): Map<string, number> {
  const ofGroup = new Map<string, number>();
  const seen = new Map<string, number>();
  const result = new Map<string, number>();
  for (const { id, name, group } of shuffled(examples, seededRandom(1))) {
    const count = seen.get(name) ?? 0;
    const fold = (group === undefined ? undefined : ofGroup.get(group)) ?? count % folds;
    if (group === undefined || !ofGroup.has(group)) seen.set(name, count + 1);
    if (group !== undefined) ofGroup.set(group, fold);
    result.set(id, fold);
  }
  return result;
}

function addScatter(to: Scatter, part: Scatter): void {
  for (const key of ['counts', 'sums', 'products'] as const) {
    const [sum, values] = [to[key], part[key]];
    for (let i = 0; i < sum.length; i++) sum[i]! += values[i]!;
  }
}

interface Tested {
  readonly scores: Float64Array;
  readonly label: number;
}

/**
 * That at which the true names are least surprising (quarters of an octave from 1/4 to 4096), had one more example had any name (Laplace's rule): a few that are
 * all right are no reason to be certain.
 */
function temperatureFor(tested: readonly Tested[]): number {
  const doubt = 1 / (tested.length + 1);
  let best = { temperature: 1, surprise: Infinity };
  for (let step = -8; step <= 48; step++) {
    const temperature = 2 ** (step / 4);
    const surprise = tested.reduce((sum, one) => sum + surpriseOf(one, temperature, doubt), 0);
    if (surprise < best.surprise) best = { temperature, surprise };
  }
  return best.temperature;
}

/** Cross-entropy of the softmax with the true name, which is another with the probability `doubt`. */
function surpriseOf({ scores, label }: Tested, temperature: number, doubt: number): number {
  const known = scores.filter((score) => score > -Infinity);
  const logs = softmax(known, temperature).map((probability) => -Math.log(Math.max(probability, 1e-12)));
  const own = logs[known.indexOf(scores[label]!)]!;
  return (1 - doubt) * own + (doubt * logs.reduce((sum, value) => sum + value, 0)) / logs.length;
}

/** So many, or a few less, from all parts of the list. */
function everyFew<T>(list: readonly T[], most: number): T[] {
  const step = Math.ceil(list.length / most);
  return list.filter((_, i) => i % step === 0);
}

const indexOfMost = (values: Float64Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
