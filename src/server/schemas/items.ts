/** Items as they are sent and changed. */
import { z } from 'zod';
import { component, filterText, itemId, jsonText, metadata, wholeNumber } from './common.ts';

export const itemParams = z.strictObject({ id: itemId });

export const item = component(
  'Item',
  z.strictObject({
    id: z.string(),
    productId: z.string().nullable(),
    width: z.int(),
    height: z.int(),
    bytes: z.int(),
    contentHash: z.string(),
    metadata,
    seq: z.int(),
    indexedAt: z.iso.datetime(),
    links: z.strictObject({
      self: z.string(),
      image: z.string(),
      thumbnail: z.string(),
      similar: z.string(),
    }),
  }),
);
export type ItemAnswer = z.output<typeof item>;

export const itemPage = component(
  'ItemPage',
  z.strictObject({ items: z.array(item), next: z.string().nullable() }),
);

export const pageParameters = z.strictObject({
  limit: wholeNumber(1, 200).default(50).describe('The most items of a page.'),
  after: z.string().max(1100).optional().describe('`next` of the page before.'),
  order: z.enum(['id', 'recent']).default('id').describe('By id, or the latest first.'),
  filter: filterText.optional(),
});

const productId = z.string().min(1).max(1024).nullable();

export const putItem = component(
  'PutItem',
  z
    .strictObject({
      image: z.string().min(1).optional().describe('The file in base64; a data: URI too.'),
      url: z.url().max(4096).optional(),
      productId: productId.optional(),
      metadata: metadata.optional(),
    })
    .refine(({ image, url }) => image === undefined || url === undefined, 'expected image or url, not both'),
);

/** The same beside a picture, in a query string or in form fields. */
export const putItemFields = z.strictObject({
  productId: z.string().min(1).max(1024).optional().describe('Shared by the pictures of one product.'),
  metadata: jsonText(metadata).optional().describe('Facts about the item, by name, as JSON text.'),
});

export const batchLine = component(
  'BatchLine',
  z.discriminatedUnion('op', [
    z.strictObject({ op: z.literal('put'), id: itemId, ...putItem.shape }),
    z.strictObject({ op: z.literal('delete'), id: itemId }),
  ]),
);

export const batchResult = component(
  'BatchResult',
  z.strictObject({
    line: z.int().min(1),
    id: z.string().nullable(),
    status: z.enum(['created', 'updated', 'deleted', 'failed']),
    error: z.strictObject({ code: z.string(), message: z.string() }).optional(),
  }),
);
export type BatchResult = z.output<typeof batchResult>;

export const thumbnailParameters = z.strictObject({
  maxSide: wholeNumber(16, 512).default(256).describe('The longest side in pixels.'),
  v: z
    .string()
    .max(100)
    .optional()
    .describe('Part of the content hash: what is answered then never changes.'),
});

export const imageParameters = thumbnailParameters.pick({ v: true });
