/** Many pairs in a table: means with their intervals, and mean curves. */
import type { Estimate } from '../../core/bootstrap.ts';
import { bootstrapMean, bootstrapRatio } from '../../core/bootstrap.ts';
import { baselineMaps } from './baseline-maps.ts';
import type { MethodMeasures } from './measure-pair.ts';

/** The columns of the table. */
export const measureFacts = [
  {
    name: 'deletion',
    title: 'Deletion',
    better: 'lower',
    about:
      'Area under the score while blocks are blurred, the most important first; the untouched score is 1.',
  },
  {
    name: 'insertion',
    title: 'Insertion',
    better: 'higher',
    about: 'Area under the score while a blurred picture is restored, the most important blocks first.',
  },
  {
    name: 'normalisedDeletion',
    title: 'Normalised deletion',
    better: 'lower',
    about:
      'Deletion between its ends: 1 is the untouched score, 0 that of the picture blurred all over, which is another with every model.',
  },
  {
    name: 'normalisedInsertion',
    title: 'Normalised insertion',
    better: 'higher',
    about: 'Insertion between the same ends.',
  },
  {
    name: 'fall',
    title: 'Fall',
    better: 'higher',
    about: 'How far the score falls when the marked 20 % are blurred, as a part of the untouched score.',
  },
  {
    name: 'beatsRandom',
    title: 'Beats random',
    better: 'higher',
    about:
      'Share of maps for which that fall is larger than the mean fall of three random choices of as many blocks.',
  },
  {
    name: 'pointing',
    title: 'Pointing',
    better: 'higher',
    about: 'Share of maps whose maximum is on the object, by its mask.',
  },
  {
    name: 'energy',
    title: 'Energy',
    better: 'higher',
    about: 'Share of the map on the object, by its mask; a map that knows nothing gets the object’s area.',
  },
  {
    name: 'hitCorrelation',
    title: 'Hit correlation',
    better: 'lower',
    about:
      'Mean correlation of the query’s maps for different hits; 1 when the map does not depend on the hit.',
  },
  {
    name: 'randomisation',
    title: 'Randomised',
    better: 'neither',
    about:
      'Rank correlation with the map of the same model with all weights re-drawn. Near 1 is a warning: the map shows the picture’s edges. Not a ranking.',
  },
  {
    name: 'highFrequency',
    title: 'Noise',
    better: 'lower',
    about: 'Share of the map’s variation above half the Nyquist frequency; white noise has 0.80.',
  },
  {
    name: 'totalVariation',
    title: 'Variation',
    better: 'lower',
    about: 'Total variation against the map’s sum; uniform noise has 1.33.',
  },
] as const satisfies readonly MeasureFacts[];

export type MeasureName = (typeof measureFacts)[number]['name'];

/** What is read next to another model: not as it is, but beside random maps, which have other areas with every model, too. */
export const normalisedMeasures = ['normalisedDeletion', 'normalisedInsertion'] as const;

export interface MeasureFacts {
  readonly name: string;
  readonly title: string;
  readonly better: 'higher' | 'lower' | 'neither';
  /** What it is, in a sentence. */
  readonly about: string;
}

/** One line of the table. */
export interface MethodSummary {
  readonly name: string;
  readonly baseline: boolean;
  /** Over pairs. Absent where a measure was not taken: no masks, or no meaning for a baseline. */
  readonly measures: { readonly [Name in MeasureName]?: Estimate };
  /** Rank correlation by stage of the cascade, mean over pairs; absent for baselines. */
  readonly cascade?: readonly number[];
  /** Mean scores at equal steps from 0 to 1 of the picture. */
  readonly curves: { readonly deletion: readonly number[]; readonly insertion: readonly number[] };
  /** Next to each baseline, by its name. */
  readonly against: Readonly<Record<string, Readonly<Record<CurveMeasure, Comparison>>>>;
}

type CurveMeasure = 'deletion' | 'insertion';

/** What is measured on a pair, not on all of them. */
type PairMeasure = Exclude<MeasureName, (typeof normalisedMeasures)[number]>;

/** A method's curve next to a baseline's. */
export interface Comparison {
  /** By how much the method is better, pair by pair (below 0: worse): the mean over pairs. */
  readonly gain: Estimate;
  /** Are the means' intervals apart, the method's on the better side? It asks for more than a gain that is surely above 0. */
  readonly apart: boolean;
}

type Pair = Readonly<Record<string, MethodMeasures>>;

/** pairs: what measurePair returned for each, at least one. Lines in the order of the first pair. `seed` is that of the bootstrap. */
export function summarize(pairs: readonly Pair[], seed: number): MethodSummary[] {
  const known = new Set(baselineMaps.map(({ name }) => name));
  const lines = Object.keys(pairs[0] ?? {}).map((name) => lineOf(name, known.has(name), pairs, seed));
  return lines.map((line) => {
    const rivals = lines.filter((other) => other.baseline && other !== line);
    const against = rivals.map((rival) => [rival.name, comparison(line, rival, pairs, seed)] as const);
    return { ...line, against: Object.fromEntries(against) };
  });
}

type Line = Omit<MethodSummary, 'against'>;

function lineOf(name: string, baseline: boolean, all: readonly Pair[], seed: number): Line {
  const pairs = all.map((pair) => pair[name]!);
  const measures = measureFacts.flatMap(({ name: measure }) => {
    const estimate = estimateOf(pairs, measure, seed);
    return estimate ? [[measure, estimate] as const] : [];
  });
  const stages = pairs.flatMap(({ randomisation }) => (randomisation ? [randomisation] : []));
  return {
    name,
    baseline,
    measures: Object.fromEntries(measures),
    ...(stages.length > 0 ? { cascade: meanOf(stages) } : {}),
    curves: {
      deletion: meanOf(pairs.map(({ curves }) => curves.deletion)),
      insertion: meanOf(pairs.map(({ curves }) => curves.insertion)),
    },
  };
}

function comparison(line: Line, rival: Line, pairs: readonly Pair[], seed: number) {
  const gain = (measure: CurveMeasure, sign: 1 | -1) => {
    const difference = (pair: Pair) => pair[line.name]![measure] - pair[rival.name]![measure];
    return bootstrapMean(
      pairs.map((pair) => sign * difference(pair)),
      seed,
    );
  };
  const [own, other] = [line.measures, rival.measures];
  return {
    deletion: { gain: gain('deletion', -1), apart: own.deletion!.high < other.deletion!.low },
    insertion: { gain: gain('insertion', 1), apart: own.insertion!.low > other.insertion!.high },
  };
}

function estimateOf(
  pairs: readonly MethodMeasures[],
  measure: MeasureName,
  seed: number,
): Estimate | undefined {
  if (measure === 'normalisedDeletion') return betweenEnds(pairs, 'deletion', seed);
  if (measure === 'normalisedInsertion') return betweenEnds(pairs, 'insertion', seed);
  const values = pairs.map((pair) => valueOf(pair, measure)).filter((value) => value !== undefined);
  return values.length > 0 ? bootstrapMean(values, seed) : undefined;
}

/**
 * The area between the ends of its curve, the mean scores of untouched and of blurred pictures (Schulz et al. 2020, arXiv 2001.00396): areas of
 * different models are not comparable as they are, since each keeps another part of a score when all is gone (Edin et al. 2025, arXiv
 * 2408.08137). Without pairs whose score does not fall: there is nothing between their ends.
 */
function betweenEnds(
  all: readonly MethodMeasures[],
  measure: CurveMeasure,
  seed: number,
): Estimate | undefined {
  const endOf = ({ curves }: MethodMeasures) => curves.deletion.at(-1)!;
  const pairs = all.filter((pair) => endOf(pair) < 1);
  if (pairs.length === 0) return undefined;
  return bootstrapRatio(
    pairs.map((pair) => pair[measure] - endOf(pair)),
    pairs.map((pair) => 1 - endOf(pair)),
    seed,
  );
}

function valueOf(pair: MethodMeasures, measure: PairMeasure): number | undefined {
  if (measure === 'randomisation') return pair.randomisation?.at(-1);
  return pair[measure];
}

function meanOf(lists: readonly (readonly number[])[]): number[] {
  return lists[0]!.map((_, i) => lists.reduce((sum, list) => sum + list[i]!, 0) / lists.length);
}
