/**
 * How often search finds what belongs together. Of the queries that have something to find:
 *
 *   recall at k   share with a right item among the first k
 *   mAP at k      mean of  Σ_i≤k precision(i)·right(i) / min(k, R),  R the number of right items
 *   mAP at R      the same with k = R for each query (Musgrave, Belongie, Lim 2020, arXiv 2003.08505)
 */
import { bootstrapMean, type Estimate } from '../../core/bootstrap.ts';
import { type LabelledItem, textOf } from './labels.ts';
import { averagePrecision, type Ranking, rankLabelled, type RankingOptions } from './rankings.ts';
import { type Share, wilson } from './shares.ts';

/** How often one label was taken for another: what was found first, and by which queries. */
export interface Confusion {
  readonly label: string;
  readonly takenFor: string;
  readonly queries: number;
  /** The surest mistakes first. */
  readonly examples: readonly { readonly query: string; readonly hit: string; readonly score: number }[];
}

export interface ClassResult {
  readonly label: string;
  readonly queries: number;
  readonly recallAt1: Share;
  readonly recallAt10: Share;
  readonly mapAt10: number;
  readonly mapAtR: number;
  /** The other label most often found first, and how often. */
  readonly mistakenFor?: { readonly label: string; readonly queries: number };
}

export interface RetrievalResult {
  readonly queries: number;
  /** Queries that nothing in the catalogue shares a label with. */
  readonly leftOut: number;
  readonly recall: Readonly<Record<1 | 5 | 10, Share>>;
  /** Intervals by bootstrap over queries. */
  readonly mapAt10: Estimate;
  readonly mapAtR: Estimate;
  /** The worst first. */
  readonly classes: readonly ClassResult[];
  /** The most frequent first. */
  readonly confusions: readonly Confusion[];
}

/** Throws RangeError for embeddings of different lengths, and ABORTED. */
export async function evaluateRetrieval(
  items: readonly LabelledItem[],
  options: RankingOptions = {},
): Promise<RetrievalResult> {
  const rankings = await rankLabelled(items, options);
  return summarizeRetrieval(rankings, (options.queries ?? items).length);
}

/** asked: how many queries there were, with those that had nothing to find. */
export function summarizeRetrieval(rankings: readonly Ranking[], asked: number): RetrievalResult {
  return {
    queries: rankings.length,
    leftOut: asked - rankings.length,
    recall: { 1: recallAt(rankings, 1), 5: recallAt(rankings, 5), 10: recallAt(rankings, 10) },
    mapAt10: meanOf(rankings.map((ranking) => precisionAt(ranking, 10))),
    mapAtR: meanOf(rankings.map(({ averagePrecisionAtR }) => averagePrecisionAtR)),
    classes: perClass(rankings),
    confusions: confusionsOf(rankings),
  };
}

function recallAt(rankings: readonly Ranking[], k: number): Share {
  const found = rankings.filter(({ hits }) => hits.slice(0, k).some(({ right }) => right));
  return wilson(found.length, rankings.length);
}

const precisionAt = ({ hits, relevant }: Ranking, k: number): number => averagePrecision(hits, relevant, k);

/** The seed is part of the measure: the same rankings give the same interval. */
function meanOf(values: readonly number[]): Estimate {
  return values.length > 0 ? bootstrapMean(values, 1) : { mean: Number.NaN, low: 0, high: 1, count: 0 };
}

function perClass(rankings: readonly Ranking[]): ClassResult[] {
  const classes = [...byLabel(rankings)].map(([label, own]): ClassResult => {
    const [worst] = confusionsOf(own);
    const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const result = {
      label,
      queries: own.length,
      recallAt1: recallAt(own, 1),
      recallAt10: recallAt(own, 10),
      mapAt10: mean(own.map((ranking) => precisionAt(ranking, 10))),
      mapAtR: mean(own.map(({ averagePrecisionAtR }) => averagePrecisionAtR)),
    };
    return worst ? { ...result, mistakenFor: { label: worst.takenFor, queries: worst.queries } } : result;
  });
  return classes.toSorted((a, b) => a.recallAt1.value - b.recallAt1.value || b.queries - a.queries);
}

function byLabel(rankings: readonly Ranking[]): Map<string, Ranking[]> {
  const groups = new Map<string, Ranking[]>();
  for (const ranking of rankings) {
    const label = textOf(ranking.query.label);
    const group = groups.get(label);
    if (group) group.push(ranking);
    else groups.set(label, [ranking]);
  }
  return groups;
}

/** Examples that are kept of each confusion. */
const mostExamples = 6;

function confusionsOf(rankings: readonly Ranking[]): Confusion[] {
  const all = new Map<
    string,
    { label: string; takenFor: string; examples: Confusion['examples'][number][] }
  >();
  for (const { query, hits } of rankings) {
    const [first] = hits;
    if (!first || first.right) continue;
    const [label, takenFor] = [textOf(query.label), textOf(first.item.label)];
    const key = JSON.stringify([label, takenFor]);
    const confusion = all.get(key) ?? { label, takenFor, examples: [] };
    confusion.examples.push({ query: query.id, hit: first.item.id, score: first.score });
    all.set(key, confusion);
  }
  return [...all.values()]
    .map(({ label, takenFor, examples }) => ({
      label,
      takenFor,
      queries: examples.length,
      examples: examples.toSorted((a, b) => b.score - a.score).slice(0, mostExamples),
    }))
    .toSorted((a, b) => b.queries - a.queries);
}
