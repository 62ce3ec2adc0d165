/** The engine behind onnxruntime-node; the only importer of that package. */
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { createRequire } from 'node:module';
import { AppError, messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { checkInputs, checkOutputs } from './check-inputs.ts';
import type { Engine, EngineOptions, Executable } from './engine.ts';
import type { Graph } from './graph.ts';
import { writeOnnx } from './onnx/write.ts';

// From 1.29 on, onnxruntime writes a device id into the user's cache and reports usage to its makers, unless this is set before the
// first session. Whose pictures are searched is nobody else's business; who wants it otherwise sets the variable to 0.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

/** An engine on onnxruntime's CPU provider. */
export function createOrtEngine(options: EngineOptions = {}): Engine {
  const threads = options.threads ?? availableParallelism();
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };
  const loaded = new Set<Executable>();
  return {
    name: 'ort',
    description: `onnxruntime ${version}, cpu, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    async load(graph) {
      const session = await createSession(graph, threads);
      const executable = new OrtExecutable(graph, session, () => loaded.delete(executable));
      loaded.add(executable);
      return executable;
    },
    async dispose() {
      await Promise.all([...loaded].map((executable) => executable.dispose()));
    },
  };
}

async function createSession(graph: Graph, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(writeOnnx(graph), {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      graphOptimizationLevel: 'all',
      // Errors only: the runtime writes its warnings to stderr, past any logger of ours.
      logSeverityLevel: 3,
    });
  } catch (error) {
    throw new AppError('ENGINE_FAILED', `onnxruntime refused graph ${graph.name}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

class OrtExecutable implements Executable {
  readonly #graph: Graph;
  readonly #session: InferenceSession;
  readonly #onDispose: () => void;
  /** Runs under way: a session must not be released below them. */
  readonly #runs = new Set<Promise<unknown>>();
  #disposal: Promise<void> | undefined;

  constructor(graph: Graph, session: InferenceSession, onDispose: () => void) {
    this.#graph = graph;
    this.#session = session;
    this.#onDispose = onDispose;
  }

  async run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.#graph.outputs,
  ): Promise<Record<string, Tensor>> {
    checkInputs(this.#graph, inputs);
    checkOutputs(this.#graph, outputs);
    if (this.#disposal)
      throw new AppError('ENGINE_FAILED', `graph ${this.#graph.name} was disposed of and cannot run`);
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { dims, data }]) => [name, new OrtTensor('float32', data, dims)]),
    );
    const run = this.#session.run(feeds, outputs);
    this.#runs.add(run);
    try {
      const results = await run;
      return Object.fromEntries(
        Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]),
      );
    } catch (error) {
      throw new AppError(
        'ENGINE_FAILED',
        `onnxruntime failed in graph ${this.#graph.name}: ${messageOf(error)}`,
        { cause: error },
      );
    } finally {
      this.#runs.delete(run);
    }
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#release();
    return this.#disposal;
  }

  async #release(): Promise<void> {
    await Promise.allSettled(this.#runs);
    await this.#session.release();
    this.#onDispose();
  }
}
