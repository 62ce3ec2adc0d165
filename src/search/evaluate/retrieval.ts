/**
 * How often search finds what belongs together: leave one out over a catalogue. Every item is a query once; the others are ranked by
 * exact cosine; those with the query's label are relevant.
 *
 *   recall at k   share of queries with a relevant item among the first k (queries whose label no other item has are left out)
 *   mAP at k      mean over queries of  Σ_i≤k precision(i)·relevant(i) / min(k, relevant items)   (Musgrave et al. 2020 call k = R "mAP@R")
 */
import type { Json } from '../../core/item.ts';
import type { LongRunning } from '../../core/progress.ts';
import { throwIfAborted } from '../../core/errors.ts';
import { ExactIndex } from '../exact.ts';

/** An item as the measures see it. */
export interface LabelledItem {
  readonly id: string;
  readonly label: Json;
  /** Items of one group (say, of one product) are not compared with each other. */
  readonly group?: Json | undefined;
  readonly embedding: Float32Array;
}

/** A share with its 95 % confidence interval (Wilson 1927). */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface ClassResult {
  readonly label: string;
  readonly queries: number;
  readonly recallAt1: Share;
  /** The other label most often found first, and how often. */
  readonly mistakenFor?: { readonly label: string; readonly queries: number };
}

export interface RetrievalResult {
  readonly queries: number;
  /** Items that nothing else shares a label with. */
  readonly leftOut: number;
  readonly recall: Readonly<Record<number, Share>>;
  readonly mapAt10: number;
  readonly classes: readonly ClassResult[];
}

const depths = [1, 5, 10] as const;
const deepest = Math.max(...depths);

interface Outcome {
  readonly label: string;
  /** Labels of the first hits, best first. */
  readonly found: readonly string[];
  readonly relevant: number;
}

/** Throws RangeError for embeddings of different lengths. Yields to the event loop now and then. */
export async function evaluateRetrieval(
  items: readonly LabelledItem[],
  options: LongRunning = {},
): Promise<RetrievalResult> {
  const outcomes: Outcome[] = [];
  const index = new ExactIndex(items[0]?.embedding.length ?? 1, { capacity: items.length });
  for (const [row, { embedding }] of items.entries()) index.add(row, embedding);
  const labels = items.map(({ label }) => textOf(label));
  const groups = items.map(({ group }, row) => (group === undefined || group === null ? row : textOf(group)));
  const relevance = new Relevance(labels, groups);
  for (const [row, { embedding }] of items.entries()) {
    if (row % 64 === 0) {
      throwIfAborted(options.signal);
      options.onProgress?.({ phase: 'evaluate', done: row, total: items.length });
      await new Promise(setImmediate);
    }
    const relevant = relevance.count(row);
    if (relevant === 0) continue;
    const hits = index.search(embedding, deepest, {
      filter: (other) => other !== row && groups[other] !== groups[row],
    });
    outcomes.push({ label: labels[row]!, found: hits.map(({ label }) => labels[label]!), relevant });
  }
  options.onProgress?.({ phase: 'evaluate', done: items.length, total: items.length });
  return {
    queries: outcomes.length,
    leftOut: items.length - outcomes.length,
    recall: Object.fromEntries(depths.map((k) => [k, recallAt(outcomes, k)])),
    mapAt10:
      outcomes.reduce((sum, outcome) => sum + averagePrecision(outcome, 10), 0) /
      Math.max(1, outcomes.length),
    classes: perClass(outcomes),
  };
}

/** Counts the items that are relevant to a query: of its label, not of its group. */
class Relevance {
  readonly #labels: readonly string[];
  readonly #groups: readonly (string | number)[];
  readonly #ofLabel = new Map<string, number>();
  readonly #ofBoth = new Map<string, number>();

  constructor(labels: readonly string[], groups: readonly (string | number)[]) {
    this.#labels = labels;
    this.#groups = groups;
    for (const [row, label] of labels.entries()) {
      this.#ofLabel.set(label, (this.#ofLabel.get(label) ?? 0) + 1);
      this.#ofBoth.set(this.#both(row), (this.#ofBoth.get(this.#both(row)) ?? 0) + 1);
    }
  }

  count(row: number): number {
    return this.#ofLabel.get(this.#labels[row]!)! - this.#ofBoth.get(this.#both(row))!;
  }

  #both(row: number): string {
    return JSON.stringify([this.#labels[row], this.#groups[row]]);
  }
}

function recallAt(outcomes: readonly Outcome[], k: number): Share {
  return wilson(
    outcomes.filter(({ label, found }) => found.slice(0, k).includes(label)).length,
    outcomes.length,
  );
}

function averagePrecision({ label, found, relevant }: Outcome, k: number): number {
  let right = 0;
  let sum = 0;
  for (const [i, other] of found.slice(0, k).entries()) {
    if (other !== label) continue;
    right++;
    sum += right / (i + 1);
  }
  return sum / Math.min(k, relevant);
}

/** Classes, the worst first. */
function perClass(outcomes: readonly Outcome[]): ClassResult[] {
  const byLabel = new Map<string, Outcome[]>();
  for (const outcome of outcomes)
    byLabel.set(outcome.label, [...(byLabel.get(outcome.label) ?? []), outcome]);
  const classes = [...byLabel].map(([label, own]): ClassResult => {
    const mistakes = new Map<string, number>();
    for (const { found } of own) {
      const first = found[0];
      if (first !== undefined && first !== label) mistakes.set(first, (mistakes.get(first) ?? 0) + 1);
    }
    const [worst] = [...mistakes].toSorted(([, a], [, b]) => b - a);
    const result = { label, queries: own.length, recallAt1: recallAt(own, 1) };
    return worst ? { ...result, mistakenFor: { label: worst[0], queries: worst[1] } } : result;
  });
  return classes.toSorted((a, b) => a.recallAt1.value - b.recallAt1.value || b.queries - a.queries);
}

/** The 95 % score interval of a share (Wilson 1927). */
export function wilson(successes: number, trials: number): Share {
  if (trials === 0) return { value: Number.NaN, low: 0, high: 1 };
  const z = 1.959964;
  const value = successes / trials;
  const middle = (value + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half =
    (z / (1 + (z * z) / trials)) *
    Math.sqrt((value * (1 - value)) / trials + (z * z) / (4 * trials * trials));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

function textOf(label: Json): string {
  return typeof label === 'string' ? label : JSON.stringify(label);
}
