/** The thread of an engine: makes it, prepares graphs, and runs them. */
import { AppError } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { runTasks } from '../threads/thread.ts';
import type { Engine, Executable } from './engine.ts';
import type { EngineChoice } from './engine-choice.ts';
import { createEngine } from './engines.ts';
import type { Graph } from './graph.ts';

export type EngineTasks = ReturnType<typeof tasksOf>;

runTasks(async (choice) => {
  const engine = await createEngine(choice as EngineChoice);
  return { tasks: tasksOf(engine), end: () => engine.dispose() };
});

function tasksOf(engine: Engine) {
  const executables: Executable[] = [];
  const executable = (id: number): Executable => {
    const found = executables[id];
    // The thread that loaded it died, and this one took its place.
    if (!found) throw new AppError('ENGINE_FAILED', 'the engine was started anew; load the model again');
    return found;
  };
  return {
    facts: () => Promise.resolve({ name: engine.name, description: engine.description }),
    /** Resolves to the number by which the graph is known from now on. */
    load: async (graph: Graph): Promise<number> => executables.push(await engine.load(graph)) - 1,
    run: async (id: number, inputs: Readonly<Record<string, Tensor>>, outputs?: readonly string[]) =>
      executable(id).run(inputs, outputs),
    dispose: async (id: number) => executable(id).dispose(),
  };
}
