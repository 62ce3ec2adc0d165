/** What the page of an evaluation is made of: what evaluateExplanations of src/app returns can be handed over as it is. */
import type { MethodSummary } from '../explain/measures/summary.ts';

export interface EvaluationReport {
  /** ISO 8601. */
  readonly date: string;
  readonly model: { readonly name: string };
  readonly catalog: { readonly name: string; readonly items: number };
  readonly seed: number;
  /** How many, and their mean score. */
  readonly pairs: number;
  readonly score: number;
  readonly problems: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  readonly methods: readonly MethodSummary[];
}
