/** Finds the class scores of a classifier. */
import type { Graph } from './graph.ts';
import { producers } from './graph.ts';

/**
 * The value to read where a manifest names none: an output (N,K) or (N,K,1,1), or the input of the softmax that makes it (Simonyan
 * 2014: explanations are of the score before the softmax), that lies above the features behind at least one learned layer. Undefined
 * for networks that end in features or in their mean.
 */
export function inferLogits(graph: Graph, featureTensor: string): string | undefined {
  const byOutput = producers(graph);
  for (const output of graph.outputs) {
    const last = byOutput.get(output);
    const scores = last?.op === 'Softmax' ? last.inputs[0]! : output;
    if (isScores(graph, scores) && hasLayerAbove(graph, featureTensor, scores)) return scores;
  }
  return undefined;
}

/** Is it a value with one number for each of several classes? */
export function isScores(graph: Graph, value: string): boolean {
  const [batch, classes, ...places] = graph.shapes.get(value) ?? [];
  return batch === 'N' && Number(classes) > 1 && places.every((size) => size === 1);
}

/** Does a convolution or a matrix lie on the way from the features to the value? */
function hasLayerAbove(graph: Graph, featureTensor: string, value: string): boolean {
  const byOutput = producers(graph);
  const pending = [value];
  const seen = new Set<string>();
  let layers = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const node = next === featureTensor ? undefined : byOutput.get(next);
    if (node?.op === 'Conv' || node?.op === 'MatMul') layers++;
    pending.push(...(node?.inputs ?? []));
  }
  return layers > 0 && seen.has(featureTensor);
}
