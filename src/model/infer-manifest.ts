/** Makes a manifest for any ONNX file: facts from the file, and customs of the field where it says nothing, each of them listed. */
import path from 'node:path';
import { AppError } from '../core/errors.ts';
import type { Size } from '../core/geometry.ts';
import type { InputSpec } from '../core/input-spec.ts';
import { featureGraph, inferFeatureTensor } from './features.ts';
import type { Graph } from './graph.ts';
import { shapeOf } from './graph.ts';
import { inferLogits, isScores } from './logits.ts';
import type { ModelManifest } from './manifest.ts';
import { parseManifest, toModelName } from './manifest.ts';
import { readModelBytes, sha256Of } from './model-files.ts';
import { readHeader } from './onnx/header.ts';
import { readOnnx } from './onnx/read.ts';
import type { ZooModel } from './zoo.ts';
import { imagenetInput, zooModelOf } from './zoo.ts';

/** What a user says about a model; it goes before what the file or a custom says. */
export interface ManifestOverrides extends Partial<Omit<InputSpec, 'width' | 'height'>> {
  readonly name?: string;
  readonly size?: Size;
  readonly featureTensor?: string;
  readonly logits?: string;
  readonly labels?: readonly string[];
  readonly description?: string;
  readonly licence?: string;
  readonly provenance?: string;
  readonly sources?: readonly string[];
}

export interface InferredManifest {
  readonly manifest: ModelManifest;
  /** What neither the file, nor the table of known files, nor the caller said: "channels: rgb, …". Empty when nothing was assumed. */
  readonly assumed: readonly string[];
}

/**
 * The manifest of an .onnx file. A file that is known by its checksum (zoo.ts) gets the input it was trained with. For any other one
 * the preprocessing is assumed to be that of ImageNet classifiers (imagenetInput, where the choice of `fit` is argued); a wrong guess
 * costs accuracy and nothing else would show it, hence `assumed`.
 * Throws MODEL_NOT_FOUND, MODEL_INVALID, MODEL_UNSUPPORTED, MODEL_NO_FEATURES, or MANIFEST_INVALID when an override is wrong.
 */
export async function inferManifest(
  file: string,
  overrides: ManifestOverrides = {},
): Promise<InferredManifest> {
  const bytes = await readModelBytes(file);
  const sha256 = sha256Of(bytes);
  const known = zooModelOf(sha256);
  const said: ManifestOverrides = { ...(known && overridesOf(known)), ...overrides };
  const assumed: string[] = [];
  const facts = networkFacts(bytes, said, assumed, file);
  const base = path.basename(file);
  const manifest = {
    whymatch: 1,
    name: said.name ?? toModelName(path.parse(file).name),
    file: base,
    sha256,
    bytes: bytes.length,
    description: said.description ?? facts.description,
    input: { ...facts.size, ...preprocessing(said, assumed) },
    featureTensor: facts.featureTensor,
    logits: facts.logits,
    labels: said.labels,
    licence: said.licence ?? 'unknown',
    provenance: said.provenance ?? (facts.producer ? `${base}, written by ${facts.producer}` : base),
    sources: said.sources,
  };
  return { manifest: parseManifest(withoutAbsent(manifest), file), assumed };
}

/** What a table of known models or a manifest says, in the form in which a user would say it. */
export function overridesOf(
  model: Omit<ZooModel, 'sources'> & Pick<ManifestOverrides, 'sources'>,
): ManifestOverrides {
  const { bytes: _bytes, sha256: _sha256, input, ...rest } = model;
  const { width, height, ...preprocessing } = input;
  return { ...rest, ...preprocessing, size: { width, height } };
}

/** What the network itself tells. Checks what the user says against it. */
function networkFacts(bytes: Uint8Array, said: ManifestOverrides, assumed: string[], file: string) {
  const { width = imagenetInput.width, height = imagenetInput.height } = said.size ?? {};
  const graph = readOnnx(bytes, { inputSize: [height, width] });
  const { producer, ...fixed } = readHeader(bytes);
  const size = { width: fixed.width ?? width, height: fixed.height ?? height };
  if (said.size && (size.width !== width || size.height !== height)) {
    const problem = `expected ${size.width}×${size.height}, which the file fixes, received ${width}×${height}`;
    throw wrongOverride(file, 'size', problem);
  }
  if (!said.size && (fixed.width === undefined || fixed.height === undefined))
    assumed.push(`size: ${size.width}×${size.height}, the file leaves it open`);

  const featureTensor = said.featureTensor ?? inferFeatureTensor(graph);
  featureGraph(graph, featureTensor);
  if (!said.featureTensor)
    assumed.push(`featureTensor: ${featureTensor}, the last map before the classifier`);

  const logits = said.logits ?? inferLogits(graph, featureTensor);
  if (logits !== undefined && !isScores(graph, logits)) {
    const shape = graph.shapes.get(logits)?.join(', ');
    const received = shape ? `"${logits}" of shape (${shape})` : `"${logits}", which the model does not have`;
    throw wrongOverride(file, 'logits', `expected a value of shape (N, classes), received ${received}`);
  }
  if (logits !== undefined && !said.logits)
    assumed.push(`logits: ${logits}, an output above a learned layer`);
  return { size, featureTensor, logits, producer, description: describe(graph, featureTensor) };
}

/** How pictures become tensors, which no ONNX file says. */
function preprocessing(said: ManifestOverrides, assumed: string[]): Omit<InputSpec, 'width' | 'height'> {
  const reasons = {
    channels: 'as most training code has it',
    scale: 'which makes 0 to 255 into 0 to 1',
    mean: 'that of ImageNet',
    std: 'that of ImageNet',
    fit: 'so that the whole picture is seen',
    background: 'grey bars',
  };
  const { channels, scale, mean, std, fit, background } = { ...imagenetInput, ...said };
  const input = { channels, scale, mean, std, fit, background };
  for (const [field, reason] of Object.entries(reasons) as [keyof typeof reasons, string][]) {
    if (said[field] === undefined) assumed.push(`${field}: ${format(input[field])}, ${reason}`);
  }
  return input;
}

function format(value: InputSpec[keyof InputSpec]): string {
  if (value === 1 / 255) return '1/255';
  return typeof value === 'object' ? `(${value.join(', ')})` : String(value);
}

function withoutAbsent(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function wrongOverride(file: string, field: string, problem: string): AppError {
  return new AppError('MANIFEST_INVALID', `${file}: ${field}: ${problem}`, {
    details: { file, fields: [field] },
  });
}

function describe(graph: Graph, featureTensor: string): string {
  const [, channels, height, width] = shapeOf(graph, featureTensor);
  return `${String(channels)} features at ${String(width)}×${String(height)} places`;
}
