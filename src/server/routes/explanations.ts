/** Why a hit matched, and why a picture gets its name. */
import { reasonsForName } from '../../app/explain-name.ts';
import { AppError } from '../../core/errors.ts';
import { dot } from '../../core/vector.ts';
import { correspondence } from '../../explain/match-map.ts';
import { defaultMethod, methodNamed } from '../../explain/methods/index.ts';
import { peak } from '../../image/heat-map.ts';
import { drawnAlone } from '../../report/overlays.ts';
import { toTensor } from '../../image/placement.ts';
import { sendCached } from '../cached.ts';
import { describe, describeName, rounded } from '../describe.ts';
import { comparedPair, keyOf } from '../examined.ts';
import { centreOf } from '../reweight.ts';
import { type Route, route } from '../route.ts';
import {
  correspondenceParameters,
  correspondences,
  explanation,
  explanationParameters,
  nameExplanation,
  nameParameters,
  pairParams,
  pointCorrespondence,
  queryId,
} from '../schemas/explanations.ts';
import type { Parts } from '../services.ts';
import type { Rect } from '../../core/geometry.ts';
import { z } from 'zod';

const problems = [404, 410, 413, 415, 422];

const numbersOrPicture = (numbers: z.ZodType) => ({
  200: {
    description: 'The explanation.',
    content: { 'application/json': numbers, 'image/png': 'With format=png.' },
  },
});

interface PairQuestion {
  readonly picture: number;
  readonly queryPart?: Rect | undefined;
  readonly hitPart?: Rect | undefined;
}

/** What is compared. Throws QUERY_GONE, ITEM_NOT_FOUND, USAGE. */
function pairOf(
  { queries, pictures }: Parts,
  { queryId: id, itemId }: z.output<typeof pairParams>,
  { picture, queryPart, hitPart }: PairQuestion,
) {
  const item = pictures.item(itemId);
  const looks = { query: queryPart ?? null, hit: hitPart ?? null };
  return { ...comparedPair(queries.source(id, picture), item, looks), item, looks };
}

export const explanationRoutes = (parts: Parts): Route[] => [
  route({
    method: 'get',
    path: '/v1/explanations/{queryId}/{itemId}',
    operationId: 'explain',
    tag: 'explanations',
    summary: 'Why a hit matched, as numbers or as a picture',
    scope: 'search',
    heavy: true,
    params: pairParams,
    query: explanationParameters,
    answers: numbersOrPicture(explanation),
    problems,
    async handle({ req, res, params, query, signal }) {
      const { target, picture, format, side, layer, maxSide, map } = query;
      const check = query.check && format === 'json';
      const method = methodNamed(query.method ?? defaultMethod).name;
      const { query: source, hit, item, looks } = pairOf(parts, params, query);
      const drawing = format === 'png' ? { side, layer, maxSide } : { map, check };
      const facts = [
        parts.network.fingerprint,
        keyOf(source),
        keyOf(hit),
        method,
        target,
        params,
        picture,
        drawing,
      ];
      const type = format === 'png' ? 'image/png' : 'application/json';
      await sendCached({ req, res }, { facts, type, unchanging: false }, async () => {
        const pair = await parts.explainer.explain({ query: source, hit, method, target, check }, signal);
        if (format === 'png') {
          return parts.drawing.run(() => parts.studio.draw(pair, { method, side, layer, maxSide }), signal);
        }
        const about = { queryId: params.queryId, picture, item, method, target, map, looks };
        return JSON.stringify(describe(pair, about));
      });
    },
  }),
  route({
    method: 'get',
    path: '/v1/queries/{queryId}/name',
    operationId: 'explainName',
    tag: 'explanations',
    summary: 'Why a picture of a query gets its name, as numbers or as a picture',
    scope: 'search',
    heavy: true,
    params: z.strictObject({ queryId }),
    query: nameParameters,
    answers: numbersOrPicture(nameExplanation),
    problems,
    async handle({ req, res, params, query, signal }) {
      const { picture, format, layer, maxSide, map, field, value } = query;
      const check = query.check && format === 'json';
      const method = methodNamed(query.method ?? defaultMethod).name;
      const source = parts.queries.source(params.queryId, picture);
      const examined = await parts.pictures.ofQuery(source, signal);
      const { subject } = examined;
      const exclude = source.item === undefined ? [] : [source.item];
      const asked = { field: field ?? parts.options.categoryField, value, exclude };
      const reasons = await reasonsForName(parts.catalog, subject.unit, asked);
      const about = [reasons.field, reasons.value, reasons.date];
      const drawing = format === 'png' ? { layer, maxSide } : { map, check };
      const facts = [
        'name',
        parts.network.fingerprint,
        keyOf(source),
        about,
        method,
        params,
        picture,
        drawing,
      ];
      const type = format === 'png' ? 'image/png' : 'application/json';
      await sendCached({ req, res }, { facts, type, unchanging: false }, async () => {
        const options = { methods: [method], check };
        const explanation = await parts.network.explainName(subject, reasons.weights, options);
        if (format === 'png') {
          const drawn = drawnAlone(examined, explanation.maps);
          const how = { method, side: 'query', layer, maxSide } as const;
          return parts.drawing.run(() => parts.studio.draw(drawn, how), signal);
        }
        const explained = { picture: examined, reasons, explanation };
        return JSON.stringify(describeName(explained, { queryId: params.queryId, picture, method, map }));
      });
    },
  }),
  route({
    method: 'get',
    path: '/v1/explanations/{queryId}/{itemId}/correspondence',
    operationId: 'correspondence',
    tag: 'explanations',
    summary: 'Which places of the query and the hit answer each other',
    description: 'With x and y: where that point is answered. Without: all places at once.',
    scope: 'search',
    heavy: true,
    params: pairParams,
    query: correspondenceParameters,
    answers: {
      200: {
        description: 'Shares in the score.',
        content: { 'application/json': z.union([correspondences, pointCorrespondence]) },
      },
    },
    problems,
    async handle({ res, params, query, signal }) {
      const pair = pairOf(parts, params, query);
      const [first, hit] = await Promise.all([
        parts.pictures.ofQuery(pair.query, signal),
        parts.pictures.ofQuery(pair.hit, signal),
      ]);
      const { x, y, side } = query;
      res.set('Cache-Control', 'private, no-cache');
      if (x === undefined || y === undefined) {
        res.json(await allPlaces(parts, first, hit));
      } else {
        const [from, to] = side === 'query' ? [first, hit] : [hit, first];
        res.json({ side, ...onePlace(from, to, { x, y }) });
      }
    },
  }),
];

type Examined = Awaited<ReturnType<Parts['pictures']['ofQuery']>>;

async function allPlaces({ studio }: Parts, query: Examined, hit: Examined) {
  const { data, ...sizes } = await studio.answers(query.subject, hit.subject);
  const total = data.reduce((sum, value) => sum + (value / 255) ** 2, 0);
  // So that the shares, as they are sent, add up to the score.
  const scale = total > 0 ? Math.max(0, dot(query.subject.unit, hit.subject.unit)) / total : 0;
  return { ...sizes, scale: rounded(scale), data: Buffer.from(data).toString('base64') };
}

function onePlace(from: Examined, to: Examined, point: { readonly x: number; readonly y: number }) {
  const { placement, subject } = from;
  const [, height = 0, width = 0] = subject.features.dims;
  const { x, y } = toTensor(placement, point);
  const { target, tensor } = placement;
  const inside =
    x >= target.x && y >= target.y && x < target.x + target.width && y < target.y + target.height;
  if (!inside) {
    throw new AppError(
      'POINT_OUTSIDE',
      `expected a point that the model saw, received ${point.x},${point.y}`,
    );
  }
  const column = Math.min(width - 1, Math.floor((x * width) / tensor.width));
  const row = Math.min(height - 1, Math.floor((y * height) / tensor.height));
  const shares = correspondence(subject, row * width + column, to.subject);
  const strongest = peak(shares);
  const max = Math.max(0, strongest.value);
  const cells = Array.from(shares.data, (value) =>
    max > 0 ? Math.round((255 * Math.max(0, value)) / max) : 0,
  );
  return {
    place: { x: column, y: row },
    share: rounded(shares.data.reduce((a, b) => a + b, 0)),
    other: {
      width: shares.width,
      height: shares.height,
      rows: Array.from({ length: shares.height }, (_, i) =>
        cells.slice(i * shares.width, (i + 1) * shares.width),
      ),
      max: rounded(max),
    },
    peak: centreOf(strongest.y * shares.width + strongest.x, shares, to.placement),
  };
}
