/**
 * What scores mean on one catalogue, learned from its labels (evaluate/calibrate.ts) and kept in it. Without it nothing is said: a cosine
 * of 0.8 is a close match for one model and a common one for another.
 */
import { z } from 'zod';
import { probabilityAt } from './curve.ts';

export type Likeness = 'same' | 'similar' | 'weak';

/** For people. */
export const likenessWords: Readonly<Record<Likeness, string>> = {
  same: 'likely the same',
  similar: 'similar',
  weak: 'weak',
};

const curve = z
  .object({ at: z.array(z.number()).min(1), probability: z.array(z.number().min(0).max(1)).min(1) })
  .refine(({ at, probability }) => at.length === probability.length);

const scoreCalibration = z.object({
  /** The metadata field (or product_id) whose equal values count as the same. */
  label: z.string(),
  /** ISO 8601. */
  date: z.string(),
  queries: z.int(),
  /** P(same label | score) for a hit among the first ten. */
  curve,
  /** From this score on a hit is the same with 90 %, and similar with 50 %; null where no score is so sure. */
  same: z.number().nullable(),
  similar: z.number().nullable(),
  /** Expected calibration error, by cross-validation. */
  error: z.number(),
});
export type ScoreCalibration = z.infer<typeof scoreCalibration>;

const measured = z.object({
  scores: scoreCalibration,
  /** By metadata field: the confidence of a name by its share of the vote (naming/name-vote.ts). */
  names: z.record(z.string(), curve),
});
export type Measured = z.infer<typeof measured>;

const catalogCalibration = measured.extend({
  format: z.literal('whymatch-calibration'),
  version: z.literal(1),
  /** Of the model whose scores these are. */
  fingerprint: z.string(),
  /** When the catalogue was made that was measured. */
  createdAt: z.number(),
});
export type CatalogCalibration = z.infer<typeof catalogCalibration>;

/** Probabilities at which a hit is called the same, and similar. */
export const targets = { same: 0.9, similar: 0.5 } as const;

export function likenessOf({ scores }: Measured, score: number): Likeness {
  if (scores.same !== null && score >= scores.same) return 'same';
  return scores.similar !== null && score >= scores.similar ? 'similar' : 'weak';
}

/** In how many of 1 cases a hit of this score is the same. */
export function probabilityOf({ scores }: Measured, score: number): number {
  return probabilityAt(scores.curve, score);
}

/** What was kept, where it is about this: undefined for another subject, another version, or what is damaged. */
export function parseCalibration(
  text: string,
  about: Pick<CatalogCalibration, 'fingerprint' | 'createdAt'>,
): CatalogCalibration | undefined {
  try {
    const { success, data } = catalogCalibration.safeParse(JSON.parse(text));
    if (!success || data.fingerprint !== about.fingerprint || data.createdAt !== about.createdAt)
      return undefined;
    return data;
  } catch {
    return undefined;
  }
}
