/**
 * Maps `work` over a source and yields the results in the source's order, so that runs are repeatable.
 *
 *   source ──> at most `concurrency` at work ──> finished, waiting for their turn ──> consumer
 *              └──────────── at most `ahead` in all ────────────┘
 *
 * It works ahead while the consumer is busy, and stops pulling from the source when the consumer is slower (back-pressure). One
 * slow item delays the others by at most the window. When the consumer stops early, the source is closed and work in progress
 * is waited for: nothing goes on behind the caller's back.
 *
 * @throws what `work` or the source throws, after the results that come before it
 */
export async function* parallelMap<T, R>(
  source: AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  { concurrency, ahead }: { readonly concurrency: number; readonly ahead: number },
): AsyncGenerator<R> {
  const workers = new Semaphore(concurrency);
  const window = new Semaphore(ahead);
  const filled = new Semaphore(0);
  const results: Promise<R>[] = [];
  let stopped = false;

  async function pump(): Promise<void> {
    try {
      for await (const item of source) {
        await window.acquire();
        await workers.acquire();
        if (stopped) return;
        const result = work(item).finally(() => workers.release());
        result.catch(() => undefined); // reported when its turn comes
        results.push(result);
        filled.release();
      }
    } finally {
      filled.release(); // one more than there are results: the end
    }
  }

  const pumping = pump();
  pumping.catch(() => undefined); // reported after the last result
  try {
    for (;;) {
      await filled.acquire();
      const result = results.shift();
      if (!result) break;
      yield await result;
      window.release();
    }
    await pumping;
  } finally {
    stopped = true;
    window.release();
    await Promise.allSettled([pumping, ...results]);
  }
}

class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async acquire(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}
