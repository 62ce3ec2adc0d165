/** What arrives together begins one after the other, with turns of the event loop between, however much it is. */
import { performance } from 'node:perf_hooks';
import type { RequestHandler } from 'express';

/** Milliseconds of one turn that go to beginning; others have answers, timers and what threads send. */
const share = 8;

export class Turns {
  #waiting: (() => void)[] = [];

  /** Calls `begin` in one of the next turns, after those that came before it. */
  add(begin: () => void): void {
    if (this.#waiting.push(begin) === 1) setImmediate(this.#beginSome);
  }

  readonly #beginSome = (): void => {
    const end = performance.now() + share;
    let begun = 0;
    do {
      this.#waiting[begun++]!();
    } while (begun < this.#waiting.length && performance.now() < end);
    this.#waiting = this.#waiting.slice(begun);
    if (this.#waiting.length > 0) setImmediate(this.#beginSome);
  };
}

/** Before everything else. Requests whose sender has gone meanwhile do not begin at all. */
export function inTurns(turns: Turns): RequestHandler {
  return (_req, res, begin) => {
    turns.add(() => {
      if (!res.destroyed) begin();
    });
  };
}
