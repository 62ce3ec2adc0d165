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
  sumOf,
} from './discriminant.ts';
import { type Share, wilson } from '../evaluate/shares.ts';
import { ExactIndex } from '../exact.ts';
import { type Vote, voteOf, voters } from './name-vote.ts';
import { type Namer, pooled, probabilitiesOf, reasonsFor, sharesOf } from './namer.ts';
import { type Tested, trustFor } from './trust.ts';

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
  running: LongRunning = {},
): Promise<LearnedNames> {
  const names = [...new Set(examples.map(({ name }) => name))].toSorted();
  if (names.length < 2) throw new RangeError(`expected at least 2 names to learn, received ${names.length}`);
  const course = new Course(examples, names, running);
  const parts = await course.sumFolds();
  const discriminant = await course.fit(parts);
  const heldOut: Discriminant[] = [];
  for (const part of parts) heldOut.push(await course.fit(parts.filter((other) => other !== part)));
  const tested = await course.test(heldOut);
  const trust = trustFor(tested);
  const namerOf = (of: Discriminant): Namer => ({ names, discriminant: of, trust });
  const right = tested.filter(
    ({ scores, shares, label }) => indexOfMost(pooled(scores, shares, trust)) === label,
  ).length;
  const { foldOf, neighbours } = course;
  return new LearnedNames(namerOf(discriminant), {
    examples,
    heldOut: heldOut.map(namerOf),
    foldOf,
    neighbours,
    accuracy: wilson(right, tested.length),
  });
}

/** The steps of learning, between which others get their turn. */
class Course {
  readonly foldOf: ReadonlyMap<string, number>;
  readonly neighbours: Neighbours;
  readonly #examples: readonly Example[];
  readonly #names: readonly string[];
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #dimension: number;
  readonly #running: LongRunning;
  #done = 0;

  constructor(examples: readonly Example[], names: readonly string[], running: LongRunning) {
    this.foldOf = foldsOf(examples);
    this.neighbours = new Neighbours(examples);
    this.#examples = examples;
    this.#names = names;
    this.#numbers = new Map(names.map((name, k) => [name, k]));
    this.#dimension = examples[0]!.embedding.length;
    this.#running = running;
  }

  /** What each fold's examples add up to. */
  async sumFolds(): Promise<Scatter[]> {
    const parts = Array.from({ length: folds }, () => emptyScatter(this.#names.length, this.#dimension));
    for (const [fold, part] of parts.entries()) {
      const own = this.#examples.filter(({ id }) => this.foldOf.get(id) === fold);
      for (let start = 0; start < own.length; start += batchSize) {
        const batch = own.slice(start, start + batchSize);
        const rows = batch.map(({ embedding, name }) => ({
          roots: signedRoots(embedding),
          label: this.#numbers.get(name)!,
        }));
        addExamples(part, rows);
        await this.#pause(batch.length);
      }
    }
    return parts;
  }

  /** Learns from all of these. */
  async fit(parts: readonly Scatter[]): Promise<Discriminant> {
    const discriminant = fitDiscriminant(sumOf(parts));
    await this.#pause(batchSize);
    return discriminant;
  }

  /** What is said of some examples by those who have not seen them. */
  async test(heldOut: readonly Discriminant[]): Promise<Tested[]> {
    const work = this.#examples.length * this.#dimension;
    const most = Math.min(mostTested, Math.max(fewestTested, mostWork / work));
    const tested: Tested[] = [];
    for (const [i, example] of everyFew(this.#examples, most).entries()) {
      const scores = scoresOf(heldOut[this.foldOf.get(example.id)!]!, example.embedding);
      const label = this.#numbers.get(example.name)!;
      // The only example of its name cannot be known without it.
      if (scores[label]! > -Infinity) {
        const shares = sharesOf(this.#names, this.neighbours.vote(example));
        tested.push({ scores, shares, label });
      }
      if (i % pauseEvery === 0) await this.#pause(0);
    }
    return tested;
  }

  async #pause(step: number): Promise<void> {
    const { onProgress, signal } = this.#running;
    this.#done += step;
    const total = this.#examples.length + (folds + 1) * batchSize;
    onProgress?.({ phase: 'learn names', done: this.#done, total });
    await new Promise(setImmediate);
    throwIfAborted(signal);
  }
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

/** So many, or a few less, from all parts of the list. */
function everyFew<T>(list: readonly T[], most: number): T[] {
  const step = Math.ceil(list.length / most);
  return list.filter((_, i) => i % step === 0);
}

const indexOfMost = (values: Float64Array): number =>
  values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
