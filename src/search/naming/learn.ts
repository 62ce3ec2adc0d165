/** Learning names from examples, and saying how good they are by examples that were left out. */
import { throwIfAborted } from '../../core/errors.ts';
import type { LongRunning } from '../../core/progress.ts';
import { seededRandom, shuffled } from '../../core/random.ts';
import { signedRoots } from '../../core/vector.ts';
import {
  addExamples,
  type Discriminant,
  emptyScatter,
  fitDiscriminant,
  type Scatter,
  scoresOf,
  without,
} from './discriminant.ts';
import { type Share, wilson } from '../evaluate/shares.ts';
import { ExactIndex } from '../exact.ts';
import { type Vote, voteOf, voters } from './name-vote.ts';
import { type Namer, pooled, probabilitiesOf, reasonsFor, sharesOf, type Trust } from './namer.ts';

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
const pauseEvery = 16;

/** Comparing the tested with all examples shall take so many multiplications at most: seconds. */
const mostWork = 5e9;
const fewestTested = 200;
const mostTested = 2000;

interface CrossValidation {
  readonly examples: readonly Example[];
  /** By fold: what was learned from the others. */
  readonly heldOut: readonly Namer[];
  /** By the example's id. */
  readonly foldOf: ReadonlyMap<string, number>;
  readonly neighbours: Neighbours;
  readonly accuracy: Share;
}

export class LearnedNames {
  readonly namer: Namer;
  readonly examples: readonly Example[];
  /** Share of the examples that those name rightly who have not seen them. */
  readonly accuracy: Share;
  readonly #heldOut: readonly Namer[];
  readonly #foldOf: ReadonlyMap<string, number>;
  readonly #neighbours: Neighbours;

  constructor(namer: Namer, { examples, heldOut, foldOf, neighbours, accuracy }: CrossValidation) {
    this.namer = namer;
    this.examples = examples;
    this.accuracy = accuracy;
    this.#heldOut = heldOut;
    this.#foldOf = foldOf;
    this.#neighbours = neighbours;
  }

  /** The probability of each name. `unseen`: what those say who have not seen the example of this id; it must not vote either. */
  probabilities(
    embedding: Float32Array,
    vote: readonly Vote[],
    unseen?: string,
  ): ReadonlyMap<string, number> {
    const fold = unseen === undefined ? undefined : this.#foldOf.get(unseen);
    return probabilitiesOf(fold === undefined ? this.namer : this.#heldOut[fold]!, embedding, vote);
  }

  /** What those say of an example who have not seen it, with the vote of the nearest of the others. */
  judged(example: Example): ReadonlyMap<string, number> {
    return this.probabilities(example.embedding, this.#neighbours.vote(example), example.id);
  }

  /** (C): why those would give it a name (namer.ts). Throws RangeError for a name that was not learned. */
  reasons(example: Example, name: string): Float32Array {
    return reasonsFor(this.#heldOut[this.#foldOf.get(example.id)!]!, this.judged(example), name);
  }
}

/** The vote of the nearest of all other examples. */
class Neighbours {
  readonly #examples: readonly Example[];
  readonly #index: ExactIndex;

  constructor(examples: readonly Example[]) {
    this.#examples = examples;
    this.#index = new ExactIndex(examples[0]!.embedding.length);
    for (const [row, { embedding }] of examples.entries()) this.#index.add(row, embedding);
  }

  vote(example: Example): Vote[] {
    const { id, group, embedding } = example;
    const nearest = this.#index.search(embedding, voters, {
      filter: (row) => {
        const other = this.#examples[row]!;
        return other.id !== id && (group === undefined || other.group !== group);
      },
    });
    return voteOf(nearest.map(({ label: row, score }) => ({ value: this.#examples[row]!.name, score })));
  }
}

/**
 * Learns from all, and five times from four fifths, which measures whom to trust, and can be asked about the fifth left out. Yields to
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
        roots: signedRoots(embedding),
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
  const neighbours = new Neighbours(examples);
  const most = Math.min(mostTested, Math.max(fewestTested, mostWork / (examples.length * dimension)));
  const tested: Tested[] = [];
  for (const [i, example] of everyFew(examples, most).entries()) {
    const { id, name, embedding } = example;
    const scores = scoresOf(heldOut[foldOf.get(id)!]!, embedding);
    const label = numbers.get(name)!;
    // The only example of its name cannot be known without it.
    if (scores[label]! > -Infinity) {
      tested.push({ scores, shares: sharesOf(names, neighbours.vote(example)), label });
    }
    if (i % pauseEvery === 0) await pause(0);
  }
  const trust = trustFor(tested);
  const namerOf = (of: Discriminant): Namer => ({ names, discriminant: of, trust });
  const right = tested.filter(
    ({ scores, shares, label }) => indexOfMost(pooled(scores, shares, trust)) === label,
  ).length;
  return new LearnedNames(namerOf(discriminant), {
    examples,
    heldOut: heldOut.map(namerOf),
    foldOf,
    neighbours,
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
  /** (K) */
  readonly scores: Float64Array;
  readonly shares: Float64Array;
  readonly label: number;
}

/** From 1/4096 to 4, and none. */
const trustsInScores = [0, ...Array.from({ length: 29 }, (_, i) => 2 ** (i / 2 - 12))];
const trustsInVote = [0, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1, 5 / 4, 3 / 2];

/**
 * That with which the true names are least surprising, had one more example had any name (Laplace's rule): a few that are all right are no reason to be
 * certain. For names of many kinds of things the vote is more worth, for those of one kind the discriminant (docs/evaluation.md).
 */
function trustFor(tested: readonly Tested[]): Trust {
  const doubt = 1 / (tested.length + 1);
  let best = { trust: { scores: 1, vote: 0 }, surprise: Infinity };
  const consider = (trust: Trust) => {
    const surprise = tested.reduce((sum, one) => sum + surpriseOf(one, trust, doubt), 0);
    if (surprise < best.surprise) best = { trust, surprise };
  };
  // In turn, twice: the surprise is convex in both.
  for (let round = 0; round < 2; round++) {
    for (const scores of trustsInScores) consider({ scores, vote: best.trust.vote });
    for (const vote of trustsInVote) consider({ scores: best.trust.scores, vote });
  }
  return best.trust;
}

/** Cross-entropy of the probabilities with the true name, which is another with the probability `doubt`. */
function surpriseOf({ scores, shares, label }: Tested, trust: Trust, doubt: number): number {
  const probabilities = pooled(scores, shares, trust);
  let [sum, known] = [0, 0];
  for (const [k, probability] of probabilities.entries()) {
    if (scores[k] === -Infinity) continue;
    sum -= Math.log(Math.max(probability, 1e-12));
    known++;
  }
  return (1 - doubt) * -Math.log(Math.max(probabilities[label]!, 1e-12)) + (doubt * sum) / known;
}

/** So many, or a few less, from all parts of the list. */
function everyFew<T>(list: readonly T[], most: number): T[] {
  const step = Math.ceil(list.length / most);
  return list.filter((_, i) => i % step === 0);
}

const indexOfMost = (values: Float64Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
