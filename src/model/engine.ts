import type { Tensor } from '../core/tensor.ts';
import type { Graph } from './graph.ts';

/** What runs Graphs. An implementation knows its runtime and this file, nothing else; test/model/engine-contract.ts is what it must pass. */
export interface Engine {
  /** Short name, e.g. ort. */
  readonly name: string;
  /** Which device and version runs, for people: "onnxruntime 1.30.0, cpu, 2 threads". */
  readonly description: string;
  /** Runs that it computes at the same time; 1 when absent: others wait. */
  readonly parallelRuns?: number;
  /** Batch size beyond which a picture takes no less time; absent where larger is always better. */
  readonly quickBatch?: number;
  /** Prepares a graph: weights are copied into the runtime once. Throws ENGINE_FAILED when the runtime refuses the graph. */
  load(graph: Graph): Promise<Executable>;
  /**
   * Gives back memory that is kept only to be quick; absent where there is none to speak of. Executables stay usable: the next run of each
   * takes as long as its first.
   */
  rest?(): Promise<void>;
  /** Frees every executable that is still loaded. */
  dispose(): Promise<void>;
}

/** A graph that is ready to run. Runs may overlap; they are safe and may be queued. */
export interface Executable {
  /**
   * inputs: a float32 tensor for every input of the graph -> a float32 tensor for every output asked for (all of them by default).
   * Throws ENGINE_INPUT when a name or shape does not fit the graph, ENGINE_FAILED when the runtime fails or was disposed of.
   */
  run(inputs: Readonly<Record<string, Tensor>>, outputs?: readonly string[]): Promise<Record<string, Tensor>>;
  /** Frees the weights when the runs under way have ended; no other run can begin. */
  dispose(): Promise<void>;
}

export interface EngineOptions {
  /** Threads that one run may use; default: all processors that the process may use. */
  readonly threads?: number;
}
