/** Work with a limit on how much of it runs and how much waits. */
import PQueue from 'p-queue';
import { AppError, throwIfAborted } from '../core/errors.ts';

export class WorkQueue {
  readonly #queue: PQueue;
  readonly #waiting: number;

  constructor(options: { readonly concurrency: number; readonly waiting: number }) {
    this.#queue = new PQueue({ concurrency: options.concurrency });
    this.#waiting = options.waiting;
  }

  /** Waiting, and running. */
  get size(): number {
    return this.#queue.size + this.#queue.pending;
  }

  /**
   * Runs `work` when its turn comes. Throws SERVER_BUSY when too much waits already, and ABORTED when the signal fires before its turn.
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.#queue.size >= this.#waiting) {
      throw new AppError('SERVER_BUSY', `${this.#queue.size} requests wait already; try again in a second`);
    }
    return this.#queue.add(() => {
      throwIfAborted(signal);
      return work();
    });
  }

  /**
   * The same with a limit on the time from its turn: SERVER_TIMEOUT after so many milliseconds. Such work cannot be stopped, so it keeps
   * its place in the queue until it ends.
   */
  runWithin<T>(milliseconds: number, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const turn = this.run(async () => {
        const running = work();
        within(milliseconds, running).then(resolve, reject);
        await Promise.allSettled([running]);
      }, signal);
      turn.catch(reject);
    });
  }

  /** Resolves when nothing runs and nothing waits. */
  idle(): Promise<void> {
    return this.#queue.onIdle();
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new AppError('SERVER_TIMEOUT', `reading the picture took longer than ${milliseconds} ms`);
    timer = setTimeout(() => reject(error), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
