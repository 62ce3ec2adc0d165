/** Many pairs in a table: means with their intervals, and mean curves. */
import type { Estimate } from '../../core/bootstrap.ts';
import { bootstrapMean } from '../../core/bootstrap.ts';
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
    const values = pairs.map((pair) => valueOf(pair, measure)).filter((value) => value !== undefined);
    return values.length > 0 ? [[measure, bootstrapMean(values, seed)] as const] : [];
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

function valueOf(pair: MethodMeasures, measure: MeasureName): number | undefined {
  if (measure === 'randomisation') return pair.randomisation?.at(-1);
  return pair[measure];
}

function meanOf(lists: readonly (readonly number[])[]): number[] {
  return lists[0]!.map((_, i) => lists.reduce((sum, list) => sum + list[i]!, 0) / lists.length);
}
