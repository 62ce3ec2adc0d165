/** What an explanation costs, in forward passes of the same network in the same run. */
import { existsSync, readFileSync } from 'node:fs';
import { seededRandom } from '../../src/core/random.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { sizeOf, tensor } from '../../src/core/tensor.ts';
import { differentiate } from '../../src/explain/differentiate.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import { featureGraph, inferFeatureTensor } from '../../src/model/features.ts';
import type { Graph } from '../../src/model/graph.ts';
import { shapeOf } from '../../src/model/graph.ts';
import { readOnnx } from '../../src/model/onnx/read.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { multiples, table } from './measure.ts';
import { pytorchCost } from './pytorch-cost.ts';
import { mobilenetV2, resnet18 } from './networks.ts';

const batch = 8;

export async function explanationCost(rounds: number): Promise<string> {
  const engine = createOrtEngine();
  const rows: string[][] = [];
  for (const [name, network] of networks()) {
    const graph = network();
    const image = noise(graph, 'image', batch);
    const seed = noise(graph, 'embedding', batch);
    const one = tensor([1, ...image.dims.slice(1)], image.data.slice(0, image.data.length / batch));
    const forward = await engine.load(graph);
    const rules = await Promise.all(
      backwardRules.map((rule) => engine.load(differentiate(graph, { rule }).graph)),
    );
    const shared = await engine.load(differentiate(graph, { rule: 'guided', sharedImage: true }).graph);
    const time = await multiples<string>(
      {
        forward: () => forward.run({ image }),
        ...Object.fromEntries(backwardRules.map((rule, i) => [rule, () => rules[i]!.run({ image, seed })])),
        shared: () => shared.run({ image: one, seed }),
      },
      'forward',
      rounds,
    );
    const passes = (name: string) => time.multiples[name]!.toFixed(2);
    rows.push([
      name,
      (time.milliseconds['forward']! / batch).toFixed(2),
      ...[...backwardRules, 'shared'].map(passes),
    ]);
    await Promise.all([forward, shared, ...rules].map((executable) => executable.dispose()));
  }
  await engine.dispose();
  const header = ['network', 'forward ms/picture', ...backwardRules, 'guided, one picture for all seeds'];
  return [
    `${engine.description}; batch ${batch}; explanation = features, embedding and gradient, in forward passes`,
    '',
    table(header, rows),
    '',
    await pytorchCost(batch, rounds),
  ].join('\n');
}

function networks(): [string, () => Graph][] {
  const read = (file: URL) => () => {
    const graph = readOnnx(readFileSync(file));
    return featureGraph(graph, inferFeatureTensor(graph));
  };
  const squeezenet = new URL('../../../shared/models/squeezenet1.1-fp16.onnx', import.meta.url);
  return [
    ['whymatch-s', read(new URL('../../data/models/whymatch-s.onnx', import.meta.url))],
    ...(existsSync(squeezenet) ? [['SqueezeNet 1.1', read(squeezenet)] as [string, () => Graph]] : []),
    ['ResNet-18 (random weights)', resnet18],
    ['MobileNetV2 (random weights)', mobilenetV2],
  ];
}

function noise(graph: Graph, value: string, count: number): Tensor {
  const random = seededRandom(7);
  const dims = shapeOf(graph, value).map((dim) => (dim === 'N' ? count : dim));
  return tensor(
    dims,
    Float32Array.from({ length: sizeOf(dims) }, () => random() * 2 - 1),
  );
}
