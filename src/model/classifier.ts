/** The classifier of a network, where it has one: from the picture, or from the feature map, to the score of each class. */
import { AppError } from '../core/errors.ts';
import { subgraph } from './builder.ts';
import { featureGraph } from './features.ts';
import type { Graph } from './graph.ts';
import { producers, shapeOf } from './graph.ts';

export interface Classifier {
  /** Input `image` (N,3,H,W); outputs `features` (N,C,h,w), `embedding` (N,C) and `logits` (N,K), before any softmax. */
  readonly graph: Graph;
  /** What lies above the feature map. Input `features`; output `logits`. */
  readonly head: Graph;
  /** K */
  readonly classes: number;
  /** Their names, where they are known, in the order of the logits. */
  readonly labels: readonly string[] | undefined;
}

/**
 * `logits`: the value (N,K) or (N,K,1,1) that holds the scores; where it is a softmax, what that reads. Throws MODEL_UNSUPPORTED when there is none of that shape, or when it
 * does not depend on the feature map alone.
 */
export function classifier(
  network: Graph,
  featureTensor: string,
  logits: string,
  labels?: readonly string[],
): Classifier {
  const graph = featureGraph(network, featureTensor, beforeSoftmax(network, logits));
  return { graph, head: headOf(graph), classes: Number(shapeOf(graph, 'logits')[1]), labels };
}

/** Simonyan 2014: a probability grows also when other classes shrink; a score does not. */
function beforeSoftmax(network: Graph, scores: string): string {
  const node = producers(network).get(scores);
  return node?.op === 'Softmax' ? node.inputs[0]! : scores;
}

function headOf(graph: Graph): Graph {
  const above = graph.nodes.filter(({ outputs }) => !outputs.includes('features'));
  const head = subgraph({ ...graph, inputs: ['features'], nodes: above }, ['logits'], `${graph.name}_head`);
  const known = new Set([
    'features',
    ...head.constants.keys(),
    ...head.nodes.flatMap((node) => node.outputs),
  ]);
  const stray = head.nodes.flatMap(({ inputs }) => inputs).find((input) => !known.has(input));
  if (stray === undefined && head.nodes.length > 0) return head;
  throw new AppError(
    'MODEL_UNSUPPORTED',
    `expected class scores that are computed from the feature map alone, received ones that also read "${stray ?? 'image'}";` +
      ' name a later feature tensor, or leave "logits" out of the manifest',
  );
}
