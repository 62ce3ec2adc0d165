/** What the page of a robustness evaluation is made of: what evaluateRobustness of src/app returns can be handed over as it is. */
import type { Estimate } from '../core/bootstrap.ts';
import type { Challenge } from '../image/transform/transformation.ts';
import type { Share } from '../search/evaluate/shares.ts';

/** Shares of the queries. */
export interface Found {
  readonly queries: number;
  /** The picture itself is the first, or among the first ten. */
  readonly itself: Readonly<Record<1 | 10, Share>>;
  /** Another picture of its label is. */
  readonly label?: Readonly<Record<1 | 10, Share>>;
}

export interface GradeResult extends Found {
  readonly grade: number;
  /** Share at 1 (of the label, else of itself) less that of the same queries untouched: a mean over queries, with its interval. */
  readonly change: Estimate;
}

export interface TransformationResult {
  readonly name: string;
  readonly title: string;
  readonly challenge: Challenge;
  /** What the grades are. */
  readonly measure: string;
  /** The grade that promises are made about. */
  readonly middle: number;
  readonly grades: readonly GradeResult[];
}

/** At the middle grade; each query counts by the mean over the challenge's transformations. Intervals are over the queries. */
export interface ChallengeResult {
  readonly challenge: Challenge;
  /** Their names. */
  readonly transformations: readonly string[];
  /** Share at 1, and at 10 (of the label, else of itself). */
  readonly right: Readonly<Record<1 | 10, Estimate>>;
  /** Of the share at 1, against the same queries untouched. */
  readonly change: Estimate;
}

export interface RobustnessReport {
  /** ISO 8601. */
  readonly date: string;
  readonly model: { readonly name: string };
  readonly catalog: { readonly name: string; readonly items: number };
  readonly seed: number;
  readonly label: string | null;
  /** What searching did besides comparing whole pictures. */
  readonly query: { readonly unframe?: boolean | undefined; readonly subject?: boolean | undefined };
  /** So many of the first hits were looked at more closely and ordered anew. */
  readonly rerank: number | null;
  /** The field that the first hits should agree on. */
  readonly agreeOn: string | null;
  readonly untouched: Found;
  readonly challenges: readonly ChallengeResult[];
  readonly transformations: readonly TransformationResult[];
  readonly problems: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}
