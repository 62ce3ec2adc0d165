/**
 * The backward rules from their definitions (docs/explanations.md), without an analytic derivative: rectifiers follow their table,
 * max-pools their switches, and every other operator is differentiated on its own by central differences, number by number.
 */
import type { BackwardRule } from '../../src/explain/rules.ts';
import type { Graph, Node } from '../../src/model/graph.ts';
import type { ArrayValue } from './array-value.ts';
import { zeros } from './array-value.ts';
import { interpret, interpretNode } from './interpret.ts';

const step = 1e-4;

/** R at the picture, for the gradient `seed` at the embedding. */
export function numericBackward(
  graph: Graph,
  rule: BackwardRule,
  image: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
  seed: ArrayLike<number>,
): ArrayValue {
  const values = interpret(graph, { image });
  const gradients = new Map<string, ArrayValue>();
  for (const [name, value] of values) gradients.set(name, zeros(value.dims));
  gradients.get('embedding')!.data.set(Array.from(seed));
  for (const node of graph.nodes.toReversed()) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const arriving = gradients.get(node.outputs[0]!)!.data;
    for (const [i, input] of node.inputs.entries()) {
      if (graph.constants.has(input)) continue;
      const leaving = backward(node, rule, inputs, i, arriving);
      const sum = gradients.get(input)!.data;
      for (const [k, value] of leaving.entries()) sum[k]! += value;
    }
  }
  return gradients.get('image')!;
}

function backward(
  node: Node,
  rule: BackwardRule,
  inputs: readonly ArrayValue[],
  i: number,
  arriving: Float64Array,
): Float64Array {
  const x = inputs[0]!.data;
  if (node.op === 'Relu') return arriving.map((r, k) => rectified(rule, r, x[k]! > 0));
  if (node.op === 'Clip') {
    return arriving.map((r, k) => rectified(rule, r, x[k]! > node.min && x[k]! < Math.fround(node.max)));
  }
  if (node.op === 'MaxPool') {
    const leaving = new Float64Array(x.length);
    const [, positions] = interpretNode(node, inputs);
    for (const [k, at] of positions!.data.entries()) leaving[at]! += arriving[k]!;
    return leaving;
  }
  return differences(node, inputs, i, arriving);
}

function rectified(rule: BackwardRule, r: number, passes: boolean): number {
  if (rule === 'gradient') return passes ? r : 0;
  if (rule === 'deconvnet') return Math.max(r, 0);
  return passes ? Math.max(r, 0) : 0;
}

/** Σ R · (f(x + h) - f(x - h)) / 2h for every number of input i. */
function differences(
  node: Node,
  inputs: readonly ArrayValue[],
  i: number,
  arriving: Float64Array,
): Float64Array {
  const { dims, data } = inputs[i]!;
  const at = (k: number, by: number) => {
    const moved = data.slice();
    moved[k]! += by;
    return interpretNode(node, inputs.with(i, { dims, data: moved }))[0]!.data;
  };
  return data.map((_, k) => {
    const [above, below] = [at(k, step), at(k, -step)];
    return arriving.reduce((sum, r, out) => sum + (r * (above[out]! - below[out]!)) / (2 * step), 0);
  });
}
