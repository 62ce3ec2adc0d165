/** The review of duplicates, as it is asked for and answered. */
import { z } from 'zod';
import { duplicateTiers } from '../../app/duplicates.ts';
import { component, flag, itemId, wholeNumber } from './common.ts';
import { item } from './items.ts';

const tier = z.enum(duplicateTiers);

export const duplicateParameters = z.strictObject({
  tier: tier.optional().describe('Only pairs of this tier.'),
  limit: wholeNumber(1, 100).default(20).describe('The most pairs.'),
  offset: wholeNumber(0, 1_000_000)
    .default(0)
    .describe('So many of the surest pairs are left out: the pages before.'),
  again: flag.default(false).describe('Look for duplicates anew: a scope to write is needed.'),
});

const pair = component(
  'DuplicatePair',
  z.strictObject({
    tier,
    score: z.number(),
    pixels: z
      .strictObject({ difference: z.number(), correlation: z.number(), stretch: z.number() })
      .nullable()
      .describe('How the pixels compare (docs/duplicates.md); null for identical files and unreadable ones.'),
    a: item,
    b: item,
  }),
);
export type DuplicatePairAnswer = z.output<typeof pair>;

export const duplicates = component(
  'Duplicates',
  z.strictObject({
    status: z.enum(['ready', 'looking']).describe('looking: what is known so far is answered; ask again.'),
    progress: z.strictObject({ phase: z.string(), done: z.int(), total: z.int().nullable() }).nullable(),
    seq: z.int().nullable().describe('The change of the catalogue as of which was looked.'),
    changed: z.boolean().describe('The catalogue has changed since.'),
    tiers: z
      .strictObject({
        identical: z.int(),
        'same-picture': z.int(),
        'near-duplicate': z.int(),
        'look-alike': z.int(),
      })
      .describe('How many pairs there are of each tier.'),
    pairs: z.array(pair),
    more: z.boolean(),
  }),
);
export type DuplicatesAnswer = z.output<typeof duplicates>;

export const duplicateDecision = component(
  'DuplicateDecision',
  z.strictObject({
    decision: z
      .enum(['not-duplicate', 'undo', 'delete'])
      .describe('not-duplicate: never propose the two again; undo: do; delete: take `b` out, keep `a`.'),
    a: itemId,
    b: itemId,
  }),
);

export const decided = component('DuplicateDecided', z.strictObject({ changed: z.boolean() }));
