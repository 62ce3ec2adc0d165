/**
 * An engine in a thread of its own. Engines compute synchronously (onnxruntime-node's `run` returns a promise, and holds the thread that
 * called it until all is computed), so that beside one nothing else happens in its thread: no file is read on, no request answered.
 */
import type { TransferListItem } from 'node:worker_threads';
import { AppError, messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { moduleBesides, Thread } from '../threads/thread.ts';
import type { Engine, Executable } from './engine.ts';
import type { EngineChoice } from './engine-choice.ts';
import type { EngineTasks } from './engine-worker.ts';
import type { Graph } from './graph.ts';

/** Makes the engine of a choice there. Throws what createEngine throws. */
export async function openEngineThread(choice: EngineChoice): Promise<Engine> {
  const thread = new Thread<EngineTasks>(moduleBesides(import.meta, 'engine-worker'), choice);
  try {
    const { name, description } = await thread.call('facts');
    return {
      name,
      description: `${description}, in a thread of its own`,
      load: (graph) => load(thread, graph),
      dispose: () => thread.close(),
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}

async function load(thread: Thread<EngineTasks>, graph: Graph): Promise<Executable> {
  const id = await answered(thread.call('load', graph));
  return {
    run(inputs, outputs) {
      const [copies, buffers] = copied(inputs);
      return answered(thread.hand(buffers, 'run', id, copies, outputs));
    },
    // With the thread, the engine and all that it had prepared are gone already.
    dispose: () => (thread.isClosed ? Promise.resolve() : answered(thread.call('dispose', id))),
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
