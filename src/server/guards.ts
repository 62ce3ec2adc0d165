/** What stands before every route: who asks, how often, from where, and how much is going on already. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import helmet from 'helmet';
import { AppError } from '../core/errors.ts';
import { keyOfRequest, scopesOf } from './keys.ts';
import type { Scope, ServerOptions } from './options.ts';

/** Headers for pages that load nothing from elsewhere. The page draws maps and previews from blobs, and may ask for the camera. */
export function securityHeaders({ corsOrigins = [] }: ServerOptions): RequestHandler[] {
  const self = ["'self'"];
  const local = ["'self'", 'blob:', 'data:'];
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: self,
        styleSrc: self,
        fontSrc: self,
        connectSrc: ["'self'", 'blob:'],
        manifestSrc: self,
        workerSrc: self,
        imgSrc: local,
        mediaSrc: local,
        baseUri: ["'none'"],
        formAction: self,
        frameAncestors: ["'none'"],
      },
    },
    crossOriginResourcePolicy: { policy: corsOrigins.length > 0 ? 'cross-origin' : 'same-origin' },
    // Whoever terminates TLS before the server decides about it.
    strictTransportSecurity: false,
  });
  const permissions: RequestHandler = (_req, res, next) => {
    res.set('Permissions-Policy', 'camera=(self), microphone=(), geolocation=()');
    next();
  };
  return [headers as RequestHandler, permissions];
}

/** Lets pages of the configured origins call the API; says nothing to others, and browsers then refuse for them. */
export function cors({ corsOrigins = [] }: ServerOptions): RequestHandler {
  return (req, res, next) => {
    const origin = req.get('origin');
    if (corsOrigins.length > 0) res.vary('Origin');
    if (origin === undefined || !isAllowed(corsOrigins, origin)) return next();
    res.set('Access-Control-Allow-Origin', corsOrigins.includes('*') ? '*' : origin);
    res.set('Access-Control-Expose-Headers', 'ETag, Location, Retry-After, X-Request-Id');
    if (req.method !== 'OPTIONS') return next();
    res.set('Access-Control-Allow-Methods', 'GET, PUT, POST, DELETE');
    res.set('Access-Control-Allow-Headers', 'Authorization, Content-Type, X-Api-Key, If-None-Match');
    res.set('Access-Control-Max-Age', '600').status(204).end();
  };
}

const isAllowed = (allowed: readonly string[], origin: string): boolean =>
  allowed.includes('*') || allowed.includes(origin);

const localNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Keeps web pages of elsewhere from using a server that trusts everybody on this machine: no other names for it (DNS rebinding), and
 * no changes that another site's page sends (cross-site requests carry its origin).
 */
export function localOnly(options: ServerOptions): RequestHandler {
  return (req, _res, next) => {
    const host = (req.get('host') ?? '').replace(/:\d+$/, '');
    if (options.localOnly && !localNames.has(host.toLowerCase())) {
      throw new AppError(
        'FORBIDDEN',
        'this server answers to localhost only; start it with --keys to serve others',
      );
    }
    const origin = req.get('origin');
    const foreign =
      origin !== undefined && !isOwn(origin, req) && !isAllowed(options.corsOrigins ?? [], origin);
    if (foreign && options.keys === undefined && req.method !== 'GET' && req.method !== 'HEAD') {
      throw new AppError('FORBIDDEN', `pages of ${origin.slice(0, 200)} may not use this server; see --cors`);
    }
    next();
  };
}

function isOwn(origin: string, req: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === req.get('host');
}

/** Throws UNAUTHENTICATED, FORBIDDEN. */
export function authorize({ keys }: ServerOptions, scope: Scope | 'public'): RequestHandler {
  return (req, res, next) => {
    if (keys === undefined || scope === 'public') return next();
    const key = keyOfRequest(keys, req);
    const granted = scopesOf(key.scopes);
    res.locals['key'] = key.name;
    res.locals['scopes'] = granted;
    if (!granted.includes(scope)) {
      throw new AppError(
        'FORBIDDEN',
        `expected an API key with the scope ${scope}, received one with ${granted.join(', ')}`,
      );
    }
    next();
  };
}

/** So many requests a minute for each key, or address where there are no keys. */
export function limitRate(perMinute: number): RequestHandler {
  if (perMinute <= 0) return (_req, _res, next) => next();
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (req: Request, res: Response) =>
      (res.locals['key'] as string | undefined) ?? ipKeyGenerator(req.ip ?? ''),
    handler: (_req: Request, _res: Response, next: NextFunction) =>
      next(new AppError('RATE_LIMITED', `expected at most ${perMinute} requests a minute, received more`)),
  });
}
