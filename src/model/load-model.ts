import { readFile } from 'node:fs/promises';
import type { Engine } from './engine.ts';
import type { EngineChoice, EngineName } from './engine-choice.ts';
import { createEngine } from './engines.ts';
import type { Graph } from './graph.ts';
import { fingerprint, type ModelManifest, readLabels } from './manifest.ts';
import { Model } from './model.ts';
import { readOnnx } from './onnx/read.ts';
import { defaultModel, findModel, type FoundModel, type RegistryOptions } from './registry.ts';

export interface LoadOptions extends Omit<EngineChoice, 'engine'>, RegistryOptions {
  /**
   * What runs the model: an engine, which stays the caller's, or the name of one, for an engine of the model's own, which dispose()
   * frees. Default: as createEngine chooses, onnxruntime unless the environment's WHYMATCH_ENGINE says otherwise.
   */
  readonly engine?: Engine | EngineName | undefined;
}

/** A model of the registry, ready to run. */
export class LoadedModel extends Model {
  readonly manifest: ModelManifest;
  /** Absolute path of the .onnx file. */
  readonly file: string;
  readonly #ownsEngine: boolean;

  /** For loadModel. */
  constructor(
    network: Graph,
    { manifest, file }: FoundModel,
    labels: readonly string[] | undefined,
    engine: Engine,
    ownsEngine: boolean,
  ) {
    const { name, input, featureTensor, logits } = manifest;
    const facts = { name, input, featureTensor, logits, labels, fingerprint: fingerprint(manifest) };
    super(network, facts, engine);
    this.manifest = manifest;
    this.file = file;
    this.#ownsEngine = ownsEngine;
  }

  override async dispose(): Promise<void> {
    await super.dispose();
    if (this.#ownsEngine) await this.engine.dispose();
  }
}

/**
 * Loads a model by its name in `whymatch model list`, or by the path of an .onnx file or a manifest; the embedded whymatch-s when no
 * name is given. dispose() frees it.
 * Throws MODEL_NOT_FOUND, MODEL_CHECKSUM, MANIFEST_INVALID, MODEL_INVALID, MODEL_UNSUPPORTED, MODEL_NO_FEATURES,
 * and those of createEngine.
 */
export async function loadModel(nameOrPath = defaultModel, options: LoadOptions = {}): Promise<LoadedModel> {
  return loadFound(await findModel(nameOrPath, options), options);
}

async function loadFound(found: FoundModel, options: LoadOptions): Promise<LoadedModel> {
  const { width, height } = found.manifest.input;
  const network = readOnnx(await readFile(found.file), { inputSize: [height, width] });
  const labels = await readLabels(found.manifest, found.manifestFile ?? found.file);
  const { engine, ...choice } = options;
  const [own, owned] =
    typeof engine === 'object' ? [engine, false] : [await createEngine({ ...choice, engine }), true];
  return new LoadedModel(network, found, labels, own, owned);
}
