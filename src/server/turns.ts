/** Requests that arrive together begin one after the other, with turns of the event loop between, however many they are. */
import { performance } from 'node:perf_hooks';
import type { NextFunction, RequestHandler, Response } from 'express';

/** Milliseconds of one turn that go to beginning requests; others have answers, timers and what threads send. */
const share = 8;

interface Arrived {
  readonly res: Response;
  readonly begin: NextFunction;
}

/** Before everything else. Those whose sender has gone meanwhile do not begin at all. */
export function inTurns(): RequestHandler {
  let waiting: Arrived[] = [];
  const beginSome = (): void => {
    const end = performance.now() + share;
    let begun = 0;
    do {
      const { res, begin } = waiting[begun++]!;
      if (!res.destroyed) begin();
    } while (begun < waiting.length && performance.now() < end);
    waiting = waiting.slice(begun);
    if (waiting.length > 0) setImmediate(beginSome);
  };
  return (_req, res, begin) => {
    if (waiting.push({ res, begin }) === 1) setImmediate(beginSome);
  };
}
