/** What is asked about a pair of query and hit, and what is answered. */
import { z } from 'zod';
import { component, flag, itemId, numberText, point, rect, rectText, size, wholeNumber } from './common.ts';

export const queryId = z.string().min(1).max(1100).describe('The queryId of a search, or item:ID.');

export const pairParams = z.strictObject({ queryId, itemId });

const picture = wholeNumber(0, 7).default(0).describe("Which of the query's pictures.");

/** Explained is what was compared: where hits were looked at more closely (option rerank), perhaps only parts of the pictures. */
const comparedParts = {
  queryPart: rectText
    .optional()
    .describe('Only this part of the query: x,y,width,height in pixels of the upright picture.'),
  hitPart: rectText.optional().describe('Only this part of the hit, likewise.'),
};

export const side = z.enum(['query', 'hit']);
export const explainTargets = ['similarity', 'cosine'] as const;

export const explanationParameters = z.strictObject({
  method: z.string().max(50).optional().describe('A method of /v1/info.'),
  target: z
    .enum(explainTargets)
    .default('similarity')
    .describe('What the map explains; docs/explanations.md has the formulas.'),
  format: z.enum(['json', 'png']).default('json').describe('Numbers, or a picture.'),
  side: side.default('query').describe('With png: which of the two pictures.'),
  layer: z
    .enum(['overlay', 'map'])
    .default('overlay')
    .describe('With png: the map over the picture, or the map alone.'),
  picture,
  maxSide: wholeNumber(64, 2048).default(768).describe('With png: the longest side in pixels.'),
  ...comparedParts,
  map: flag.default(false).describe("With json: the map's values too."),
  check: flag.default(false).describe('With json: the faithfulness check too.'),
});
export type ExplanationParameters = z.output<typeof explanationParameters>;

const placement = component(
  'Placement',
  z
    .strictObject({ picture: size, tensor: size, source: rect, target: rect })
    .describe(
      'Which part of the upright picture (source) lies where in the tensor that the model saw (target).',
    ),
);

const grid = component(
  'Grid',
  z.strictObject({ width: z.int(), height: z.int(), rows: z.array(z.array(z.number())) }),
);

const explainedSide = component(
  'ExplainedSide',
  z.strictObject({
    placement,
    shares: grid,
    map: z
      .strictObject({ width: z.int(), height: z.int(), max: z.number(), data: z.string() })
      .optional()
      .describe('One byte a value in base64, 255 for max.'),
    check: z
      .strictObject({
        fall: z.number(),
        randomFall: z.number(),
        verdict: z.enum(['faithful', 'doubtful']),
        sentence: z.string(),
        warnings: z.array(z.strictObject({ kind: z.string(), sentence: z.string() })),
      })
      .optional()
      .describe(
        'How far the score falls when what the map marks is blurred, and when as much is blurred at random.',
      ),
    links: z.strictObject({ picture: z.string(), overlay: z.string(), map: z.string() }),
  }),
);

export const explanation = component(
  'Explanation',
  z.strictObject({
    queryId: z.string(),
    itemId: z.string(),
    picture: z.int(),
    score: z.number().describe('The cosine of what was compared: of the parts, where only those are.'),
    method: z.string(),
    target: z.string(),
    summary: z.string(),
    query: explainedSide,
    hit: explainedSide,
  }),
);
export type ExplanationAnswer = z.output<typeof explanation>;

export const nameParameters = explanationParameters
  .omit({ target: true, side: true, queryPart: true, hitPart: true })
  .extend({
    field: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .describe('A metadata field whose names were learned; that of category when absent.'),
    value: z.string().min(1).max(1000).optional().describe('Why this name? The likeliest when absent.'),
  });

export const nameExplanation = component(
  'NameExplanation',
  z.strictObject({
    queryId: z.string(),
    picture: z.int(),
    field: z.string(),
    value: z.string(),
    probability: z.number().min(0).max(1),
    names: z
      .array(z.strictObject({ value: z.string(), share: z.number() }))
      .describe('The first five, with their probabilities.'),
    method: z.string(),
    query: explainedSide,
  }),
);
export type NameExplanationAnswer = z.output<typeof nameExplanation>;

export const correspondenceParameters = z
  .strictObject({
    x: numberText(-1e6, 1e6)
      .optional()
      .describe('In pixels of the upright picture, with y; without both, all places.'),
    y: numberText(-1e6, 1e6).optional().describe('In pixels of the upright picture, with x.'),
    side: side.default('query').describe('In which of the two pictures the point is.'),
    picture,
    ...comparedParts,
  })
  .refine(({ x, y }) => (x === undefined) === (y === undefined), 'expected both x and y, or neither');

export const correspondences = component(
  'Correspondences',
  z.strictObject({
    query: size,
    hit: size,
    scale: z.number(),
    data: z.string().describe('One byte for each pair of places in base64: share = scale · (byte / 255)².'),
  }),
);

export const pointCorrespondence = component(
  'PointCorrespondence',
  z.strictObject({
    side,
    place: point,
    share: z.number(),
    other: z.strictObject({
      width: z.int(),
      height: z.int(),
      rows: z.array(z.array(z.int())),
      max: z.number(),
    }),
    peak: point,
  }),
);
