/** What the page of a retrieval evaluation is made of: what evaluateCatalogRetrieval of src/app returns can be handed over as it is. */
import type { Picture } from '../image/open.ts';
import type { NameReport, ScoreReport } from '../search/evaluate/calibrate.ts';
import type { RetrievalResult } from '../search/evaluate/retrieval.ts';

export interface RetrievalReport extends RetrievalResult {
  /** ISO 8601. */
  readonly date: string;
  readonly model: { readonly name: string };
  readonly catalog: { readonly name: string; readonly items: number };
  readonly label: string;
  readonly ignoreSame: string | null;
  readonly queriesFrom: string | null;
  /** So many of the first hits were looked at more closely and ordered anew. */
  readonly rerank: number | null;
  /** The field that the first hits should agree on. */
  readonly agreeOn: string | null;
  readonly scores: ScoreReport | null;
  readonly names: NameReport | null;
  readonly problems: readonly { readonly id: string; readonly code: string; readonly message: string }[];
}

/** Of confusions: "query ID" and "hit ID" to the picture. */
export type ConfusedPictures = ReadonlyMap<string, Picture>;

/** How much of the confusions a page shows. */
export const shownConfusions = { confusions: 8, examples: 4 } as const;
