/** Starts an engine, runs the default model on it for about a second, and compares what it gives with another engine's. */
import { performance } from 'node:perf_hooks';
import { messageOf } from '../../core/errors.ts';
import { seededRandom } from '../../core/random.ts';
import { sizeOf, type Tensor } from '../../core/tensor.ts';
import { chooseEngine, type ChosenEngine, engineLabel, parseEngine } from '../../model/engine-choice.ts';
import { allEngines } from '../../model/engines.ts';
import { type LoadedModel, loadModel } from '../../model/load-model.ts';
import { defaultModel, type RegistryOptions } from '../../model/registry.ts';

export interface EngineCheck {
  /** ort:cpu, as WHYMATCH_ENGINE takes it. */
  readonly name: string;
  readonly starts: boolean;
  /** What runs, with its version. */
  readonly description?: string;
  /** Forward passes of the default model, one picture each. */
  readonly passesPerSecond?: number;
  /** Largest difference of an embedding's value from that of the first engine that ran: rounding, below 0.0001. */
  readonly difference?: number;
  /** Why it does not start, or fails. */
  readonly problem?: string;
}

export interface EngineTrial {
  readonly check: EngineCheck;
  /** What the engine gave, for the next to be compared with. */
  readonly embedding?: Float32Array;
}

/** What runs when nobody names an engine. Throws USAGE for a wrong WHYMATCH_ENGINE. */
export function defaultEngine(): string {
  return engineLabel(chooseEngine());
}

/** Those of the names: "ort" is the CPU's, "tfjs" all of its backends. All where none is named. Throws USAGE. */
export function enginesNamed(names: readonly string[] = allEngines.map(engineLabel)): ChosenEngine[] {
  const labels = names.map((name) => engineLabel(parseEngine(name)));
  return allEngines.filter((chosen) => labels.some((label) => isOf(engineLabel(chosen), label)));
}

/** Is tfjs:wasm one of tfjs? */
export function isOf(name: string, label: string): boolean {
  return name === label || name.startsWith(`${label}:`);
}

/** Never throws. `reference`: the embedding that another engine gave. */
export async function tryEngine(
  chosen: ChosenEngine,
  registry: RegistryOptions,
  reference: Float32Array | undefined,
): Promise<EngineTrial> {
  const name = engineLabel(chosen);
  let model: LoadedModel | undefined;
  try {
    model = await loadModel(defaultModel, { ...registry, ...chosen });
    const { description } = model.engine;
    const { embedding, passesPerSecond } = await speed(model);
    const difference = reference && { difference: largestDifference(embedding, reference) };
    return { check: { name, starts: true, description, passesPerSecond, ...difference }, embedding };
  } catch (error) {
    return { check: { name, starts: false, problem: messageOf(error) } };
  } finally {
    await model?.dispose();
  }
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** The first pass warms up, unless it takes so long that it must do. */
async function speed(model: LoadedModel): Promise<{ embedding: Float32Array; passesPerSecond: number }> {
  const image = noise([1, 3, model.input.height, model.input.width]);
  const start = performance.now();
  const { data: embedding } = await model.embed(image);
  const first = performance.now();
  if (first - start > 2000) return { embedding, passesPerSecond: 1000 / (first - start) };
  let passes = 0;
  while (passes === 0 || performance.now() - first < 1000) {
    await model.embed(image);
    passes++;
  }
  return { embedding, passesPerSecond: (1000 * passes) / (performance.now() - first) };
}

function noise(dims: readonly number[]): Tensor {
  const random = seededRandom(1);
  return { dims, data: Float32Array.from({ length: sizeOf(dims) }, () => 2 * random() - 1) };
}
