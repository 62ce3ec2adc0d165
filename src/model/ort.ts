/** The engine behind onnxruntime-node; the only importer of that package. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { AppError, messageOf } from '../core/errors.ts';
import type { Tensor } from '../core/tensor.ts';
import { GraphBuilder } from './builder.ts';
import { checkInputs, checkOutputs } from './check-inputs.ts';
import type { OrtDevice } from './engine-choice.ts';
import type { Engine, EngineOptions, Executable } from './engine.ts';
import type { Graph } from './graph.ts';
import { writeOnnx } from './onnx/write.ts';

// From 1.29 on, onnxruntime writes a device id into the user's cache and reports usage to its makers, unless this is set before the
// first session. Whose pictures are searched is nobody else's business; who wants it otherwise sets the variable to 0.
process.env['ORT_DISABLE_TELEMETRY'] ??= '1';

export interface OrtOptions extends EngineOptions {
  /** Default: cpu. On cuda, operators that its provider lacks run on the CPU. */
  readonly device?: OrtDevice | undefined;
}

export interface OpenOrtOptions extends OrtOptions {
  /** Run on the CPU where CUDA does not start. Default: an error. */
  readonly allowFallback?: boolean | undefined;
}

/** On CPUs a picture of a batch takes as long as one alone (8 to 9 ms with whymatch-s, 1 to 16 pictures), and memory grows with the batch. */
const quickBatch = 4;

const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string };

/** An engine on onnxruntime. Whether the device is there shows when a graph is loaded; openOrtEngine finds out before. */
export function createOrtEngine({ device = 'cpu', ...options }: OrtOptions = {}): Engine {
  const threads = options.threads ?? availableParallelism();
  const loaded = new Set<OrtExecutable>();
  return {
    name: 'ort',
    description: `onnxruntime ${version}, ${device}${device === 'cpu' ? `, ${threads} ${threads === 1 ? 'thread' : 'threads'}` : ''}`,
    ...(device === 'cpu' && { quickBatch }),
    async load(graph) {
      const create = () => createSession(graph, device, threads);
      const executable = new OrtExecutable(graph, create, () => loaded.delete(executable));
      await executable.open();
      loaded.add(executable);
      return executable;
    },
    // A session keeps what its largest run needed (onnxruntime's arena), some 8 MiB a picture of a batch, until it is released. On cuda
    // starting one takes seconds, and the card has memory for nothing else.
    ...(device === 'cpu' && {
      rest: async () => {
        await Promise.all([...loaded].map((executable) => executable.rest()));
      },
    }),
    async dispose() {
      await Promise.all([...loaded].map((executable) => executable.dispose()));
    },
  };
}

/** An engine whose device has run a graph already. Throws ENGINE_UNAVAILABLE, with what to install, where it does not. */
export async function openOrtEngine(options: OpenOrtOptions = {}): Promise<Engine> {
  const { allowFallback = false, ...wanted } = options;
  if (wanted.device !== 'cuda') return createOrtEngine(wanted);
  try {
    return await openCuda(wanted);
  } catch (error) {
    if (!allowFallback) throw error;
    const engine = createOrtEngine({ ...wanted, device: 'cpu' });
    return { ...engine, description: `${engine.description} (not on cuda: ${messageOf(error)})` };
  }
}

async function openCuda(options: EngineOptions): Promise<Engine> {
  // Ampere and later round factors to 10 bits (TensorFloat-32) unless told otherwise; scores must agree with the CPU's to 1e-4.
  process.env['NVIDIA_TF32_OVERRIDE'] ??= '0';
  const unavailable = (reason: string, cause?: unknown) =>
    new AppError('ENGINE_UNAVAILABLE', `onnxruntime does not run on cuda here: ${reason}`, { cause });
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw unavailable(`it does so on Linux x64 alone, this is ${process.platform} ${process.arch}`);
  const folder = path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  // Looked for first, because the runtime writes to stderr where it fails to load it.
  if (!existsSync(path.join(folder, 'bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so'))) {
    const command = `node ${path.join(folder, 'script/install.js')} --onnxruntime-node-install`;
    throw unavailable(`its CUDA files are not installed. Fetch them (some 300 MB): ${command}`);
  }
  const engine = createOrtEngine({ ...options, device: 'cuda' });
  try {
    const probe = await engine.load(probeGraph());
    await probe.run({ image: { dims: [1, 1, 2, 2], data: new Float32Array(4) } });
    await probe.dispose();
    return engine;
  } catch (error) {
    await engine.dispose();
    const needs =
      'It needs an NVIDIA driver, CUDA 12 and cuDNN 9 (ldconfig -p must list libcudart.so.12 and libcudnn.so.9)';
    throw unavailable(`${messageOf(error)}. ${needs}`, error);
  }
}

/** A convolution, so that cuDNN is loaded too. */
function probeGraph(): Graph {
  const builder = new GraphBuilder('probe');
  const image = builder.input('image', ['N', 1, 2, 2]);
  const window = { strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] } as const;
  const kernel = builder.constant([1, 1, 1, 1], [1]);
  return builder.build({ out: builder.add({ op: 'Conv', group: 1, ...window }, [image, kernel]) });
}

async function createSession(graph: Graph, device: OrtDevice, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(writeOnnx(graph), {
      executionProviders: [device],
      intraOpNumThreads: threads,
      graphOptimizationLevel: 'all',
      // A thread that waits for another looks for it for a moment and then sleeps; for as long as onnxruntime would by default, it would
      // keep a processor from other work. docs/engines.md, Threads.
      extra: {
        session: { intra_op: { allow_spinning: '1', spin_duration_us: '30' }, force_spinning_stop: '1' },
      },
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
  readonly #create: () => Promise<InferenceSession>;
  readonly #onDispose: () => void;
  #session: Promise<InferenceSession> | undefined;
  /** Runs under way: a session must not be released below them. */
  readonly #runs = new Set<Promise<unknown>>();
  #disposal: Promise<void> | undefined;

  constructor(graph: Graph, create: () => Promise<InferenceSession>, onDispose: () => void) {
    this.#graph = graph;
    this.#create = create;
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
    const run = this.#compute(this.open(), inputs, outputs);
    this.#runs.add(run);
    try {
      return await run;
    } finally {
      this.#runs.delete(run);
    }
  }

  /** The session, which is there from now on. Throws ENGINE_FAILED; the next call then tries again. */
  open(): Promise<InferenceSession> {
    if (this.#session) return this.#session;
    const opening = this.#create();
    this.#session = opening;
    opening.catch(() => {
      if (this.#session === opening) this.#session = undefined;
    });
    return opening;
  }

  /** Releases the session when the runs under way have ended; the next run opens another. */
  async rest(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await Promise.allSettled(this.#runs);
    // Runs have told of a session that could not be opened.
    const opened = await session?.catch(() => undefined);
    await opened?.release();
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.rest().finally(() => this.#onDispose());
    return this.#disposal;
  }

  async #compute(
    session: Promise<InferenceSession>,
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[],
  ): Promise<Record<string, Tensor>> {
    const opened = await session;
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { dims, data }]) => [name, new OrtTensor('float32', data, dims)]),
    );
    try {
      const results = await opened.run(feeds, outputs);
      return Object.fromEntries(
        Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]),
      );
    } catch (error) {
      throw new AppError(
        'ENGINE_FAILED',
        `onnxruntime failed in graph ${this.#graph.name}: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}
