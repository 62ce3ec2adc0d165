/** One engine, in this process: the reference cases, and how long the default model takes. */
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { AppError } from '../../src/core/errors.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { quantile } from '../../src/core/vector.ts';
import { differentiate } from '../../src/explain/differentiate.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import type { Engine } from '../../src/model/engine.ts';
import { type ChosenEngine, engineLabel } from '../../src/model/engine-choice.ts';
import { createEngine } from '../../src/model/engines.ts';
import { featureGraph, inferFeatureTensor } from '../../src/model/features.ts';
import type { Graph } from '../../src/model/graph.ts';
import { shapeOf } from '../../src/model/graph.ts';
import { readOnnx } from '../../src/model/onnx/read.ts';
import { graphOf, referenceCases } from '../../test/support/reference-cases.ts';
import { randomTensor, relativeError } from '../../test/support/tensors.ts';

/** Stands before the trial on stdout, where native libraries may write too. */
export const trialMark = 'TRIAL ';

export interface Trial {
  readonly name: string;
  /** All reference cases agree. */
  readonly right: boolean;
  readonly description?: string;
  readonly cases?: readonly { readonly name: string; readonly right: boolean; readonly error: string }[];
  /** Medians, batch 8, by picture. */
  readonly forwardMs?: number;
  readonly explanationMs?: number;
  /** Why the engine is not there, or the stack of what was thrown. */
  readonly problem?: string;
  readonly crashed?: boolean;
  /** What the process wrote to stderr. */
  readonly output?: string;
}

/** Never throws. */
export async function tryHere(chosen: ChosenEngine): Promise<Trial> {
  const name = engineLabel(chosen);
  try {
    const engine = await createEngine(chosen);
    const { description } = engine;
    const cases = await runCases(engine);
    const right = cases.every((one) => one.right);
    // Plain JavaScript takes minutes for eight pictures.
    const times = name === 'tfjs:cpu' ? {} : await speed(engine);
    return { name, description, cases, right, ...times };
  } catch (error) {
    return { name, right: false, problem: explain(error) };
  }
}

/** Each network's embedding, and its gradient under each rule, against PyTorch's. */
async function runCases(engine: Engine): Promise<NonNullable<Trial['cases']>> {
  const results: { name: string; right: boolean; error: string }[] = [];
  for (const reference of referenceCases) {
    const { image, seed } = reference;
    for (const rule of backwardRules) {
      const name = `${reference.name}, ${rule}`;
      try {
        const executable = await engine.load(differentiate(graphOf(reference), { rule }).graph);
        const { embedding, gradient } = await executable.run({ image, seed });
        await executable.dispose();
        const error = Math.max(
          relativeError(embedding!.data, reference.embedding.data),
          relativeError(gradient!.data, reference[rule].data),
        );
        results.push({ name, right: error <= 1e-4, error: `relative error ${error.toExponential(2)}` });
      } catch (error) {
        results.push({ name, right: false, error: explain(error) });
      }
    }
  }
  return results;
}

async function speed(engine: Engine): Promise<Pick<Trial, 'forwardMs' | 'explanationMs'>> {
  const network = readOnnx(readFileSync(new URL('../../data/models/whymatch-s.onnx', import.meta.url)));
  const graph = featureGraph(network, inferFeatureTensor(network));
  const [image, seed] = [noise(graph, 'image'), noise(graph, 'embedding')];
  return {
    forwardMs: await median(engine, graph, { image }),
    explanationMs: await median(engine, differentiate(graph, { rule: 'guided' }).graph, { image, seed }),
  };
}

const batch = 8;
const rounds = 7;

async function median(
  engine: Engine,
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<number> {
  const executable = await engine.load(graph);
  const times: number[] = [];
  for (let round = -2; round < rounds; round++) {
    const start = performance.now();
    await executable.run(inputs);
    if (round >= 0) times.push(performance.now() - start);
  }
  await executable.dispose();
  return quantile(times, 0.5) / batch;
}

function noise(graph: Graph, value: string): Tensor {
  return randomTensor(shapeOf(graph, value).map((dim) => (dim === 'N' ? batch : dim)));
}

/** The stacks of an error and of what caused it; of what is merely not installed, the message. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error instanceof AppError ? `${error.code}: ${error.message}` : (error.stack ?? error.message);
  if (error.cause === undefined || / not installed/.test(error.message)) return own;
  return `${own}\ncaused by ${explain(error.cause)}`;
}
