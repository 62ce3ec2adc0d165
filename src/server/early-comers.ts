/** Those who were refused, and ask again before they were told to. */
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Request, Response } from 'express';
import { AppError } from '../core/errors.ts';
import { retryAfter } from './problems.ts';
import type { Turns } from './turns.ts';

interface Ways {
  admit(): void;
  refuse(): void;
}

/** Milliseconds from a refusal to when the next request is welcome. */
const patience = 1000 * retryAfter(new AppError('SERVER_BUSY', ''))!;

/** They wait, one request a connection, in the order in which they came. What they send is not read meanwhile. */
export class EarlyComers {
  readonly #turns: Turns;
  readonly #refused = new WeakMap<Socket, number>();
  readonly #waiting = new Map<Socket, () => void>();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** The connection of this request was told to come later. */
  note({ socket }: Request): void {
    this.#refused.set(socket, performance.now());
  }

  /** Keeps the request until one of its ways is gone; false where it is not early, or its connection has one waiting already. */
  keep({ socket }: Request, res: Response, { admit, refuse }: Ways): boolean {
    const early = (this.#refused.get(socket) ?? -Infinity) + patience - performance.now();
    if (early <= 0 || this.#waiting.has(socket)) return false;
    const leave = () => {
      clearTimeout(timer);
      res.off('close', leave);
      this.#waiting.delete(socket);
    };
    const timer = setTimeout(() => {
      leave();
      // Many whose time is up together.
      this.#turns.add(() => {
        if (!res.destroyed) refuse();
      });
    }, early);
    res.once('close', leave);
    this.#waiting.set(socket, () => {
      leave();
      admit();
    });
    return true;
  }

  /** There is room for one. */
  admitNext(): void {
    const [first] = this.#waiting.values();
    first?.();
  }
}
