/**
 * What a report is made of. These types ask for as much of the results of searching and explaining as a page needs, so that they can be
 * handed over as they are.
 */
import type { LookedAtParts } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import type { AloneExplanation } from '../explain/explain-alone.ts';
import type { Explanation } from '../explain/explain.ts';
import type { Subject } from '../explain/subject.ts';
import type { Target } from '../explain/targets.ts';
import type { Picture } from '../image/open.ts';
import type { Placement } from '../image/placement.ts';
import type { Likeness } from '../search/calibration.ts';
import type { SearchMethod } from '../search/vector-index.ts';

export interface ReportPicture {
  readonly picture: Picture;
  readonly placement: Placement;
  readonly subject: Subject;
}

export interface ReportHit {
  readonly item: Item;
  readonly score: number;
  /** In words, where the catalogue was measured. */
  readonly likeness?: Likeness;
  /** `query`: where only a part of it was compared; `picture`: the hit. */
  readonly explained?: {
    readonly query?: ReportPicture;
    readonly picture: ReportPicture;
    readonly explanation: Explanation;
  };
  readonly looks?: LookedAtParts;
  /** Why there is no explanation. */
  readonly problem?: { readonly code: string; readonly message: string };
}

/** What every page says of itself. */
export interface ReportFacts {
  /** The model's name. */
  readonly model: string;
  /** similarity when absent. */
  readonly target?: Target;
  /** When the work was done; now when absent. */
  readonly date?: Date;
}

export interface SearchReport extends ReportFacts {
  readonly search: {
    readonly query: ReportPicture;
    readonly method: SearchMethod;
    /** Milliseconds. */
    readonly timings: { readonly query: number; readonly search: number; readonly explain?: number };
    /** What the query shows, as its neighbours name it. */
    readonly name?: { readonly value: string; readonly confidence: number } | null;
  };
  /** Best first. */
  readonly hits: readonly ReportHit[];
  readonly catalog: { readonly name: string; readonly items: number };
  /** Hits asked for; as many as there are when absent. */
  readonly k?: number;
  /** Why the query gets its name (search.name): maps of it alone, of which the first method's is shown. */
  readonly whyName?: { readonly value: string; readonly explanation: AloneExplanation };
}

export interface PairReport extends ReportFacts {
  readonly query: ReportPicture;
  readonly hit: ReportPicture;
  readonly explanation: Explanation;
}

/** A pair and everything that explains it: what one card shows. */
export interface Evidence {
  readonly query: ReportPicture;
  readonly hit: ReportPicture;
  readonly explanation: Explanation;
  readonly looks?: LookedAtParts;
}

export type Side = 'query' | 'hit';
