/** How much is taken in hand at once. Refusing the rest has to cost next to nothing: it is done when there is no time for anything. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { AppError } from '../core/errors.ts';
import { EarlyRetries } from './early-retries.ts';
import { problemOf, retryAfter } from './problems.ts';
import { requestIdOf } from './request-id.ts';
import type { Route } from './route.ts';
import type { Parts } from './services.ts';

/**
 * Counts requests with work from their first byte to their last; beyond the limit they are refused before anything else is done for them:
 * nothing is parsed or logged, and the answer is written but for its request id. Whoever was refused and asks again on the same connection
 * before Retry-After has passed waits until then, unless there is room before: hundreds that do so at once would leave no time for work.
 */
export function admission(
  routes: readonly Route[],
  { limits, metrics, rest, turns }: Pick<Parts, 'limits' | 'metrics' | 'rest' | 'turns'>,
): RequestHandler {
  const work = routes.filter(({ heavy }) => heavy).map((route) => [route.method, patternOf(route)] as const);
  const isWork = ({ method, path }: Request): boolean => {
    const asked = method === 'HEAD' ? 'get' : method.toLowerCase();
    return work.some(([taken, pattern]) => taken === asked && pattern.test(path));
  };
  const limit = limits.inFlight;
  const answer = refusal(`${limit} requests are in hand; try again in a second`);
  const early = new EarlyRetries(turns);
  let inside = 0;
  const count = (change: 1 | -1): void => {
    metrics.inHand.set((inside += change));
    if (inside === 0) rest.begin();
    else rest.interrupt();
  };
  const admitNext = (): void => {
    if (inside < limit) early.admitNext();
  };
  const admit = (res: Response, next: NextFunction): void => {
    count(1);
    res.once('close', () => {
      count(-1);
      // Not at once: when many clients go together, those that are held may be among them.
      if (early.count > 0) turns.add(admitNext);
    });
    next();
  };
  const refuse = (req: Request, res: Response): void => {
    metrics.refused.inc({ code: 'SERVER_BUSY' });
    early.noteRefusal(req);
    answer(req, res);
  };
  return (req, res, next) => {
    if (!isWork(req)) return next();
    if (inside < limit) return admit(res, next);
    const held = early.hold(req, res, { admit: () => admit(res, next), refuse: () => refuse(req, res) });
    if (!held) refuse(req, res);
  };
}

/** What express takes for the route: letters in any case, and a slash at the end. */
function patternOf({ path }: Route): RegExp {
  const pattern = path.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${pattern}/?$`, 'i');
}

/** Node.js reads what is left of a refused body past; closing instead would lose the answer for whoever is still sending. */
const isSoonRead = ({ complete, headers }: Request): boolean =>
  complete || Number(headers['content-length'] ?? Infinity) <= smallBody;

/** Bytes; nobody may keep us reading for nothing. */
const smallBody = 2 ** 20;

/** Stands for the id in the body that is written beforehand. */
const anyId = '-';

function refusal(message: string): (req: Request, res: Response) => void {
  const error = new AppError('SERVER_BUSY', message);
  const { requestId: _, ...problem } = problemOf(error, anyId);
  const start = `${JSON.stringify(problem).slice(0, -1)},"requestId":"`;
  const headers = {
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Retry-After': String(retryAfter(error)),
  };
  return (req, res) => {
    const id = requestIdOf(req);
    const body = `${start}${id}"}`;
    res.writeHead(problem.status, {
      ...headers,
      'X-Request-Id': id,
      'Content-Length': Buffer.byteLength(body),
      ...(isSoonRead(req) ? {} : { Connection: 'close' }),
    });
    res.end(body);
  };
}
