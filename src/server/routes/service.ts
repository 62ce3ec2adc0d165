/** The catalogue as a whole, and the server itself. */
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../../core/errors.ts';
import type { Json } from '../../core/item.ts';
import { defaultMethod, methods } from '../../explain/methods/index.ts';
import { packageVersion } from '../../app/version.ts';
import { type Route, route } from '../route.ts';
import { scopes } from '../options.ts';
import { namingField } from '../../search/meaning.ts';
import { explainTargets } from '../schemas/explanations.ts';
import { mostPictures } from '../schemas/search.ts';
import {
  facetParameters,
  type FacetsAnswer,
  facets,
  failureParameters,
  failures,
  health,
  info,
  stats,
} from '../schemas/service.ts';
import type { Parts } from '../services.ts';
import type { FieldCounts } from '../overview.ts';

export const serviceRoutes = (parts: Parts): Route[] => [
  route({
    method: 'get',
    path: '/v1/info',
    operationId: 'info',
    tag: 'service',
    summary: 'What this server can do',
    scope: 'search',
    answers: { 200: { description: 'Facts.', content: { 'application/json': info } } },
    async handle({ res }) {
      const { pictureBytes, picturePixels } = parts.limits;
      const { rerank = 0, agreeOn = '' } = parts.options.order ?? {};
      const facts = methods.map(({ name, title, about, source }) => ({ name, title, about, source }));
      res.json({
        name: 'whymatch',
        version: packageVersion(),
        model: parts.network.model,
        methods: facts.sort((a, b) => Number(b.name === defaultMethod) - Number(a.name === defaultMethod)),
        targets: explainTargets,
        categoryField: parts.options.categoryField ?? (await namingField(parts.catalog)),
        order: { rerank, agreeOn },
        authentication: parts.options.keys !== undefined,
        scopes: (res.locals['scopes'] as readonly string[] | undefined) ?? scopes,
        limits: { pictureBytes, picturePixels, pictures: mostPictures },
      });
    },
  }),
  route({
    method: 'get',
    path: '/v1/stats',
    operationId: 'stats',
    tag: 'service',
    summary: 'The catalogue in numbers',
    scope: 'search',
    answers: { 200: { description: 'Numbers.', content: { 'application/json': stats } } },
    async handle({ res }) {
      const { items, failures, seq, createdAt, space, index, bytes } = parts.catalog.info();
      res.json({
        items,
        failures,
        seq,
        createdAt: new Date(createdAt).toISOString(),
        model: { name: space.model, fingerprint: space.fingerprint, dimension: space.dimension },
        index: { method: index.method, size: index.size, seq: index.seq },
        bytes,
      });
    },
  }),
  route({
    method: 'get',
    path: '/v1/facets',
    operationId: 'facets',
    tag: 'service',
    summary: 'The metadata fields and their most frequent values',
    scope: 'search',
    query: facetParameters,
    answers: { 200: { description: 'Counts.', content: { 'application/json': facets } } },
    async handle({ res, query, signal }) {
      const { filter, limit } = query;
      const all = await parts.overview.get(filter, signal);
      const everything = filter === undefined ? all : await parts.overview.get(undefined, signal);
      const found: FacetsAnswer['fields'] = [];
      for (const name of query.fields ?? [...everything.fields.keys()].sort()) {
        const others = withoutField(filter, name);
        const { fields } = others === filter ? all : await parts.overview.get(others, signal);
        const counts = fields.get(name);
        if (!counts) continue;
        found.push(facetOf(name, counts, limit));
        // Sorting ten thousand values takes milliseconds, and there may be two hundred fields.
        await setImmediate();
        throwIfAborted(signal);
      }
      res.json({ seq: all.seq, items: all.items, fields: found });
    },
  }),
  route({
    method: 'get',
    path: '/v1/failures',
    operationId: 'failures',
    tag: 'service',
    summary: 'What could not be indexed',
    scope: 'admin',
    query: failureParameters,
    answers: { 200: { description: 'The list.', content: { 'application/json': failures } } },
    async handle({ res, query }) {
      const log = parts.catalog.failures;
      const list = log
        .all(query.limit)
        .map((failure) => ({ ...failure, at: new Date(failure.at).toISOString() }));
      res.json({ count: log.count(), failures: list });
    },
  }),
  ...probes(parts),
];

const probes = (parts: Parts): Route[] => [
  route({
    method: 'get',
    path: '/healthz',
    operationId: 'health',
    tag: 'service',
    summary: 'Is the process alive?',
    scope: 'public',
    answers: { 200: { description: 'Yes.', content: { 'application/json': health } } },
    async handle({ res }) {
      res.set('Cache-Control', 'no-store').json({ status: parts.state.status });
    },
  }),
  route({
    method: 'get',
    path: '/readyz',
    operationId: 'readiness',
    tag: 'service',
    summary: 'Can it answer searches?',
    scope: 'public',
    answers: {
      200: { description: 'Yes.', content: { 'application/json': health } },
      503: { description: 'Not yet, or not any more.', content: { 'application/json': health } },
    },
    async handle({ res }) {
      const { status } = parts.state;
      res
        .set('Cache-Control', 'no-store')
        .status(status === 'ok' ? 200 : 503)
        .json({ status });
    },
  }),
  route({
    method: 'get',
    path: '/metrics',
    operationId: 'metrics',
    tag: 'service',
    summary: 'Prometheus metrics',
    scope: 'admin',
    answers: { 200: { description: 'Text.', content: { 'text/plain': 'The Prometheus text format.' } } },
    async handle({ res }) {
      res.type('text/plain').send(await parts.metrics.registry.metrics());
    },
  }),
];

/** The filter without its conditions on a field, or the filter itself where it has none; undefined where nothing is left. */
function withoutField(filter: Json | undefined, name: string): Json | undefined {
  if (typeof filter !== 'object' || filter === null || Array.isArray(filter)) return filter;
  const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const all = Object.entries(filter as { readonly [key: string]: Json });
  const others = all.filter(([key]) => key !== name && key !== pointer);
  if (others.length === all.length) return filter;
  return others.length > 0 ? Object.fromEntries(others) : undefined;
}

function facetOf(
  name: string,
  { items, min, max, values }: FieldCounts,
  limit: number,
): FacetsAnswer['fields'][number] {
  const sorted = [...values].sort(([a, m], [b, n]) => n - m || (String(a) < String(b) ? -1 : 1));
  const range = min === undefined || max === undefined ? {} : { min, max };
  return {
    name,
    items,
    distinct: values.size,
    values: sorted.slice(0, limit).map(([value, count]) => ({ value, count })),
    ...range,
  };
}
