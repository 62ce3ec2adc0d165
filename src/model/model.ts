import type { Embedder } from '../core/embedder.ts';
import { AppError } from '../core/errors.ts';
import type { Size } from '../core/geometry.ts';
import type { InputSpec } from '../core/input-spec.ts';
import type { Tensor } from '../core/tensor.ts';
import { sizeOf, tensor } from '../core/tensor.ts';
import { normalize } from '../core/vector.ts';
import type { Classifier } from './classifier.ts';
import { classifier } from './classifier.ts';
import type { Engine, Executable } from './engine.ts';
import { featureGraph } from './features.ts';
import type { Graph } from './graph.ts';
import { shapeOf } from './graph.ts';

/** What identifies a model and tells how to feed it. A manifest has it all (manifest.ts). */
export interface ModelFacts {
  readonly name: string;
  readonly fingerprint: string;
  readonly input: InputSpec;
  readonly featureTensor: string;
  /** The value with a score for each class, before any softmax: (N,K) or (N,K,1,1). Absent where the model does not classify. */
  readonly logits?: string | undefined;
  /** The names of the classes. */
  readonly labels?: readonly string[] | undefined;
}

/** What a forward pass gives for N pictures. */
export interface ForwardResult {
  /** (N,C,h,w), the map that the manifest names: in general what its last rectifier gives. */
  readonly features: Tensor;
  /** (N,C): the mean of the features over their places, not normalised. */
  readonly embedding: Tensor;
}

/** The most that runs may hold of intermediate results, in bytes: it bounds the batch. */
const runMemory = 2 ** 30;
const largestBatch = 16;

/**
 * A network cut at its feature map, on an engine. Derived graphs (explanations) are prepared on first use and kept until dispose().
 * The engine belongs to the caller of createModel; loadModel makes one that dispose() frees.
 */
export class Model implements Embedder {
  readonly model: string;
  readonly fingerprint: string;
  readonly input: InputSpec;
  readonly engine: Engine;
  /** Input image (N,3,H,W); outputs features (N,C,h,w) and embedding (N,C). */
  readonly graph: Graph;
  readonly #makeClassifier: (() => Classifier) | undefined;
  #classifier: Classifier | undefined;
  readonly #executables = new Map<string, Promise<Executable>>();

  /** Throws MODEL_NO_FEATURES, or MODEL_UNSUPPORTED when the input specification does not fit the graph. */
  constructor(network: Graph, facts: ModelFacts, engine: Engine) {
    this.model = facts.name;
    this.fingerprint = facts.fingerprint;
    this.input = facts.input;
    this.engine = engine;
    this.graph = featureGraph(network, facts.featureTensor);
    const { featureTensor, logits, labels } = facts;
    // On first use: a strange classifier must not keep the model from searching.
    if (logits !== undefined) this.#makeClassifier = () => classifier(network, featureTensor, logits, labels);
    const [, , height, width] = shapeOf(this.graph, 'image');
    if (height !== facts.input.height || width !== facts.input.width) {
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `expected pictures of ${String(width)}×${String(height)} for model ${facts.name}, its manifest says ${facts.input.width}×${facts.input.height}`,
      );
    }
  }

  /** C, the length of an embedding. */
  get dimension(): number {
    return Number(shapeOf(this.graph, 'embedding')[1]);
  }

  /** Places of the feature map. */
  get featureSize(): Size {
    const [, , height, width] = shapeOf(this.graph, 'features');
    return { width: Number(width), height: Number(height) };
  }

  /** Has it a classifier? */
  get classifies(): boolean {
    return this.#makeClassifier !== undefined;
  }

  /** Throws MODEL_NO_CLASSES where the model has none; MODEL_UNSUPPORTED when it is not one that can be explained (classifier.ts). */
  get classifier(): Classifier {
    if (this.#makeClassifier) return (this.#classifier ??= this.#makeClassifier());
    throw new AppError(
      'MODEL_NO_CLASSES',
      `the model ${this.model} knows no classes, only similarity; use a model whose manifest names "logits"`,
    );
  }

  /** Runs that its engine computes at the same time. */
  get parallelRuns(): number {
    return this.engine.parallelRuns ?? 1;
  }

  /** How many pictures one run should take at most, so that the memory of all runs stays bounded. */
  get batchSize(): number {
    const floats = this.graph.nodes.flatMap(({ outputs }) =>
      outputs.map((output) => sizeOf(shapeOf(this.graph, output).map((dim) => (dim === 'N' ? 1 : dim)))),
    );
    const bytes = 4 * floats.reduce((sum, size) => sum + size, 0);
    return Math.max(1, Math.floor(Math.min(largestBatch, runMemory / bytes) / this.parallelRuns));
  }

  /** images (N,3,H,W), normalised as `input` says. */
  async forward(images: Tensor): Promise<ForwardResult> {
    const executable = await this.executable('forward', (graph) => graph);
    const { features, embedding } = await executable.run({ image: images });
    return { features: features!, embedding: embedding! };
  }

  /** The class scores, before any softmax, of features (N,C,h,w) that forward() gave: (N,K). Throws MODEL_NO_CLASSES, MODEL_UNSUPPORTED. */
  async classify(features: Tensor): Promise<Tensor> {
    const { head } = this.classifier;
    const executable = await this.executable('classifier head', () => head);
    const { logits } = await executable.run({ features });
    return logits!;
  }

  /** images (N,3,H,W) -> (N,C), each row of length 1 (or all zero). */
  async embed(images: Tensor): Promise<Tensor> {
    const executable = await this.executable('forward', (graph) => graph);
    const { embedding } = await executable.run({ image: images }, ['embedding']);
    const { dims, data } = embedding!;
    const unit = new Float32Array(data.length);
    for (let i = 0; i < data.length; i += this.dimension)
      unit.set(normalize(data.subarray(i, i + this.dimension)), i);
    return tensor(dims, unit);
  }

  /** The executable of a graph derived from this model's, prepared once for each key. */
  executable(key: string, derive: (graph: Graph) => Graph): Promise<Executable> {
    const known = this.#executables.get(key);
    if (known) return known;
    // Deriving inside the promise turns what it throws into a rejection; a failure is not kept.
    const prepared = Promise.resolve().then(() => this.engine.load(derive(this.graph)));
    this.#executables.set(key, prepared);
    prepared.catch(() => this.#executables.delete(key));
    return prepared;
  }

  /** Frees the prepared graphs. */
  async dispose(): Promise<void> {
    const prepared = await Promise.allSettled(this.#executables.values());
    this.#executables.clear();
    for (const result of prepared) if (result.status === 'fulfilled') await result.value.dispose();
  }
}
