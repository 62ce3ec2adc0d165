/** What the server says: the types of the very schemas that it answers with. Types only; nothing of them reaches the browser. */
import type { z } from 'zod';
import type {
  correspondences,
  ExplanationAnswer,
  NameExplanationAnswer,
} from '../../../src/server/schemas/explanations.ts';
import type {
  duplicateDecision,
  DuplicatePairAnswer,
  DuplicatesAnswer,
} from '../../../src/server/schemas/duplicates.ts';
import type { ItemAnswer } from '../../../src/server/schemas/items.ts';
import type { SearchAnswer } from '../../../src/server/schemas/search.ts';
import type { FacetsAnswer, failures, info, stats } from '../../../src/server/schemas/service.ts';

export type { SearchAnswer };
export type AnsweredPicture = SearchAnswer['query'][number];
export type Hit = SearchAnswer['hits'][number];
export type Metadata = Hit['metadata'];

export type Explanation = ExplanationAnswer;
export type ExplainedSide = Explanation['query'];
export type NameExplanation = NameExplanationAnswer;
export type Correspondence = z.output<typeof correspondences>;
export type Side = 'query' | 'hit';

export type Item = ItemAnswer;
export type Facet = FacetsAnswer['fields'][number];
export type Stats = z.output<typeof stats>;
export type Failure = z.output<typeof failures>['failures'][number];
export type Duplicates = DuplicatesAnswer;
export type DuplicatePair = DuplicatePairAnswer;
export type DuplicateDecision = z.output<typeof duplicateDecision>;
export type Info = z.output<typeof info>;
