/** The express application: routes, guards and errors put together. It never listens. */
import { randomUUID } from 'node:crypto';
import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Response } from 'express';
import { pinoHttp } from 'pino-http';
import { AppError } from '../core/errors.ts';
import { admission } from './admission.ts';
import { checked } from './body.ts';
import { docsPage, docsStyle } from './docs-page.ts';
import { authorize, cors, limitRate, localOnly, securityHeaders } from './guards.ts';
import { openApiDocument } from './openapi.ts';
import { type Problem, problemOf, retryAfter } from './problems.ts';
import { requestIdOf } from './request-id.ts';
import type { Route } from './route.ts';
import { duplicateRoutes } from './routes/duplicates.ts';
import { explanationRoutes } from './routes/explanations.ts';
import { itemRoutes } from './routes/items.ts';
import { searchRoutes } from './routes/search.ts';
import { serviceRoutes } from './routes/service.ts';
import { assemble, type Parts, type Services } from './services.ts';
import { inTurns } from './turns.ts';
import { warmUp } from './warm-up.ts';

export interface App {
  /** For node:http's createServer. */
  readonly handler: Express;
  /** Loads and prepares what the first requests would wait for; /readyz says no meanwhile. */
  warmUp(): Promise<void>;
  /** From now on /readyz says no. */
  retire(): void;
  /** Ends the work that the app holds itself, when no request is in hand any more. Catalogue and model stay the caller's. */
  close(): Promise<void>;
}

/**
 * The server of a catalogue as an express application. `catalog` is open for reading; changes go through a short-lived writer of the
 * app's own.
 */
export function createApp(services: Services): App {
  const parts = assemble(services);
  const { options, limits, log } = parts;
  const routes = [
    ...searchRoutes(parts),
    ...explanationRoutes(parts),
    ...itemRoutes(parts),
    ...duplicateRoutes(parts),
    ...serviceRoutes(parts),
  ];
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(inTurns(parts.turns), cors(options), admission(routes, parts));
  app.use(requestLog(parts), ...securityHeaders(options), localOnly(options));
  const rate = limitRate(limits.requestsPerMinute);
  for (const route of routes) mount(app, route, { parts, rate });
  for (const path of new Set(routes.map((route) => route.path))) refuseOtherMethods(app, path, routes);
  addDocs(app, routes);
  if (options.webRoot !== undefined) addPage(app, options.webRoot);
  app.use((req) => {
    throw new AppError('ROUTE_NOT_FOUND', `there is no ${req.method} ${req.path.slice(0, 200)}; see /docs`);
  });
  app.use(sendProblem(parts));
  log.debug({ routes: routes.length }, 'app made');
  return {
    handler: app,
    warmUp: async () => {
      await warmUp(parts);
      parts.rest.begin();
    },
    retire: () => void (parts.state.status = 'stopping'),
    close: async () => {
      parts.rest.interrupt();
      await parts.duplicates.close();
      await parts.writer.close();
      parts.metrics.registry.clear();
    },
  };
}

interface Mounting {
  readonly parts: Parts;
  readonly rate: RequestHandler;
}

function mount(app: Express, route: Route, { parts, rate }: Mounting): void {
  const path = expressPath(route.path);
  const measure: RequestHandler = (_req, res, next) => {
    const end = parts.metrics.duration.startTimer({ route: route.path, method: route.method });
    res.once('finish', () => end({ status: String(res.statusCode) }));
    next();
  };
  const handle: RequestHandler = async (req, res) => {
    const params: unknown = route.params ? checked(route.params, { ...req.params }, 'path') : {};
    const query: unknown = route.query ? checked(route.query, { ...req.query }, 'query string') : {};
    await route.handle({ req, res, params, query, signal: signalOf(res) });
  };
  const guards = route.scope === 'public' ? [] : [authorize(parts.options, route.scope), rate];
  app[route.method](path, measure, ...guards, handle);
}

/** {id} -> :id, and a colon of the path itself -> \: */
const expressPath = (path: string): string =>
  path.replaceAll(':', String.raw`\:`).replaceAll(/\{(\w+)\}/g, ':$1');

function refuseOtherMethods(app: Express, path: string, routes: readonly Route[]): void {
  const methods = routes.filter((route) => route.path === path).map(({ method }) => method.toUpperCase());
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : [])].join(', ');
  app.all(expressPath(path), (req, res) => {
    res.set('Allow', allowed);
    throw new AppError('METHOD_NOT_ALLOWED', `expected ${allowed} for this path, received ${req.method}`);
  });
}

/** Fires when the connection closes before the answer is complete. */
function signalOf(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished) controller.abort();
  });
  return controller.signal;
}

/** Method, path, status, time and who: never headers, which hold keys, and never bodies, which hold pictures. */
function requestLog({ log }: Parts): RequestHandler {
  return pinoHttp({
    logger: log,
    genReqId: (req, res) => {
      const id = requestIdOf(req);
      res.setHeader('X-Request-Id', id);
      return id;
    },
    serializers: {
      req: ({ id, method, url }: { id: unknown; method: string; url: string }) => ({
        id,
        method,
        url: url.slice(0, 500),
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
    customLogLevel: (_req, res, error) =>
      error || (res.statusCode >= 500 && res.statusCode !== 503) ? 'warn' : 'debug',
  }) as RequestHandler;
}

function addDocs(app: Express, routes: readonly Route[]): void {
  // Made when somebody asks: a server starts without it.
  let made: ReturnType<typeof openApiDocument> | undefined;
  const document = () => (made ??= openApiDocument(routes));
  app.get('/openapi.json', (_req, res) => void res.json(document()));
  let page: string | undefined;
  app.get('/docs', (_req, res) => void res.type('html').send((page ??= docsPage(routes, document()))));
  app.get('/docs/style.css', (_req, res) => void res.type('css').send(docsStyle));
}

/** Files with a hash in their names never change. */
function addPage(app: Express, webRoot: string): void {
  app.use(
    '/assets',
    express.static(`${webRoot}/assets`, { immutable: true, maxAge: '1y', index: false, fallthrough: true }),
  );
  app.use(
    express.static(webRoot, {
      etag: true,
      setHeaders: (res) => void res.setHeader('Cache-Control', 'no-cache'),
    }),
  );
}

/** Of a server with more work than it takes there is nothing to find out; a line for each refusal would only be more work. */
const expected: ReadonlySet<Problem['code']> = new Set(['ABORTED', 'SERVER_BUSY', 'CATALOG_BUSY']);

function sendProblem({ log, metrics }: Parts): ErrorRequestHandler {
  return (error: unknown, req, res, _next) => {
    const requestId = typeof req.id === 'string' ? req.id : randomUUID();
    const problem = problemOf(error, requestId);
    metrics.refused.inc({ code: problem.code });
    if (problem.status >= 500 && !expected.has(problem.code)) {
      log.error({ err: error, requestId }, 'request failed');
    }
    if (res.headersSent || res.destroyed) return void res.destroy();
    const seconds = retryAfter(error);
    if (seconds !== undefined && !res.get('Retry-After')) res.set('Retry-After', String(seconds));
    if (problem.status === 401) res.set('WWW-Authenticate', 'Bearer');
    // What was not read of the body would be taken for the next request.
    if (!req.complete) res.set('Connection', 'close');
    res.set('Cache-Control', 'no-store').status(problem.status);
    res.type('application/problem+json').send(JSON.stringify(problem));
  };
}
