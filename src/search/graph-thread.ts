/** A graph builder in a thread of its own. */
import { setPriority } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { messageOf } from '../core/errors.ts';
import { type GraphBuilder, LocalGraphBuilder } from './graph-builder.ts';
import type { SnapshotOrigin } from './snapshot.ts';

type Method = Exclude<keyof GraphBuilder, 'close'>;

interface Call {
  readonly method: Method;
  readonly args: readonly unknown[];
}

interface Answer {
  readonly result?: unknown;
  readonly error?: string;
}

interface Waiting {
  resolve(result: never): void;
  reject(error: Error): void;
}

export class GraphThread implements GraphBuilder {
  readonly #worker: Worker;
  /** The worker answers in order. */
  readonly #waiting: Waiting[] = [];
  #ended: Error | undefined;

  /** modest: leaves the processor to others where they want it. */
  constructor(origin: SnapshotOrigin, { modest = false } = {}) {
    this.#worker = startWorker({ origin, modest });
    this.#worker.on('message', ({ result, error }: Answer) => {
      const waiting = this.#waiting.shift();
      if (error === undefined) waiting?.resolve(result as never);
      else waiting?.reject(new Error(error));
    });
    this.#worker.on('error', (error: Error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('the thread that builds the index has ended')));
  }

  load: GraphBuilder['load'] = (directory) => this.#call('load', [directory]);
  start: GraphBuilder['start'] = (capacity) => this.#call('start', [capacity]);
  add: GraphBuilder['add'] = (rows) => this.#call('add', [rows], [rows.labels.buffer, rows.values.buffer]);
  remove: GraphBuilder['remove'] = (labels) => this.#call('remove', [labels]);
  stage: GraphBuilder['stage'] = (directory, seq) => this.#call('stage', [directory, seq]);

  /** The thread ends when it is through with the call in hand. Terminated within hnswlib it would abort the whole process. */
  close(): void {
    this.#end(new Error('the index is no longer being built'));
    this.#worker.postMessage(null, []);
  }

  #call<T>(method: Method, args: readonly unknown[], transfer: readonly ArrayBuffer[] = []): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) {
        reject(this.#ended);
        return;
      }
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage({ method, args } satisfies Call, transfer);
    });
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#ended);
  }
}

interface Task {
  readonly origin: SnapshotOrigin;
  readonly modest: boolean;
}

function startWorker(task: Task): Worker {
  const options = { workerData: { whymatchGraph: task }, name: 'whymatch index' };
  const { url } = import.meta;
  if (!url.endsWith('.ts')) return new Worker(new URL(url), options);
  // Scripts run by tsx, which has to be started in each thread.
  const loader = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const code = `import(${loader}).then(({ register }) => { register(); return import(${JSON.stringify(url)}); })`;
  return new Worker(code, { ...options, eval: true });
}

/** In the worker: the calls of the other side, one after the other. */
function serve({ origin, modest }: Task): void {
  if (modest) beModest();
  const port = parentPort!;
  const builder = new LocalGraphBuilder(origin);
  const answer = async ({ method, args }: Call): Promise<Answer> => {
    try {
      const work = builder[method] as (...args: readonly unknown[]) => Promise<unknown>;
      return { result: await work.apply(builder, [...args]) };
    } catch (error) {
      return { error: messageOf(error) };
    }
  };
  let turn: Promise<void> = Promise.resolve();
  // null: no more calls, and nobody waits for the answers to come.
  port.on('message', (call: Call | null) => {
    if (call) turn = turn.then(async () => port.postMessage(await answer(call)));
    else port.close();
  });
}

/** On Linux, and there alone, a priority is a thread's own. */
function beModest(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(10);
  } catch {
    // It has a lower one already.
  }
}

const given = workerData as { readonly whymatchGraph?: Task } | null;
if (!isMainThread && given?.whymatchGraph) serve(given.whymatchGraph);
