/**
 * The randomisation test (Adebayo et al. 2018, arXiv 1810.03292): an explanation of a model has to change when the model's weights are
 * re-drawn, from the last layer down. A map that stays the same shows edges of the picture, not what the model learned. (Binder et al.
 * 2023 show that the test favours noisy maps: it is a warning, not a ranking.)
 */
import { gaussian } from '../../core/random.ts';
import { sizeOf } from '../../core/tensor.ts';
import type { Constant, Graph, Node } from '../../model/graph.ts';
import { Model } from '../../model/model.ts';

/** How many of the layers, counted from the last, are re-drawn in each stage of the cascade: the last alone, a quarter, …, all. */
export function cascade(graph: Graph): number[] {
  const layers = weightedLayers(graph).length;
  const counts = [1, ...[0.25, 0.5, 0.75, 1].map((part) => Math.max(1, Math.round(part * layers)))];
  return [...new Set(counts)];
}

/**
 * The graph with the weights of its last `count` layers drawn anew, as He et al. 2015 (arXiv 1502.01852) initialise: normal with mean 0
 * and variance 2 / inputs of a unit; biases are 0.
 */
export function redrawWeights(graph: Graph, count: number, random: () => number): Graph {
  const constants = new Map(graph.constants);
  const layers = weightedLayers(graph);
  for (const { inputs, op } of layers.slice(Math.max(0, layers.length - count))) {
    const [weight, bias] = [inputs.slice(1, 2), inputs.slice(2)];
    for (const name of weight) {
      const { dims } = constants.get(name)!;
      const scale = Math.sqrt(2 / inputsOfUnit(op, dims));
      const data = new Float32Array(sizeOf(dims)).map(() => scale * gaussian(random));
      constants.set(name, { type: 'float32', dims, data } satisfies Constant);
    }
    for (const name of bias) {
      const { dims } = constants.get(name)!;
      constants.set(name, { type: 'float32', dims, data: new Float32Array(sizeOf(dims)) });
    }
  }
  return { ...graph, constants };
}

/** A model of its own, on the same engine, with the weights of the last `count` layers drawn anew. dispose() frees it. */
export function redrawnModel(model: Model, count: number, random: () => number): Model {
  const facts = {
    name: model.model,
    fingerprint: `${model.fingerprint}, last ${count} layers re-drawn`,
    input: model.input,
    featureTensor: 'features',
  };
  return new Model(redrawWeights(model.graph, count, random), facts, model.engine);
}

/** The nodes that multiply by trained weights, in the order in which they run. */
function weightedLayers(graph: Graph): Node[] {
  return graph.nodes.filter(
    ({ op, inputs: [, weight] }) =>
      (op === 'Conv' || op === 'ConvTranspose' || op === 'MatMul') &&
      graph.constants.get(weight ?? '')?.type === 'float32',
  );
}

/** Conv: (O, C/group, kh, kw). ConvTranspose: (C, O/group, kh, kw). MatMul: (inputs, outputs). */
function inputsOfUnit(op: string, dims: readonly number[]): number {
  return op === 'Conv'
    ? sizeOf(dims.slice(1))
    : op === 'ConvTranspose'
      ? dims[0]! * sizeOf(dims.slice(2))
      : dims.at(-2)!;
}
