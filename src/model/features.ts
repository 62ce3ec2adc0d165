/** Cuts a network at its last spatial feature map: what is above it (classifier, pooling) is replaced by the global average. */
import { AppError } from '../core/errors.ts';
import type { Dim, Graph, Node, Shape } from './graph.ts';
import { formatShape, producers, shapeOf } from './graph.ts';
import { GraphBuilder, renameValue } from './builder.ts';
import { isScores } from './logits.ts';

/**
 * The graph that whymatch runs: input `image` (N,3,H,W), outputs `features` (N,C,h,w) and `embedding` (N,C), the plain mean of the
 * features over their places, not normalised. With `logits`, a value (N,K) or (N,K,1,1) of the network, also that as output `logits`
 * (N,K). Throws MODEL_NO_FEATURES when `featureTensor` is no spatial map, MODEL_UNSUPPORTED when `logits` has another shape.
 */
export function featureGraph(graph: Graph, featureTensor: string, logits?: string): Graph {
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
  const outputs = { features: featureTensor, embedding: flat };
  const scores = logits === undefined ? {} : { logits: flatScores(builder, graph, logits) };
  return renameInput(builder.build({ ...outputs, ...scores }), 'image');
}

function flatScores(builder: GraphBuilder, graph: Graph, logits: string): string {
  if (isScores(graph, logits)) {
    const classes = shapeOf(graph, logits)[1]!;
    return builder.add({ op: 'Reshape', shape: ['N', classes] }, [logits], 'logits_flat');
  }
  const shape = graph.shapes.get(logits);
  throw new AppError(
    'MODEL_UNSUPPORTED',
    `expected logits "${logits}" of shape (N, classes), received ${shape ? formatShape(shape) : 'no such value'}`,
  );
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
  const input = scoringConvolution(graph, last)?.inputs[0];
  return input !== undefined && isSpatial(shapeOf(graph, input)) ? input : last;
}

/** Is it (N, C, h, w) with more than one place? */
function isSpatial(shape: Shape): boolean {
  return shape.length === 4 && shape[0] === 'N' && Number(shape[2]) * Number(shape[3]) > 1;
}

/**
 * Spatial maps in the order in which they are computed, those that have channels in their second place: after a transposition or
 * reshape (networks from TensorFlow end in (N, h, w, C)) nobody knows until the next convolution or pool.
 */
function spatialValues(graph: Graph): string[] {
  const channelsFirst = new Set(graph.inputs);
  for (const node of graph.nodes) {
    const slides = 'strides' in node;
    const keeps = !['Transpose', 'Reshape', 'MatMul'].includes(node.op);
    if (!slides && !(keeps && node.inputs.some((input) => channelsFirst.has(input)))) continue;
    for (const output of node.outputs) channelsFirst.add(output);
  }
  const computed = graph.nodes.flatMap((node) => node.outputs);
  return computed.filter((value) => channelsFirst.has(value) && isSpatial(shapeOf(graph, value)));
}

/** Usual numbers of classes of ImageNet: some networks count the background. */
const imageNetClasses = new Set([1000, 1001]);

/**
 * The 1 × 1 convolution that makes one channel per class, if that is what the map is. A network that ends in the mean of its features
 * looks the same, so one sign more is wanted: a softmax, fewer channels than before, or the classes of ImageNet.
 */
function scoringConvolution(graph: Graph, map: string): Node | undefined {
  const [, channels] = shapeOf(graph, map);
  if (graph.outputs.includes(map) || lastSize(shapeOf(graph, graph.outputs[0]!)) !== channels)
    return undefined;
  const byOutput = producers(graph);
  const top = byOutput.get(map);
  const conv = top?.op === 'Relu' || top?.op === 'Clip' ? byOutput.get(top.inputs[0]!) : top;
  if (conv?.op !== 'Conv') return undefined;
  const [, before, ...kernel] = shapeOf(graph, conv.inputs[1]!).map(Number);
  const above = operatorsAbove(graph, map);
  const learned = above.has('Conv') || above.has('MatMul');
  const isSign = above.has('Softmax') || Number(channels) < before! || imageNetClasses.has(Number(channels));
  return !learned && kernel.join() === '1,1' && isSign ? conv : undefined;
}

function operatorsAbove(graph: Graph, map: string): ReadonlySet<string> {
  const above = new Set([map]);
  const operators = new Set<string>();
  for (const node of graph.nodes) {
    if (!node.inputs.some((input) => above.has(input))) continue;
    operators.add(node.op);
    for (const output of node.outputs) above.add(output);
  }
  return operators;
}

function lastSize(shape: Shape): Dim | undefined {
  return shape.findLast((dim) => dim !== 1 && dim !== 'N');
}

/** The graph with its picture under that name; a value that merely happens to have it steps aside. */
function renameInput(graph: Graph, name: string): Graph {
  const [input] = graph.inputs;
  if (input === name) return graph;
  const aside = renameValue(graph, name, GraphBuilder.from(graph).unique(`${name}_inner`));
  return renameValue(aside, input!, name);
}
