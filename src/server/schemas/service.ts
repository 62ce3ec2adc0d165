/** What the server says about the catalogue and itself. */
import { z } from 'zod';
import { component, filterText, nameList, wholeNumber } from './common.ts';

export const stats = component(
  'Stats',
  z.strictObject({
    items: z.int(),
    failures: z.int(),
    seq: z.int(),
    createdAt: z.iso.datetime(),
    model: z.strictObject({ name: z.string(), fingerprint: z.string(), dimension: z.int() }),
    index: z.strictObject({ method: z.string(), size: z.int(), seq: z.int() }),
    bytes: z.strictObject({ database: z.number(), index: z.number() }),
  }),
);

export const facetParameters = z.strictObject({
  fields: nameList.optional().describe('The metadata fields to count, with commas; all when absent.'),
  limit: wholeNumber(1, 1000).default(20).describe('The most values of a field.'),
  filter: filterText
    .optional()
    .describe(
      'Counts only what it lets through. A field that it names at its top level is counted without that condition: what choosing another value would give.',
    ),
});

export const facets = component(
  'Facets',
  z.strictObject({
    seq: z.int(),
    items: z.int(),
    fields: z.array(
      z.strictObject({
        name: z.string(),
        items: z.int().describe('How many items have it.'),
        distinct: z.int().describe('How many values were counted; at most 10000.'),
        values: z.array(
          z.strictObject({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.int() }),
        ),
        min: z.number().optional(),
        max: z.number().optional(),
      }),
    ),
  }),
);
export type FacetsAnswer = z.output<typeof facets>;

export const failureParameters = z.strictObject({
  limit: wholeNumber(1, 1000).default(200).describe('The most failures.'),
});

export const failures = component(
  'Failures',
  z.strictObject({
    count: z.int().describe('All there are; the list has the first of them, in the order of sources.'),
    failures: z.array(
      z.strictObject({
        source: z.string(),
        id: z.string().nullable(),
        code: z.string(),
        message: z.string(),
        collection: z.string().nullable().describe('The source that was being indexed.'),
        attempt: z.int(),
        at: z.iso.datetime(),
      }),
    ),
  }),
);

const fact = z.strictObject({ name: z.string(), title: z.string(), about: z.string(), source: z.string() });

export const info = component(
  'Info',
  z.strictObject({
    name: z.literal('whymatch'),
    version: z.string(),
    model: z.string(),
    methods: z.array(fact).describe('The default first.'),
    targets: z.array(z.string()),
    categoryField: z.string(),
    order: z
      .strictObject({ rerank: z.int(), agreeOn: z.string() })
      .describe('How hits are ordered where a search does not say; 0 and empty: by their scores.'),
    authentication: z.boolean(),
    scopes: z.array(z.string()).describe('What the key of this request may do.'),
    limits: z.strictObject({ pictureBytes: z.int(), picturePixels: z.int(), pictures: z.int() }),
  }),
);

export const health = component('Health', z.strictObject({ status: z.enum(['ok', 'starting', 'stopping']) }));
