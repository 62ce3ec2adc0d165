/** What arrives together begins one after the other, with turns of the event loop between, however much it is. */
import { performance } from 'node:perf_hooks';
import type { RequestHandler } from 'express';

/** Milliseconds of one turn that go to beginning; others have answers, timers and what threads send. */
const share = 8;

export class Turns {
  readonly #waiting: (() => void)[] = [];
  #running = false;
  #end = 0;

  /** Calls `begin` in one of the next turns, after those that came before it. */
  add(begin: () => void): void {
    this.#waiting.push(begin);
    if (this.#running) return;
    this.#running = true;
    setImmediate(this.#beginSome);
  }

  /** Resolves in the same way: for work in the middle of a request. */
  next(): Promise<void> {
    return new Promise((resolve) => this.add(resolve));
  }

  readonly #beginSome = (): void => {
    this.#end = performance.now() + share;
    this.#beginOne();
  };

  readonly #beginOne = (): void => {
    try {
      this.#waiting.shift()!();
    } finally {
      // After all that follows from it at once: microtasks are done before ticks.
      queueMicrotask(() => process.nextTick(this.#goOn));
    }
  };

  readonly #goOn = (): void => {
    if (this.#waiting.length === 0) this.#running = false;
    else if (performance.now() < this.#end) this.#beginOne();
    else setImmediate(this.#beginSome);
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
