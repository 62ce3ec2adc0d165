/** Functions that run in a thread of their own, so that what they compute holds up nothing else. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  parentPort,
  SHARE_ENV,
  type TransferListItem,
  Worker,
  workerData,
  type WorkerOptions,
} from 'node:worker_threads';
import { AppError, type ErrorCode } from '../core/errors.ts';

/** What a thread can do. Arguments and results are copied: plain data and typed arrays. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Tasks = Readonly<Record<string, (...args: any[]) => Promise<unknown>>>;

interface Request {
  readonly id: number;
  readonly task: string;
  readonly args: readonly unknown[];
}

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: Failure;
}

/** An error as it travels: classes do not survive the way. */
interface Failure {
  readonly code: ErrorCode | undefined;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The side that asks. The thread starts with the first call; one that dies fails the calls in hand, and the next call starts another. */
export class Thread<T extends Tasks> {
  readonly #entry: string;
  readonly #data: unknown;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #calls = 0;
  #closed = false;

  /** entry: the module that calls runTasks, see moduleBesides; data: what it is given, plain. */
  constructor(entry: string, data?: unknown) {
    this.#entry = entry;
    this.#data = data;
  }

  /** No call is answered any more, but for those that were in hand. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** It has been started, and has not died. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Throws what the task throws: AppErrors as such, others as Errors; ABORTED once it is closed. */
  call<K extends keyof T & string>(task: K, ...args: Parameters<T[K]>): ReturnType<T[K]> {
    return this.hand([], task, ...args);
  }

  /** The same, where `transfer`, buffers of the arguments, is moved and not copied: this side has them no more. */
  hand<K extends keyof T & string>(
    transfer: readonly TransferListItem[],
    task: K,
    ...args: Parameters<T[K]>
  ): ReturnType<T[K]> {
    const id = this.#calls++;
    const answer = new Promise((resolve, reject) => {
      // What was cut off when it was closed may get this far: another thread would keep the process alive.
      if (this.#closed) throw new AppError('ABORTED', 'the thread has been closed');
      this.#worker ??= this.#start();
      this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
      try {
        send(this.#worker, { id, task, args }, transfer);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
    return answer as ReturnType<T[K]>;
  }

  /** Lets the calls in hand finish. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    this.#worker = undefined;
    worker.ref();
    const ended = once(worker, 'exit');
    send(worker, null);
    // Whatever keeps it: nobody waits for it any longer.
    await Promise.race([ended, sleep(patience, undefined, { ref: false })]);
    await worker.terminate();
  }

  #start(): Worker {
    const worker = startWorker(this.#entry, this.#data);
    worker.on('message', ({ id, result, error }: Reply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) waiting?.reject(thrownBy(error));
      else waiting?.resolve(result);
      // A thread that nobody waits for does not keep the process alive.
      if (this.#waiting.size === 0) worker.unref();
    });
    let cause: unknown;
    worker.on('error', (error) => (cause = error));
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined;
      const gone = new Error('a thread ended unexpectedly', { cause });
      for (const { reject } of this.#waiting.values()) reject(gone);
      this.#waiting.clear();
    });
    return worker;
  }
}

/** null: no more calls. */
function send(worker: Worker, message: Request | null, transfer: readonly TransferListItem[] = []): void {
  worker.postMessage(message, transfer);
}

/** The address of a module in the folder of another: built or not, it ends as that one does. */
export function moduleBesides({ url }: ImportMeta, name: string): string {
  return new URL(`${name}${url.endsWith('.ts') ? '.ts' : '.js'}`, url).href;
}

/** Milliseconds that a thread has to finish when it is closed. */
const patience = 10_000;

/** The side that works: serves `tasks` until the other side closes; then `end`. */
export function runTasks(prepare: (data: unknown) => Promise<{ tasks: Tasks; end(): Promise<void> }>): void {
  const port = parentPort!;
  const prepared = prepare(workerData);
  // Whoever calls hears of it.
  prepared.catch(() => undefined);
  const running = new Set<Promise<void>>();
  const run = async ({ id, task, args }: Request) => {
    try {
      const { tasks } = await prepared;
      port.postMessage({ id, result: await tasks[task]!(...args) } satisfies Reply);
    } catch (error) {
      port.postMessage({ id, error: failureOf(error) } satisfies Reply);
    }
  };
  port.on('message', (request: Request | null) => {
    if (request) {
      const work: Promise<void> = run(request).finally(() => running.delete(work));
      running.add(work);
      return;
    }
    void Promise.allSettled(running)
      .then(() => prepared)
      .then(({ end }) => end())
      .catch(() => undefined)
      .finally(() => port.close());
  });
}

/** SHARE_ENV: what native code is told by the environment counts in every thread. */
function startWorker(entry: string, data: unknown): Worker {
  const options: WorkerOptions = { workerData: data, env: SHARE_ENV };
  if (!entry.endsWith('.ts')) return new Worker(new URL(entry), options);
  // Scripts run by tsx, which has to be started in each thread.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import(${loader}).then(({ register }) => { register(); return import(${JSON.stringify(entry)}); })`;
  return new Worker(code, { ...options, eval: true });
}

function failureOf(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const known = error instanceof AppError ? error : undefined;
  return { code: known?.code, message, details: known?.details ?? {}, stack };
}

function thrownBy({ code, message, details, stack }: Failure): Error {
  const error = code === undefined ? new Error(message) : new AppError(code, message, { details });
  if (stack !== undefined) error.stack = stack;
  return error;
}
