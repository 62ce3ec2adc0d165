/** Searching. */
import { renderPicture } from '../../image/overlay.ts';
import { openPicture } from '../../image/open.ts';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { type Body, checked, jsonField } from '../body.ts';
import { sendCached } from '../cached.ts';
import { type Route, route } from '../route.ts';
import { itemParams } from '../schemas/items.ts';
import { queryId } from '../schemas/explanations.ts';
import {
  mostPictures,
  type QueryPicture,
  rawSearchParameters,
  searchAnswer,
  searchOptions,
  searchParameters,
  searchRequest,
} from '../schemas/search.ts';
import { wholeNumber } from '../schemas/common.ts';
import { search, type SearchCall } from '../search.ts';
import type { Parts } from '../services.ts';

const answers = {
  200: { description: 'The nearest items.', content: { 'application/json': searchAnswer } },
};

export const searchRoutes = (parts: Parts): Route[] => [
  route({
    method: 'post',
    path: '/v1/search',
    operationId: 'search',
    tag: 'search',
    summary: 'Search with pictures',
    description:
      'The picture as a raw body (options in the query string), a form (files `image` and `negative`, options as JSON in `request`), or JSON.',
    scope: 'search',
    heavy: true,
    query: rawSearchParameters,
    body: {
      description: 'The pictures, and with JSON and forms the options.',
      required: true,
      content: {
        'application/json': searchRequest,
        'multipart/form-data': z.object({
          request: z.string().optional().describe('A SearchRequest as JSON text.'),
          image: z.array(z.string()).optional().describe('Files of wanted pictures.'),
          negative: z.array(z.string()).optional().describe('Files of unwanted pictures.'),
        }),
        'image/*': 'The file of one picture.',
        'application/octet-stream': 'The file of one picture.',
      },
    },
    answers,
    problems: [404, 410, 413, 415, 422],
    async handle({ req, res, query, signal }) {
      const body = await parts.bodies.read(req, res);
      res.json(await search(parts, { ...callOf(body, query), signal }));
    },
  }),
  route({
    method: 'get',
    path: '/v1/items/{id}/similar',
    operationId: 'similarItems',
    tag: 'search',
    summary: 'Search with the picture of an item',
    scope: 'search',
    heavy: true,
    params: itemParams,
    query: searchParameters,
    answers,
    problems: [404, 422],
    async handle({ res, params, query, signal }) {
      const options = optionsOf(query);
      res.json(await search(parts, { pictures: [{ item: params.id }], files: [], options, signal }));
    },
  }),
  route({
    method: 'get',
    path: '/v1/queries/{queryId}/pictures/{picture}',
    operationId: 'queryPicture',
    tag: 'search',
    summary: 'A picture of a query, upright',
    scope: 'search',
    params: z.strictObject({
      queryId,
      picture: wholeNumber(0, mostPictures - 1).describe("Which of the query's pictures."),
    }),
    query: z.strictObject({
      maxSide: wholeNumber(64, 2048).default(1024).describe('The longest side in pixels.'),
    }),
    answers: { 200: { description: 'The picture.', content: { 'image/jpeg': 'JPEG' } } },
    problems: [404, 410, 422],
    async handle({ req, res, params, query, signal }) {
      const { file, item, contentHash } = parts.queries.source(params.queryId, params.picture);
      const facts = ['query picture', contentHash, query.maxSide];
      const unchanging = item === undefined;
      await sendCached({ req, res }, { facts, type: 'image/jpeg', unchanging }, async () => {
        const bytes = file ?? (await parts.pictures.read(parts.pictures.item(item!)));
        const picture = await openPicture(bytes);
        return parts.drawing.run(() => renderPicture(picture, { maxSide: query.maxSide }), signal);
      });
    },
  }),
];

type Parameters = z.output<typeof rawSearchParameters>;

/** The request in whichever form it came. Throws USAGE. */
function callOf(body: Body, parameters: Parameters): Omit<SearchCall, 'signal'> {
  const { region, ...given } = parameters;
  if (body.type === 'raw') {
    const picture: QueryPicture = { part: 'image', ...(region === undefined ? {} : { region }) };
    return { pictures: [picture], files: [{ name: 'image', bytes: body.bytes }], options: optionsOf(given) };
  }
  if (body.type === 'none') throw new AppError('USAGE', 'expected a picture in the body, received none');
  if (region !== undefined) throw new AppError('USAGE', 'region: with JSON and forms it belongs into query');
  const value = body.type === 'json' ? body.value : (jsonField(body.fields['request'], 'request') ?? {});
  const { query, ...options } = checked(searchRequest, { ...presentOf(given), ...(value as object) }, 'body');
  const named = query === undefined ? [] : Array.isArray(query) ? query : [query];
  const files = body.type === 'form' ? body.parts : [];
  const pictures = [...named, ...unnamed(files, named)];
  if (pictures.length === 0)
    throw new AppError('USAGE', 'query: expected at least one picture, received none');
  if (pictures.length > mostPictures) {
    throw new AppError(
      'USAGE',
      `query: expected at most ${mostPictures} pictures, received ${pictures.length}`,
    );
  }
  return { pictures, files, options };
}

/** Files that the query does not name are part of it all the same. */
function unnamed(
  files: readonly { readonly name: string }[],
  named: readonly QueryPicture[],
): QueryPicture[] {
  const used = new Set(named.map(({ part }) => part?.replace(/:0$/, '')));
  const seen = new Map<string, number>();
  const pictures: QueryPicture[] = [];
  for (const { name } of files) {
    const index = seen.get(name) ?? 0;
    seen.set(name, index + 1);
    const reference = index === 0 ? name : `${name}:${index}`;
    if (used.has(reference)) continue;
    if (name !== 'image' && name !== 'negative') {
      throw new AppError(
        'USAGE',
        `expected files named image or negative, or named by the query, received "${name}"`,
      );
    }
    pictures.push({ part: reference, weight: name === 'image' ? 1 : -1 });
  }
  return pictures;
}

const optionsOf = (given: Omit<Parameters, 'region'>) =>
  checked(searchOptions, presentOf(given), 'query string');

/** Without what was not given, so that defaults apply. */
function presentOf(given: Omit<Parameters, 'region'>): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
