/** The engine behind TensorFlow.js, on whichever of its backends is there. */
import { AppError, messageOf } from '../../core/errors.ts';
import type { Tensor } from '../../core/tensor.ts';
import { checkInputs, checkOutputs } from '../check-inputs.ts';
import type { Engine, EngineOptions, Executable } from '../engine.ts';
import type { Graph, Node } from '../graph.ts';
import { shapeOf } from '../graph.ts';
import type { TfjsBackend } from '../engine-choice.ts';
import { openBackend } from './backend.ts';
import type { Prepared } from './convolution.ts';
import { prepareConv, prepareConvTranspose, weightsOf } from './convolution.ts';
import type { Tf, TfTensor } from './layout.ts';
import { keep, unkeep } from './layout.ts';
import { applyOperator } from './operators.ts';

export interface TfjsOptions extends EngineOptions {
  /** Default: the first of node-gpu, node, wasm, cpu that starts. */
  readonly backend?: TfjsBackend | undefined;
  /** Take the next one where `backend` does not start. Default: an error. */
  readonly allowFallback?: boolean | undefined;
}

/**
 * An engine on TensorFlow.js. Its state is one for the whole process, so two engines share a backend; `threads` is left to it.
 * Throws ENGINE_UNAVAILABLE when no backend starts.
 */
export async function createTfjsEngine(options: TfjsOptions = {}): Promise<Engine> {
  const { tf, backend, version } = await openBackend(options.backend, options.allowFallback);
  const instead =
    options.backend !== undefined && options.backend !== backend ? `, not on ${options.backend}` : '';
  const loaded = new Set<TfjsExecutable>();
  return {
    name: 'tfjs',
    description: `TensorFlow.js, ${backend} backend (${version})${instead}`,
    async load(graph) {
      const executable = new TfjsExecutable(tf, backend, graph, () => loaded.delete(executable));
      loaded.add(executable);
      return executable;
    },
    async dispose() {
      await Promise.all([...loaded].map((executable) => executable.dispose()));
    },
  };
}

/**
 * Which backend computes is a global of TensorFlow.js, and another engine may have set it since. A backend that has started is set
 * before this returns, so that nothing comes in between here and the computation.
 */
function select(tf: Tf, backend: TfjsBackend): void {
  const name = backend === 'node-gpu' || backend === 'node' ? 'tensorflow' : backend;
  // Name and instance can differ, where one backend was still starting when another was set.
  if (tf.getBackend() !== name || tf.backend() !== tf.findBackend(name)) void tf.setBackend(name);
}

/** One node, ready to run: its weights are on the backend. */
interface Step {
  readonly node: Node;
  readonly run: (inputs: readonly TfTensor[]) => TfTensor[];
  readonly weights: readonly TfTensor[];
  /** Inputs that are computed or constants of their own; weights are not among them. */
  readonly reads: readonly string[];
}

class TfjsExecutable implements Executable {
  readonly #tf: Tf;
  readonly #backend: TfjsBackend;
  readonly #graph: Graph;
  readonly #onDispose: () => void;
  readonly #steps: Step[] = [];
  readonly #constants = new Map<string, TfTensor>();
  #disposed = false;

  constructor(tf: Tf, backend: TfjsBackend, graph: Graph, onDispose: () => void) {
    this.#tf = tf;
    this.#backend = backend;
    this.#graph = graph;
    this.#onDispose = onDispose;
    try {
      checkOrder(graph);
      select(tf, backend);
      this.#upload();
    } catch (error) {
      this.#free();
      throw failure('refused', graph, error);
    }
  }

  #upload(): void {
    const tf = this.#tf;
    for (const node of this.#graph.nodes) this.#steps.push(prepare(tf, this.#graph, node));
    for (const name of new Set(this.#steps.flatMap(({ reads }) => reads))) {
      const constant = this.#graph.constants.get(name);
      if (!constant) continue;
      const { dims, data } = constant;
      const uploaded = tf.tidy(() => keep(tf, tf.tensor(Float32Array.from(data, Number), [...dims])));
      this.#constants.set(name, uploaded);
    }
  }

  async run(
    inputs: Readonly<Record<string, Tensor>>,
    outputs: readonly string[] = this.#graph.outputs,
  ): Promise<Record<string, Tensor>> {
    checkInputs(this.#graph, inputs);
    checkOutputs(this.#graph, outputs);
    if (this.#disposed)
      throw new AppError('ENGINE_FAILED', `graph ${this.#graph.name} was disposed of and cannot run`);
    let results: TfTensor[] = [];
    try {
      select(this.#tf, this.#backend);
      results = this.#tf.tidy(() => this.#compute(inputs, outputs));
      const read = await Promise.all(
        results.map(async (result) => ({
          dims: [...result.shape],
          data: (await result.data()) as Float32Array,
        })),
      );
      return Object.fromEntries(outputs.map((output, i) => [output, read[i]!]));
    } catch (error) {
      throw failure('failed in', this.#graph, error);
    } finally {
      for (const result of results) result.dispose();
    }
  }

  /** Runs the nodes that the outputs need, and frees each value after its last reader. */
  #compute(inputs: Readonly<Record<string, Tensor>>, outputs: readonly string[]): TfTensor[] {
    const tf = this.#tf;
    const values = new Map(this.#constants);
    for (const [name, { dims, data }] of Object.entries(inputs))
      values.set(name, keep(tf, tf.tensor(data, [...dims])));
    const wanted = this.#needed(outputs);
    const last = new Map(wanted.flatMap(({ reads }, i) => reads.map((name) => [name, i] as const)));
    for (const [i, step] of wanted.entries()) {
      const own = step.reads.map((name) => values.get(name)!);
      const results = tf.tidy(() => step.run(own));
      for (const [k, output] of step.node.outputs.entries()) values.set(output, results[k]!);
      for (const name of new Set(step.reads)) {
        if (last.get(name) !== i || this.#constants.has(name) || outputs.includes(name)) continue;
        values.get(name)!.dispose();
        values.delete(name);
      }
    }
    return outputs.map((output) => tf.clone(unkeep(tf, values.get(output)!)));
  }

  #needed(outputs: readonly string[]): Step[] {
    const names = new Set(outputs);
    const steps: Step[] = [];
    for (const step of this.#steps.toReversed()) {
      if (!step.node.outputs.some((output) => names.has(output))) continue;
      for (const name of step.reads) names.add(name);
      steps.push(step);
    }
    return steps.toReversed();
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#free();
    this.#onDispose();
  }

  #free(): void {
    for (const { weights } of this.#steps) for (const weight of weights) weight.dispose();
    for (const constant of this.#constants.values()) constant.dispose();
  }
}

function failure(what: string, graph: Graph, cause: unknown): AppError {
  return new AppError('ENGINE_FAILED', `TensorFlow.js ${what} graph ${graph.name}: ${messageOf(cause)}`, {
    cause,
  });
}

/** Throws unless every node reads what is there when it runs. */
function checkOrder(graph: Graph): void {
  const known = new Set([...graph.inputs, ...graph.constants.keys()]);
  for (const node of graph.nodes) {
    const missing = node.inputs.find((input) => !known.has(input));
    if (missing !== undefined) {
      throw new RangeError(
        `${node.op} node "${node.name}" reads "${missing}", which nothing before it computes`,
      );
    }
    for (const output of node.outputs) known.add(output);
  }
}

function prepare(tf: Tf, graph: Graph, node: Node): Step {
  if (node.op === 'Conv' || node.op === 'ConvTranspose') return prepareConvolution(tf, graph, node);
  const shape = shapeOf(graph, node.outputs[0]!);
  const places = [Number(shape[2]), Number(shape[3])] as const;
  return { node, weights: [], reads: node.inputs, run: (inputs) => applyOperator(tf, node, inputs, places) };
}

function prepareConvolution(tf: Tf, graph: Graph, node: Node & { op: 'Conv' | 'ConvTranspose' }): Step {
  const known = weightsOf(node, graph.constants);
  if (!known) throw new RangeError(`${node.op} node "${node.name}" has no constant kernel`);
  const channels = Number(shapeOf(graph, node.inputs[0]!)[1]);
  const prepared: Prepared =
    node.op === 'Conv'
      ? prepareConv(tf, node, known.weight, channels)
      : prepareConvTranspose(tf, node, known.weight, channels);
  const bias = known.bias && tf.tensor(known.bias.data, [known.bias.data.length]);
  return {
    node,
    weights: bias ? [...prepared.weights, bias] : prepared.weights,
    reads: node.inputs.slice(0, 1),
    run: ([x]) => [bias ? tf.add(prepared.apply(x!), bias) : prepared.apply(x!)],
  };
}
