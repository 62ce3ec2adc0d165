/**
 * The number beside each map: how far the score falls when what the map marks is blurred, against as much at random places; and
 * warnings where a map should not be trusted.
 */
import { throwIfAborted } from '../core/errors.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { seededRandom } from '../core/random.ts';
import type { Tensor } from '../core/tensor.ts';
import { stack } from '../core/tensor.ts';
import type { Model } from '../model/model.ts';
import { blurredCopy } from './baseline.ts';
import type { Warning } from './check-warnings.ts';
import { warningsOf } from './check-warnings.ts';
import type { BlockGrid } from './measures/blocks.ts';
import { blockGrid, blockOrder } from './measures/blocks.ts';
import { withBlocks } from './measures/perturbation.ts';
import { checkedPart, markedBlocks, randomBlocks } from './measures/quick-check.ts';
import { scoreAll } from './measures/score.ts';
import type { Subject } from './subject.ts';
import type { Job, Target } from './targets.ts';
import { scoreOf } from './targets.ts';

/** What the quick check found of one map. */
export interface Check {
  /** How far the score falls when the marked 20 % of the picture are blurred; below 0 where it rises. */
  readonly fall: number;
  /** The mean fall for three random choices of as much. */
  readonly randomFall: number;
  /** faithful: blurring the marked places lowers the score, and more than random ones do. */
  readonly verdict: 'faithful' | 'doubtful';
  /** The verdict in plain words. */
  readonly sentence: string;
  readonly warnings: readonly Warning[];
}

export interface CheckOptions {
  /** Makes the random choices; 1 when absent. */
  readonly seed?: number;
  /** What the jobs' target is, for the words; similarity when absent. */
  readonly target?: Target | 'name';
  readonly signal?: AbortSignal | undefined;
}

/**
 * Checks maps of the tensor's size, by method, each in the order of the jobs. All blurred pictures go through the network together: one
 * for each map and three for each picture, in one engine run where they fit the memory. Jobs about one picture share its random choices. Throws ABORTED.
 */
export async function quickChecks(
  model: Model,
  jobs: readonly Job[],
  maps: Readonly<Record<string, readonly HeatMap[]>>,
  { seed = 1, target = 'similarity', signal }: CheckOptions = {},
): Promise<Record<string, Check[]>> {
  throwIfAborted(signal);
  const subjects = [...new Set(jobs.map(({ subject }) => subject))];
  const trials = new Map(subjects.map((subject) => [subject, new Trial(subject, seed)]));
  const pictures: Tensor[] = [];
  const add = (picture: Tensor) => pictures.push(picture) - 1;
  const controls = new Map([...trials].map(([subject, trial]) => [subject, trial.controls().map(add)]));
  const marked = Object.entries(maps).map(
    ([name, own]) => [name, own.map((map, i) => add(trials.get(jobs[i]!.subject)!.marked(map)))] as const,
  );
  const untouched = await untouchedScores(model, jobs);
  const scores = await scoreAll(model, pictures, jobs);
  throwIfAborted(signal);
  const checks = marked.map(([name, places]) => {
    const warned = warningsOf(jobs, maps[name]!);
    return [
      name,
      places.map((place, i): Check => {
        const fallAt = (picture: number) => untouched[i]! - scores[i]![picture]!;
        const random = controls.get(jobs[i]!.subject)!.map(fallAt);
        const randomFall = random.reduce((sum, fall) => sum + fall, 0) / random.length;
        return verdictOf(fallAt(place), randomFall, target, warned[i]!);
      }),
    ] as const;
  });
  return Object.fromEntries(checks);
}

/** The score of each job's own picture, from what is known of it: no forward pass. */
async function untouchedScores(model: Model, jobs: readonly Job[]): Promise<number[]> {
  const scores: number[] = [];
  for (const job of jobs) {
    const { features, embedding } = job.subject;
    const output = job.at === 'logits' ? (await model.classify(stack([features]))).data : embedding;
    scores.push(scoreOf(job, output));
  }
  return scores;
}

/** A picture and its blurred copy. */
class Trial {
  readonly #subject: Subject;
  readonly #grid: BlockGrid;
  readonly #blurred: Tensor;
  readonly #seed: number;

  constructor(subject: Subject, seed: number) {
    this.#subject = subject;
    this.#grid = blockGrid(subject.content);
    this.#blurred = blurredCopy(subject.image, subject.content);
    this.#seed = seed;
  }

  /** With random blocks blurred, three times. */
  controls(): Tensor[] {
    const chosen = randomBlocks(this.#grid, seededRandom(this.#seed));
    return chosen.map((blocks) => this.#without(blocks));
  }

  /** With the most important blocks of a map blurred. */
  marked(map: HeatMap): Tensor {
    return this.#without(markedBlocks(this.#grid, blockOrder(map, this.#grid, seededRandom(this.#seed))));
  }

  #without(blocks: readonly number[]): Tensor {
    return withBlocks(this.#subject.image, this.#blurred, this.#grid, blocks);
  }
}

function verdictOf(
  fall: number,
  randomFall: number,
  target: Target | 'name',
  warnings: readonly Warning[],
): Check {
  const faithful = fall > 0 && fall > randomFall;
  const what = scoreWords(target);
  const [first, second] = [change(fall), change(randomFall)];
  const sentences = [
    `Blurring the marked ${Math.round(100 * checkedPart)} % ${first.verb} ${what} by ${first.amount}; ` +
      `blurring as much at random ${second.verb === first.verb ? '' : `${second.verb} it `}by ${second.amount}.`,
    faithful ? '' : 'The map does no better than chance: do not rely on it.',
    ...warnings.map(({ sentence }) => sentence),
  ];
  return {
    fall,
    randomFall,
    verdict: faithful ? 'faithful' : 'doubtful',
    sentence: sentences.filter((sentence) => sentence !== '').join(' '),
    warnings,
  };
}

function change(fall: number): { readonly verb: string; readonly amount: string } {
  const amount = Math.abs(fall).toFixed(2);
  return { verb: fall < 0 && Number(amount) > 0 ? 'raises' : 'lowers', amount };
}

function scoreWords(target: Target | 'name'): string {
  if (target === 'name') return 'the log-odds of the name';
  if (target === 'similarity' || target === 'cosine') return 'the similarity';
  if (target === 'contrast') return 'the lead over the other hits';
  return target.startsWith('class') ? 'the score of the class' : 'the activation';
}
