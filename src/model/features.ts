/** Cuts a network at its last spatial feature map: what is above it (classifier, pooling) is replaced by the global average. */
import { AppError } from '../core/errors.ts';
import type { Dim, Graph, Node, Shape } from './graph.ts';
import { formatShape, shapeOf } from './graph.ts';
import { GraphBuilder } from './builder.ts';

/**
 * The graph that whymatch runs: input `image` (N,3,H,W), outputs `features` (N,C,h,w) and `embedding` (N,C), the plain mean of the
 * features over their places, not normalised. Throws MODEL_NO_FEATURES when `featureTensor` is no spatial map.
 */
export function featureGraph(graph: Graph, featureTensor: string): Graph {
  const shape = graph.shapes.get(featureTensor);
  if (!shape || !isSpatial(shape)) {
    const received = shape ? formatShape(shape) : 'no such value';
    throw new AppError(
      'MODEL_NO_FEATURES',
      `expected feature tensor "${featureTensor}" of shape (N, C, h, w) with more than one place, received ${received};` +
        ` the model’s spatial maps are: ${spatialValues(graph).slice(-5).join(', ') || 'none'}`,
    );
  }
  const builder = GraphBuilder.from(graph);
  const embedding = builder.add(
    { op: 'ReduceMean', axes: [2, 3], keepDims: true },
    [featureTensor],
    'pooled',
  );
  const flat = builder.add({ op: 'Reshape', shape: ['N', shape[1]!] }, [embedding], 'embedding_flat');
  return renameInput(builder.build({ features: featureTensor, embedding: flat }), 'image');
}

/**
 * The value to cut at where a manifest names none: the last spatial map on the way to the output, taken before a convolution that
 * only scores classes (as in SqueezeNet), and after the rectifier. Throws MODEL_NO_FEATURES when there is none.
 */
export function inferFeatureTensor(graph: Graph): string {
  const maps = spatialValues(graph);
  const last = maps.at(-1);
  if (!last) {
    throw new AppError(
      'MODEL_NO_FEATURES',
      'expected a convolutional network with a spatial feature map (N, C, h, w), received one without',
    );
  }
  const byOutput = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const classes = lastSize(shapeOf(graph, graph.outputs[0]!));
  let value = last;
  // Walk back over a map with one channel per class: Relu, then the scoring convolution.
  if (shapeOf(graph, value)[1] === classes && !graph.outputs.includes(last)) {
    for (let node: Node | undefined = byOutput.get(value); node; node = byOutput.get(value)) {
      value = node.inputs[0]!;
      if (node.op === 'Conv') break;
    }
    if (!isSpatial(graph.shapes.get(value) ?? [])) return last;
  }
  return value;
}

/** Is it (N, C, h, w) with more than one place? */
function isSpatial(shape: Shape): boolean {
  return shape.length === 4 && shape[0] === 'N' && Number(shape[2]) * Number(shape[3]) > 1;
}

/** Spatial maps in the order in which they are computed; channels are in their second place. */
function spatialValues(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => node.outputs.filter((output) => isSpatial(shapeOf(graph, output))));
}

function lastSize(shape: Shape): Dim | undefined {
  return shape.findLast((dim) => dim !== 1 && dim !== 'N');
}

function renameInput(graph: Graph, name: string): Graph {
  const old = graph.inputs[0]!;
  if (old === name) return graph;
  const free = (value: string) => (value === old ? name : value === name ? `${name}_inner` : value);
  return {
    ...graph,
    inputs: [name],
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(free),
      outputs: node.outputs.map(free),
    })),
    constants: new Map([...graph.constants].map(([key, value]) => [free(key), value])),
    shapes: new Map([...graph.shapes].map(([key, value]) => [free(key), value])),
  };
}
