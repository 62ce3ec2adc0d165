/** Requests of those who were refused, and ask again before Retry-After has passed. */
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Request, Response } from 'express';
import { AppError } from '../core/errors.ts';
import { retryAfter } from './problems.ts';
import type { Turns } from './turns.ts';

interface Outcomes {
  admit(): void;
  refuse(): void;
}

/** Milliseconds from a refusal to when the next request is welcome. */
const retryAfterMs = 1000 * retryAfter(new AppError('SERVER_BUSY', ''))!;

/** They are held, one request a connection, in the order in which they came. What they send is not read meanwhile. */
export class EarlyRetries {
  readonly #turns: Turns;
  readonly #refusedAt = new WeakMap<Socket, number>();
  readonly #held = new Map<Socket, () => void>();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  get count(): number {
    return this.#held.size;
  }

  /** The connection of this request is told to come later. */
  noteRefusal({ socket }: Request): void {
    this.#refusedAt.set(socket, performance.now());
  }

  /**
   * Holds the request until it is admitted by admitNext, its time is up (then it is refused), or its client has gone. False where it is
   * not early, or its connection has one that is held already.
   */
  hold({ socket }: Request, res: Response, { admit, refuse }: Outcomes): boolean {
    const early = (this.#refusedAt.get(socket) ?? -Infinity) + retryAfterMs - performance.now();
    if (early <= 0 || this.#held.has(socket)) return false;
    const release = () => {
      clearTimeout(timer);
      res.off('close', release);
      this.#held.delete(socket);
    };
    const timer = setTimeout(() => {
      release();
      // Many whose time is up together.
      this.#turns.add(() => {
        if (!res.destroyed) refuse();
      });
    }, early);
    res.once('close', release);
    this.#held.set(socket, () => {
      release();
      admit();
    });
    return true;
  }

  /** Admits the one that has been held longest, if any. */
  admitNext(): void {
    const [first] = this.#held.values();
    first?.();
  }
}
