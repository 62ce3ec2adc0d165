/** The engines side by side: a forward pass and an explanation, for one picture and for eight. */
import { readFileSync } from 'node:fs';
import { AppError } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { sizeOf } from '../../src/core/tensor.ts';
import { differentiate } from '../../src/explain/differentiate.ts';
import type { Engine } from '../../src/model/engine.ts';
import { engineLabel } from '../../src/model/engine-choice.ts';
import { allEngines, createEngine } from '../../src/model/engines.ts';
import { featureGraph, inferFeatureTensor } from '../../src/model/features.ts';
import type { Graph } from '../../src/model/graph.ts';
import { shapeOf } from '../../src/model/graph.ts';
import { readOnnx } from '../../src/model/onnx/read.ts';
import { medians, table } from './measure.ts';

const batches = [1, 8];
/** At most, whatever the rounds: TensorFlow.js takes seconds for eight explanations. */
const mostRounds = 3;

/** Milliseconds a picture, and how many times the first engine's that is. */
export async function engines(rounds: number): Promise<string> {
  const graph = defaultNetwork();
  const explanation = differentiate(graph, { rule: 'guided' }).graph;
  const { opened, absent } = await openEngines();
  const rows: string[][] = [];
  for (const batch of batches) {
    const image = noise(graph, 'image', batch);
    const seed = noise(graph, 'embedding', batch);
    for (const [what, derived, inputs] of [
      ['forward', graph, { image }],
      ['explanation', explanation, { image, seed }],
    ] as const) {
      const loaded = await Promise.all([...opened.values()].map((engine) => engine.load(derived)));
      const runs: Record<string, () => Promise<unknown>> = Object.fromEntries(
        [...opened.keys()].map((name, i) => [name, () => loaded[i]!.run(inputs)]),
      );
      const time = await medians(runs, Math.min(rounds, mostRounds));
      const [base] = Object.values(time) as [number];
      rows.push([
        `${what}, batch ${batch}`,
        ...[...opened.keys()].map(
          (name) => `${(time[name]! / batch).toFixed(1)} (${(time[name]! / base).toFixed(1)})`,
        ),
      ]);
      await Promise.all(loaded.map((executable) => executable.dispose()));
    }
  }
  const descriptions = [...opened].map(([name, { description }]) => `${name}: ${description}`);
  await Promise.all([...opened.values()].map((engine) => engine.dispose()));
  return [
    'whymatch-s; ms a picture, and in brackets how many times the first engine’s',
    ...descriptions,
    ...absent,
    '',
    table(['', ...opened.keys()], rows),
  ].join('\n');
}

/** All that start here, but for TensorFlow.js on the plain CPU, which takes seconds a picture. */
export async function openEngines(): Promise<{ opened: Map<string, Engine>; absent: string[] }> {
  const opened = new Map<string, Engine>();
  const absent: string[] = [];
  for (const chosen of allEngines) {
    const name = engineLabel(chosen);
    if (name === 'tfjs:cpu') continue;
    try {
      opened.set(name, await createEngine(chosen));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      absent.push(`${name}: not here`);
    }
  }
  return { opened, absent };
}

function defaultNetwork(): Graph {
  const network = readOnnx(readFileSync(new URL('../../data/models/whymatch-s.onnx', import.meta.url)));
  return featureGraph(network, inferFeatureTensor(network));
}

function noise(graph: Graph, value: string, count: number): Tensor {
  const random = seededRandom(7);
  const dims = shapeOf(graph, value).map((dim) => (dim === 'N' ? count : dim));
  return { dims, data: Float32Array.from({ length: sizeOf(dims) }, () => random() * 2 - 1) };
}
