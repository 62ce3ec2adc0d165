/** What a score, and what a share of the vote, mean on a catalogue: fitted to rankings, and checked on queries that were not used. */
import { type ScoreCalibration, targets, type Likeness } from '../calibration.ts';
import { type Curve, firstAt, probabilityAt } from '../curve.ts';
import { type Vote, voteOf, votesWith } from '../naming/name-vote.ts';
import type { Naming } from '../naming/namer.ts';
import { isotonicCurve, type Observation } from './isotonic.ts';
import { type LabelledItem, textOf } from './labels.ts';
import type { Ranking } from './rankings.ts';
import { type Forecast, type Reliability, reliabilityOf } from './reliability.ts';
import { type Share, wilson } from './shares.ts';

/** Hits of a query that count: those that a page shows. A pair that search never shows says nothing about what it shows. */
const shown = 10;

/** Parts of the queries that are left out in turn. */
const folds = 5;

/** Fewer queries than this say too little. */
export const fewestQueries = 50;

export interface ScoreReport {
  readonly curve: Curve;
  readonly same: number | null;
  readonly similar: number | null;
  /** Of queries that were left out of the fit. */
  readonly reliability: Reliability;
  /** What the words are worth on queries that were left out: share of the hits that get the word, and how many of them are right. */
  readonly words: Readonly<Record<Likeness, { readonly hits: number; readonly right: Share }>>;
}

export interface NameReport {
  /** Of the vote alone. */
  readonly curve: Curve;
  /** Share of the queries whose first name is right. */
  readonly accuracy: Share;
  /** Of the shares of the vote as they are. */
  readonly shares: Reliability;
  /** Of the curve, on queries that were left out of the fit. */
  readonly reliability: Reliability;
  /** By what can be learned of names (naming/learn.ts); null where nothing can be. */
  readonly learned: { readonly accuracy: Share; readonly shares: Reliability } | null;
}

/** How a query is named by those who have not seen it. */
export type NamingOf = (query: LabelledItem) => Naming;

/** Undefined for fewer than 50 queries. */
export function calibrateScores(rankings: readonly Ranking[]): ScoreReport | undefined {
  if (rankings.length < fewestQueries) return undefined;
  const observe = ({ hits }: Ranking) =>
    hits.slice(0, shown).map(({ score, right }) => ({ at: score, event: right }));
  const { curve, forecasts, words } = crossValidated(rankings, observe);
  return { curve, ...thresholdsOf(curve), reliability: reliabilityOf(forecasts), words };
}

/** Undefined for fewer than 50 queries, and where labels are not texts. */
export function calibrateNames(rankings: readonly Ranking[], naming?: NamingOf): NameReport | undefined {
  const voted = rankings.flatMap(({ query, hits }) => {
    const vote = voteOf(hits.map(({ item, score }) => ({ value: item.label, score })));
    return vote.length > 0 ? [{ query, vote }] : [];
  });
  if (voted.length < fewestQueries) return undefined;
  const first = (of: (one: (typeof voted)[number]) => readonly Vote[]) =>
    voted.map((one) => {
      const { value, share } = of(one)[0]!;
      return { at: share, event: value === textOf(one.query.label) };
    });
  const votes = first(({ vote }) => vote);
  const { curve, forecasts } = crossValidated(votes, (vote) => [vote]);
  return {
    curve,
    ...worthOf(votes),
    reliability: reliabilityOf(forecasts),
    learned: naming ? worthOf(first(({ query, vote }) => votesWith(vote, naming(query)))) : null,
  };
}

function worthOf(names: readonly Observation[]) {
  return {
    accuracy: wilson(names.filter(({ event }) => event).length, names.length),
    shares: reliabilityOf(names.map(({ at, event }) => ({ probability: at, event }))),
  };
}

/** What is kept of it. */
export function scoreCalibration(
  { curve, same, similar, reliability }: ScoreReport,
  about: Pick<ScoreCalibration, 'label' | 'date' | 'queries'>,
): ScoreCalibration {
  return {
    ...about,
    curve: { at: [...curve.at], probability: [...curve.probability] },
    same,
    similar,
    error: reliability.error,
  };
}

function thresholdsOf(curve: Curve) {
  return { same: firstAt(curve, targets.same), similar: firstAt(curve, targets.similar) };
}

/** The curve of all, and what curves say of the fifth of the queries that they have not seen. */
function crossValidated<Query>(
  queries: readonly Query[],
  observe: (query: Query) => readonly Observation[],
): { readonly curve: Curve; readonly forecasts: readonly Forecast[]; readonly words: ScoreReport['words'] } {
  const forecasts: Forecast[] = [];
  const said: Record<Likeness, boolean[]> = { same: [], similar: [], weak: [] };
  for (let fold = 0; fold < folds; fold++) {
    const curve = isotonicCurve(queries.filter((_, i) => i % folds !== fold).flatMap(observe));
    const { same, similar } = thresholdsOf(curve);
    for (const { at, event } of queries.filter((_, i) => i % folds === fold).flatMap(observe)) {
      forecasts.push({ probability: probabilityAt(curve, at), event });
      const word = at >= (same ?? Infinity) ? 'same' : at >= (similar ?? Infinity) ? 'similar' : 'weak';
      said[word].push(event);
    }
  }
  const wordOf = (events: readonly boolean[]) => ({
    hits: events.length / forecasts.length,
    right: wilson(events.filter(Boolean).length, events.length),
  });
  return {
    curve: isotonicCurve(queries.flatMap(observe)),
    forecasts,
    words: { same: wordOf(said.same), similar: wordOf(said.similar), weak: wordOf(said.weak) },
  };
}
