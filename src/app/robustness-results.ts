/** What the searches of a robustness evaluation amount to: shares that are right, by transformation and grade, and by challenge. */
import { bootstrapMean, type Estimate } from '../core/bootstrap.ts';
import {
  type Challenge,
  challenges,
  middleGrade,
  type Transformation,
} from '../image/transform/transformation.ts';
import type {
  ChallengeResult,
  Found,
  RobustnessReport,
  TransformationResult,
} from '../report/robustness-input.ts';
import { wilson } from '../search/evaluate/shares.ts';

/** One search: where the picture itself and the first of its label stand, from 1; Infinity where they are not among the first ten. */
export interface Ranks {
  readonly itself: number;
  readonly label: number | undefined;
}

/** A picture's searches: untouched, and by the name of each transformation under its grades. Without those that need a mask where there is none. */
export interface QueryRanks {
  readonly untouched: Ranks;
  readonly transformed: ReadonlyMap<string, readonly Ranks[]>;
}

/** A search with a transformed picture, beside that with the same picture untouched. */
type Pair = Pick<QueryRanks, 'untouched'> & { readonly ranks: Ranks };

/** The seed is that of the intervals. */
export function robustnessResults(
  queries: readonly QueryRanks[],
  transformations: readonly Transformation[],
  seed: number,
): Pick<RobustnessReport, 'untouched' | 'challenges' | 'transformations'> {
  const mean = (values: readonly number[]) => bootstrapMean(values, seed);
  return {
    untouched: foundOf(queries.map(({ untouched }) => untouched)),
    challenges: challenges.flatMap((challenge) => {
      const own = transformations.filter((transformation) => transformation.challenge === challenge);
      return ofChallenge(challenge, own, queries, mean) ?? [];
    }),
    transformations: transformations.flatMap(
      (transformation) => ofTransformation(transformation, queries, mean) ?? [],
    ),
  };
}

type Mean = (values: readonly number[]) => Estimate;

function ofTransformation(
  transformation: Transformation,
  queries: readonly QueryRanks[],
  mean: Mean,
): TransformationResult | undefined {
  const { name, title, challenge, measure, grades } = transformation;
  const byGrade = grades.map((_, i) => queries.flatMap((query) => pairOf(query, name, i) ?? []));
  if (byGrade[0]!.length === 0) return undefined;
  return {
    name,
    title,
    challenge,
    measure,
    middle: middleGrade(transformation),
    grades: grades.map((grade, i) => ({
      grade,
      ...foundOf(byGrade[i]!.map(({ ranks }) => ranks)),
      change: mean(byGrade[i]!.map(change)),
    })),
  };
}

/** Of each query the mean over the challenge's transformations, at the middle grade. */
function ofChallenge(
  challenge: Challenge,
  own: readonly Transformation[],
  queries: readonly QueryRanks[],
  mean: Mean,
): ChallengeResult | undefined {
  const byQuery = queries
    .map((query) => own.flatMap((of) => pairOf(query, of.name, of.grades.indexOf(middleGrade(of))) ?? []))
    .filter((pairs) => pairs.length > 0);
  if (byQuery.length === 0) return undefined;
  const meanOf = (value: (pair: Pair) => number) =>
    mean(byQuery.map((pairs) => pairs.reduce((sum, pair) => sum + value(pair), 0) / pairs.length));
  return {
    challenge,
    transformations: own.map(({ name }) => name),
    right: { 1: meanOf(({ ranks }) => rightAt(ranks, 1)), 10: meanOf(({ ranks }) => rightAt(ranks, 10)) },
    change: meanOf(change),
  };
}

/** 1 where one of the first k hits is right, else 0. */
const rightAt = ({ itself, label }: Ranks, k: number): number => Number((label ?? itself) <= k);

const change = ({ ranks, untouched }: Pair): number => rightAt(ranks, 1) - rightAt(untouched, 1);

function pairOf(
  { untouched, transformed }: QueryRanks,
  transformation: string,
  grade: number,
): Pair | undefined {
  const ranks = transformed.get(transformation)?.[grade];
  return ranks && { ranks, untouched };
}

function foundOf(all: readonly Ranks[]): Found {
  const within = (rank: (ranks: Ranks) => number | undefined, k: number) =>
    wilson(all.filter((ranks) => (rank(ranks) ?? Infinity) <= k).length, all.length);
  const both = (rank: (ranks: Ranks) => number | undefined) => ({ 1: within(rank, 1), 10: within(rank, 10) });
  const found = { queries: all.length, itself: both(({ itself }) => itself) };
  return all[0]?.label === undefined ? found : { ...found, label: both(({ label }) => label) };
}
