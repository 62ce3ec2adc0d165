/**
 * An engine in threads of its own. Engines compute synchronously (onnxruntime-node's `run` returns a promise, and holds the thread that
 * called it until all is computed), so that beside one nothing else happens in its thread: no file is read on, no request answered.
 *
 * Where there are several threads each has an engine and its copy of what is loaded, and a run goes to one that has the least to do: for a
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
    const [facts] = await Promise.all(pool.map((thread) => thread.call('facts')));
    return {
      name: facts!.name,
      description: `${count === 1 ? '' : `${count} × `}${facts!.description}, beside the main thread`,
      parallelRuns: count,
      async load(graph) {
        const ids = await Promise.all(pool.map((thread) => answered(thread.call('load', graph))));
        return executableOf(pool, ids);
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

/** ids: by which the graph is known in each thread. */
function executableOf(pool: readonly EngineThread[], ids: readonly number[]): Executable {
  const runs = pool.map(() => 0);
  return {
    async run(inputs, outputs) {
      const least = runs.indexOf(Math.min(...runs));
      const [copies, buffers] = copied(inputs);
      runs[least]!++;
      try {
        return await answered(pool[least]!.hand(buffers, 'run', ids[least]!, copies, outputs));
      } finally {
        runs[least]!--;
      }
    },
    async dispose() {
      // With its thread, an engine and all that it had prepared are gone already.
      const open = [...pool.entries()].filter(([, thread]) => !thread.isClosed);
      await Promise.all(open.map(([i, thread]) => answered(thread.call('dispose', ids[i]!))));
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
