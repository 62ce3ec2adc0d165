/**
 * An engine in threads of its own. Engines compute synchronously (onnxruntime-node's `run` returns a promise, and holds the thread that
 * called it until all is computed), so that beside one nothing else happens in its thread: no file is read on, no request answered.
 *
 * Where there are several threads each has an engine and its copy of what it ran, and a run goes to the first that has the least to do: for a
 * stream of batches that takes less of the processors than one batch divided among them (docs/engines.md, Threads).
 */
import { availableParallelism } from 'node:os';
import type { TransferListItem } from 'node:worker_threads';
import { AppError, messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { moduleBesides, Thread } from '../threads/thread.ts';
import type { Engine, Executable } from './engine.ts';
import { chooseEngine, type EngineChoice } from './engine-choice.ts';
import type { EngineTasks } from './engine-worker.ts';
import type { Graph } from './graph.ts';

/** More copies of a model take memory, and the processors beyond them find work in each. */
const mostEngines = 4;

type EngineThread = Thread<EngineTasks>;

/** Makes the engine of a choice there. Throws what createEngine throws. */
export async function openEngineThreads(choice: EngineChoice): Promise<Engine> {
  const { count, threads } = divided(choice);
  const entry = moduleBesides(import.meta, 'engine-worker');
  const pool = Array.from(
    { length: count },
    () => new Thread<EngineTasks>(entry, { ...choice, ...(threads && { threads }) }),
  );
  const close = async () => void (await Promise.all(pool.map((thread) => thread.close())));
  try {
    const facts = await pool[0]!.call('facts');
    return {
      name: facts.name,
      description: `${count === 1 ? '' : `${count} × `}${facts.description}, beside the main thread`,
      parallelRuns: count,
      async load(graph) {
        const executable = executableOf(pool, graph);
        await executable.prepared;
        return executable;
      },
      dispose: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The engines that share the threads of a choice, and the threads of each. Only on the processor can engines be side by side. */
function divided(choice: EngineChoice): { count: number; threads?: number } {
  const chosen = chooseEngine(choice);
  if (chosen.engine !== 'ort' || chosen.device !== 'cpu') return { count: 1 };
  const threads = choice.threads ?? availableParallelism();
  const count = Math.min(threads, mostEngines);
  return { count, threads: Math.floor(threads / count) };
}

/**
 * A graph on the first thread, and on each of the others once there is more to do than those before it can take: a run of a few pictures
 * starts no engine that it does not need. prepared: settled when the first thread has it.
 */
function executableOf(
  pool: readonly EngineThread[],
  graph: Graph,
): Executable & { readonly prepared: Promise<unknown> } {
  const threads = pool.map((thread) => ({ thread, runs: 0, id: undefined as Promise<number> | undefined }));
  const idOn = (at: (typeof threads)[number]) => (at.id ??= answered(at.thread.call('load', graph)));
  return {
    prepared: idOn(threads[0]!),
    async run(inputs, outputs) {
      // The first of those with the least to do: idle ones that have the graph come before those that do not have it yet.
      const at = threads.reduce((best, other) => (other.runs < best.runs ? other : best));
      const [copies, buffers] = copied(inputs);
      at.runs++;
      try {
        return await answered(at.thread.hand(buffers, 'run', await idOn(at), copies, outputs));
      } finally {
        at.runs--;
      }
    },
    async dispose() {
      // With its thread, an engine and all that it had prepared are gone already.
      const open = threads.filter(({ thread, id }) => id && !thread.isClosed);
      await Promise.all(open.map(async ({ thread, id }) => answered(thread.call('dispose', await id!))));
    },
  };
}

/** Throws ENGINE_FAILED also for what is no fault of the caller's: that the thread is closed, or has died. */
async function answered<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AppError && error.code !== 'ABORTED') throw error;
    throw new AppError('ENGINE_FAILED', `the engine was disposed of or has failed: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Tensors that can be moved to another thread: the caller keeps its own. */
function copied(inputs: Readonly<Record<string, Tensor>>): [Record<string, Tensor>, TransferListItem[]] {
  const copies = Object.entries(inputs).map(
    ([name, { dims, data }]) => [name, { dims, data: data.slice() }] as const,
  );
  return [Object.fromEntries(copies), copies.map(([, { data }]) => data.buffer)];
}
