/** Items: reading and changing them. */
import { AppError, throwIfAborted } from '../../core/errors.ts';
import type { Item } from '../../core/item.ts';
import { openPicture } from '../../image/open.ts';
import { renderPicture } from '../../image/overlay.ts';
import { applyBatch } from '../batch.ts';
import { type Body, checked } from '../body.ts';
import { sendCached } from '../cached.ts';
import type { ItemChange } from '../items.ts';
import { itemAnswer } from '../item-answer.ts';
import { itemLink } from '../links.ts';
import { pagesOf } from '../overview.ts';
import { type Route, route } from '../route.ts';
import {
  batchLine,
  batchResult,
  imageParameters,
  item,
  itemPage,
  itemParams,
  pageParameters,
  putItem,
  putItemFields,
  thumbnailParameters,
} from '../schemas/items.ts';
import type { Parts } from '../services.ts';
import { z } from 'zod';

const answers = { 200: { description: 'The item.', content: { 'application/json': item } } };

export const itemRoutes = (parts: Parts): Route[] => [
  listItems(parts),
  route({
    method: 'post',
    path: '/v1/items:batch',
    operationId: 'changeItems',
    tag: 'items',
    summary: 'Change many items',
    description:
      'One change a line (NDJSON, each a BatchLine); one result a line comes back as changes are made.',
    scope: 'write',
    heavy: true,
    body: {
      description: 'Lines of JSON.',
      required: true,
      content: { 'application/x-ndjson': batchLine },
    },
    answers: {
      200: {
        description: 'A result for each line, in order.',
        content: { 'application/x-ndjson': batchResult },
      },
    },
    problems: [413, 415],
    handle: ({ req, res, signal }) => applyBatch(parts, { req, res, signal }),
  }),
  route({
    method: 'get',
    path: '/v1/items/{id}',
    operationId: 'getItem',
    tag: 'items',
    summary: 'One item',
    scope: 'search',
    params: itemParams,
    answers,
    problems: [404],
    async handle({ res, params }) {
      res.json(itemAnswer(parts.pictures.item(params.id)));
    },
  }),
  route({
    method: 'put',
    path: '/v1/items/{id}',
    operationId: 'putItem',
    tag: 'items',
    summary: 'Add, replace or change an item',
    description: 'Without a picture, the data of an item that is there is changed.',
    scope: 'write',
    heavy: true,
    params: itemParams,
    query: putItemFields,
    body: {
      description: 'The picture, and with JSON and forms the data.',
      required: true,
      content: {
        'application/json': putItem,
        'multipart/form-data': z.object({
          image: z.string().optional().describe('The file.'),
          productId: z.string().optional(),
          metadata: z.string().optional().describe('JSON text.'),
        }),
        'image/*': 'The file; productId and metadata in the query string.',
        'application/octet-stream': 'The file; productId and metadata in the query string.',
      },
    },
    answers: { ...answers, 201: { ...answers[200], description: 'The item is new.' } },
    problems: [404, 413, 415, 422],
    async handle({ req, res, params, query, signal }) {
      const body = await parts.bodies.read(req, res);
      const change = await changeOf(parts, body, query, signal);
      const { item, created } = await parts.changes.put({ id: params.id, ...change }, signal);
      if (created) res.set('Location', itemLink(item.id));
      res.status(created ? 201 : 200).json(itemAnswer(item));
    },
  }),
  route({
    method: 'delete',
    path: '/v1/items/{id}',
    operationId: 'deleteItem',
    tag: 'items',
    summary: 'Remove an item',
    scope: 'write',
    heavy: true,
    params: itemParams,
    answers: { 204: { description: 'It is gone.' } },
    problems: [404],
    async handle({ res, params, signal }) {
      await parts.changes.delete(params.id, signal);
      res.status(204).end();
    },
  }),
  itemImage(parts),
  itemThumbnail(parts),
];

const listItems = (parts: Parts): Route =>
  route({
    method: 'get',
    path: '/v1/items',
    operationId: 'listItems',
    tag: 'items',
    summary: 'A page of items',
    scope: 'search',
    query: pageParameters,
    answers: { 200: { description: 'A page.', content: { 'application/json': itemPage } } },
    async handle({ res, query, signal }) {
      const { limit, after = '', order, filter } = query;
      if (order === 'recent') {
        const { recent } = await parts.overview.get(filter, signal);
        const items = recent.slice(0, limit).flatMap((id) => parts.catalog.get(id) ?? []);
        res.json({ items: items.map(itemAnswer), next: null });
        return;
      }
      const found: Item[] = [];
      for await (const page of pagesOf(parts.catalog, { filter, after })) {
        throwIfAborted(signal);
        found.push(...page);
        if (found.length > limit) break;
      }
      const items = found.slice(0, limit);
      res.json({ items: items.map(itemAnswer), next: found.length > limit ? items.at(-1)!.id : null });
    },
  });

/** The ids are keys of the catalogue, never parts of a path: what is sent is what the catalogue knows, if it still is that. */
const itemImage = (parts: Parts): Route =>
  route({
    method: 'get',
    path: '/v1/items/{id}/image',
    operationId: 'itemImage',
    tag: 'items',
    summary: 'The file of an item',
    scope: 'search',
    params: itemParams,
    query: imageParameters,
    answers: {
      200: {
        description: 'The file as it is.',
        content: { 'image/*': 'JPEG, PNG, WebP, AVIF, GIF or TIFF' },
      },
    },
    problems: [404, 422],
    async handle({ req, res, params, query }) {
      const item = parts.pictures.item(params.id);
      // Opened first: bytes that are no picture are never sent, whatever they claim to be.
      const picture = await openPicture(await parts.pictures.read(item));
      const facts = ['image', item.contentHash];
      const cacheable = { facts, type: `image/${picture.format}`, unchanging: isVersion(query.v, item) };
      await sendCached({ req, res }, cacheable, () => Promise.resolve(picture.bytes));
    },
  });

const itemThumbnail = (parts: Parts): Route =>
  route({
    method: 'get',
    path: '/v1/items/{id}/thumbnail',
    operationId: 'itemThumbnail',
    tag: 'items',
    summary: 'A small picture of an item',
    scope: 'search',
    params: itemParams,
    query: thumbnailParameters,
    answers: { 200: { description: 'The picture, upright.', content: { 'image/jpeg': 'JPEG' } } },
    problems: [404, 422],
    async handle({ req, res, params, query, signal }) {
      const item = parts.pictures.item(params.id);
      const facts = ['thumbnail', item.contentHash, query.maxSide];
      const cacheable = { facts, type: 'image/jpeg', unchanging: isVersion(query.v, item) };
      await sendCached({ req, res }, cacheable, () =>
        parts.drawing.run(async () => {
          const picture = await openPicture(await parts.pictures.read(item));
          return renderPicture(picture, { maxSide: query.maxSide });
        }, signal),
      );
    },
  });

const isVersion = (version: string | undefined, { contentHash }: Item): boolean =>
  version !== undefined && version.length >= 12 && contentHash.startsWith(version);

type Fields = z.output<typeof putItemFields>;

async function changeOf(
  parts: Parts,
  body: Body,
  query: Fields,
  signal: AbortSignal,
): Promise<Omit<ItemChange, 'id'>> {
  const { sources } = parts;
  if (body.type === 'raw') return { file: sources.file(body.bytes), ...metadataOf(query) };
  if (body.type === 'json') {
    const { productId, metadata, ...picture } = checked(putItem, body.value, 'body');
    return { file: await sources.bytes(picture, 'image', signal), productId, ...metadataOf({ metadata }) };
  }
  if (body.type === 'none') return { file: undefined, ...metadataOf(query) };
  const [part, ...others] = body.parts;
  if (others.length > 0 || (part && part.name !== 'image')) {
    throw new AppError('USAGE', 'expected one file named image');
  }
  const fields = checked(putItemFields, body.fields, 'form');
  return { file: part && sources.file(part.bytes), ...metadataOf({ ...query, ...fields }) };
}

/** The schema has made sure that it is JSON. */
const metadataOf = ({ productId, metadata }: { productId?: string | undefined; metadata?: unknown }) => ({
  ...(productId === undefined ? {} : { productId }),
  ...(metadata === undefined ? {} : { metadata: metadata as Item['metadata'] }),
});
