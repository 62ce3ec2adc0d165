/** What a search is asked with, and what it answers. */
import { z } from 'zod';
import {
  component,
  filterText,
  flag,
  itemId,
  json,
  jsonText,
  metadata,
  nameList,
  numberText,
  rect,
  wholeNumber,
} from './common.ts';
import { mostReranked } from '../../explain/places.ts';
import { explanation } from './explanations.ts';

const sources = ['image', 'url', 'item', 'part', 'queryId'] as const;

/** The most pictures that one query may have. */
export const mostPictures = 8;

export const queryPicture = component(
  'QueryPicture',
  z
    .strictObject({
      image: z.string().min(1).optional().describe('The file in base64; a data: URI too.'),
      url: z.url().max(4096).optional(),
      item: itemId.optional(),
      part: z
        .string()
        .max(100)
        .optional()
        .describe('A file part of the multipart body: its name, or name:1 for the second of that name.'),
      queryId: z.string().max(1100).optional().describe('A picture of an earlier search.'),
      picture: z
        .int()
        .min(0)
        .max(mostPictures - 1)
        .optional()
        .describe('With queryId: which of its pictures.'),
      weight: z
        .number()
        .min(-10)
        .max(10)
        .refine((value) => value !== 0, 'expected another number than 0')
        .optional(),
      region: z.union([rect, z.literal('auto')]).optional(),
      ignore: z.array(rect).max(20).optional(),
      focus: itemId.optional().describe('What matched this item counts.'),
    })
    .refine((picture) => sources.filter((source) => picture[source] !== undefined).length === 1, {
      message: `expected exactly one of ${sources.join(', ')}`,
    }),
);
export type QueryPicture = z.output<typeof queryPicture>;

/** What the options of a search mean, in a body and in a query string. */
const meanings = {
  k: 'How many hits, at most; 10 when absent.',
  offset: 'So many of the best hits are left out: the pages before.',
  filter: 'Which items may be hits: the grammar of docs/filters.md; in a query string as JSON text.',
  groupBy: 'Only the best hit of each product.',
  minScore: 'Hits with a lower score (cosine) are left out.',
  diversity:
    'From 0, by score alone, to 1, as different from each other as can be (maximal marginal relevance).',
  fields: 'The metadata fields to send, in a query string with commas; all when absent.',
  explain: 'What comes with each hit: nothing, links to its maps (when absent), or the maps themselves.',
  methods: 'Of inline explanations: names of /v1/info.',
  target: 'What maps explain: the similarity (when absent), or the exact derivative of the cosine.',
  rerank:
    'So many of the first hits are looked at more closely, place by place and from nearer, and ordered anew; scores stay the cosines. One picture; not with diversity. 0: none; when absent as the server is set up (/v1/info, order).',
  agreeOn:
    'A metadata field, or product_id: of the first 50 hits (or those of rerank) those come first that have what the query most probably is by it: by a vote of the nearest, and by what was learned. Not with diversity. Empty: none; when absent as the server is set up (/v1/info, order).',
  exact: 'Compare with every item, past the index.',
  excludeSelf: 'Leave out the items that are the query; true when absent.',
  duplicates:
    'Say of each hit whether it is a copy of the query or of a better hit; pictures that are near are read for it.',
  unframe:
    'Look past a frame of one colour around a picture that is sent, as in screenshots; true when absent.',
} as const;

function described<Shape extends Partial<Record<keyof typeof meanings, z.ZodType>>>(shape: Shape): Shape {
  const entries = Object.entries(shape) as [keyof typeof meanings, z.ZodType][];
  return Object.fromEntries(
    entries.map(([name, schema]) => [name, schema.describe(meanings[name])]),
  ) as Shape;
}

const options = described({
  k: z.int().min(1).max(200).default(10),
  offset: z.int().min(0).max(10_000).default(0),
  filter: json.optional(),
  groupBy: z.literal('product').optional(),
  minScore: z.number().min(-1).max(1).optional(),
  diversity: z.number().min(0).max(1).optional(),
  fields: z.array(z.string().min(1)).max(50).optional(),
  explain: z.enum(['none', 'links', 'inline']).default('links'),
  methods: z.array(z.string()).min(1).max(8).optional(),
  target: z.enum(['similarity', 'cosine']).default('similarity'),
  rerank: z.int().min(0).max(mostReranked).optional(),
  agreeOn: z.string().max(200).optional(),
  exact: z.boolean().default(false),
  excludeSelf: z.boolean().default(true),
  duplicates: z.boolean().default(false),
  unframe: z.boolean().default(true),
});

export const searchOptions = z.strictObject(options);
export type SearchOptions = z.output<typeof searchOptions>;

export const searchRequest = component(
  'SearchRequest',
  z.strictObject({
    query: z.union([queryPicture, z.array(queryPicture).min(1).max(mostPictures)]).optional(),
    ...options,
  }),
);

/** The options as a query string has them. */
export const searchParameters = z.strictObject(
  described({
    k: wholeNumber(1, 200).optional(),
    offset: wholeNumber(0, 10_000).optional(),
    filter: filterText.optional(),
    groupBy: options.groupBy,
    minScore: numberText(-1, 1).optional(),
    diversity: numberText(0, 1).optional(),
    fields: nameList.optional(),
    explain: z.enum(['none', 'links', 'inline']).optional(),
    methods: nameList.optional(),
    target: z.enum(['similarity', 'cosine']).optional(),
    rerank: wholeNumber(0, mostReranked).optional(),
    agreeOn: options.agreeOn,
    exact: flag.optional(),
    excludeSelf: flag.optional(),
    duplicates: flag.optional(),
  }),
);

/** Those of a search with a raw picture as its body. */
export const rawSearchParameters = searchParameters.extend({
  ...described({ unframe: flag.optional() }),
  region: z
    .union([z.literal('auto'), jsonText(rect)])
    .optional()
    .describe(
      'The part of the picture to search with: a rectangle in its pixels as JSON text, or auto, the object that is found in it.',
    ),
});

const category = component(
  'CategoryGuess',
  z.strictObject({
    field: z.string(),
    value: z.string(),
    confidence: z.number().min(0).max(1).describe('In how many of such cases the name is right.'),
    by: z
      .enum(['vote', 'learned'])
      .describe('A vote of the nearest, or what the catalogue has learned of names.'),
    votes: z
      .array(z.strictObject({ value: z.string(), share: z.number() }))
      .describe('Shares of the vote, or probabilities; the first five.'),
    links: z
      .strictObject({ explanation: z.string().optional() })
      .describe('explanation: why this name, where it was learned and the query is remembered.'),
  }),
);

const duplicateOf = component(
  'DuplicateOf',
  z.strictObject({
    picture: z.int().nullable().describe('Which picture of the query it is a copy of; null: of a hit.'),
    hit: z.string().nullable().describe('The better hit on this page that it is a copy of.'),
    tier: z.enum(['identical', 'same-picture', 'near-duplicate']),
  }),
);

const hit = component(
  'Hit',
  z.strictObject({
    rank: z.int().min(1),
    id: z.string(),
    productId: z.string().nullable(),
    score: z.number(),
    likeness: z
      .enum(['same', 'similar', 'weak'])
      .optional()
      .describe(
        'What the score means on this catalogue: likely the same, similar, weak. Only where that was measured (whymatch evaluate retrieval --save).',
      ),
    looks: z
      .strictObject({ query: rect.nullable(), hit: rect.nullable() })
      .optional()
      .describe(
        'With rerank: the parts of query and hit, in pixels of their pictures, that were found most alike; null: the whole.',
      ),
    duplicateOf: duplicateOf.optional().describe('With duplicates=true, where it is a copy.'),
    width: z.int(),
    height: z.int(),
    metadata,
    links: z.strictObject({
      item: z.string(),
      image: z.string(),
      thumbnail: z.string(),
      explanation: z.string().optional(),
    }),
    explanations: z.array(explanation).optional().describe('With explain=inline, one for each method.'),
    problem: z
      .strictObject({ code: z.string(), message: z.string() })
      .optional()
      .describe('Why there is no explanation.'),
  }),
);

const region = component('Region', rect.extend({ score: z.number() }));

export const searchAnswer = component(
  'SearchAnswer',
  z.strictObject({
    queryId: z.string().nullable(),
    query: z.array(
      z.strictObject({
        picture: z.int(),
        weight: z.number(),
        item: z.string().nullable(),
        width: z.int(),
        height: z.int(),
        region: rect.nullable().describe('The part that was searched; null: all of it.'),
        unframed: z.boolean().describe('The region is what lies inside a frame (option unframe).'),
        regions: z.array(region),
        links: z.strictObject({ image: z.string().optional() }),
      }),
    ),
    category: category.nullable(),
    hits: z.array(hit),
    more: z.boolean(),
    matching: z.int().describe('Items that the filter lets through.'),
    method: z.string(),
    indexSeq: z.int(),
    timings: z.strictObject({
      read: z.number(),
      embed: z.number(),
      search: z.number(),
      explain: z.number(),
      total: z.number(),
    }),
  }),
);
export type SearchAnswer = z.output<typeof searchAnswer>;
