/**
 * The backward rules from their definitions (docs/explanations.md), without an analytic derivative: rectifiers follow their table,
 * max-pools their switches, and every other operator is differentiated on its own by central differences, number by number.
 */
import type { BackwardRule } from '../../src/explain/rules.ts';
import type { Graph, Node, OperatorOf } from '../../src/model/graph.ts';
import type { ArrayValue } from './array-value.ts';
import { sizeOf, zeros } from './array-value.ts';
import { interpret, interpretNode } from './interpret.ts';

const step = 1e-4;

/** R at the picture, under a rule, for the gradient `seed` at the embedding. */
export type NumericBackward = (rule: BackwardRule, seed: ArrayLike<number>) => ArrayValue;

/** What goes back to a picture. Operators are differentiated once for all rules: what they do at the picture is the same. */
export function numericBackward(
  graph: Graph,
  image: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
): NumericBackward {
  const values = interpret(graph, { image });
  const derivatives = new Map<string, Derivative>();
  return (rule, seed) => {
    const gradients = new Map<string, ArrayValue>();
    for (const [name, value] of values) gradients.set(name, zeros(value.dims));
    gradients.get('embedding')!.data.set(Array.from(seed));
    for (const node of graph.nodes.toReversed()) {
      const inputs = node.inputs.map((input) => values.get(input)!);
      const arriving = gradients.get(node.outputs[0]!)!.data;
      for (const [i, input] of node.inputs.entries()) {
        if (graph.constants.has(input)) continue;
        const key = `${node.outputs[0]} ${i}`;
        const leaving = backward(node, rule, inputs, arriving, () => {
          const known = derivatives.get(key) ?? differences(node, inputs, i);
          derivatives.set(key, known);
          return known;
        });
        const sum = gradients.get(input)!.data;
        for (const [k, value] of leaving.entries()) sum[k]! += value;
      }
    }
    return gradients.get('image')!;
  };
}

/** For every number of an input: the places of the output that it moves, and how far for each step of one. */
type Derivative = readonly { readonly places: readonly number[]; readonly slopes: readonly number[] }[];

function backward(
  node: Node,
  rule: BackwardRule,
  inputs: readonly ArrayValue[],
  arriving: Float64Array,
  derivative: () => Derivative,
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
  return Float64Array.from(derivative(), ({ places, slopes }) =>
    places.reduce((sum, place, n) => sum + arriving[place]! * slopes[n]!, 0),
  );
}

function rectified(rule: BackwardRule, r: number, passes: boolean): number {
  if (rule === 'gradient') return passes ? r : 0;
  if (rule === 'deconvnet') return Math.max(r, 0);
  return passes ? Math.max(r, 0) : 0;
}

/** (f(x + h) - f(x - h)) / 2h for every number of input i. */
function differences(node: Node, inputs: readonly ArrayValue[], i: number): Derivative {
  return node.op === 'Conv' && i === 0 ? channelByChannel(node, inputs) : differencesOf(node, inputs, i);
}

function differencesOf(node: Node, inputs: readonly ArrayValue[], i: number): Derivative {
  const { dims, data } = inputs[i]!;
  const at = (k: number, by: number) => {
    const moved = data.slice();
    moved[k]! += by;
    return interpretNode(node, inputs.with(i, { dims, data: moved }))[0]!.data;
  };
  return Array.from(data, (_, k) => {
    const [above, below] = [at(k, step), at(k, -step)];
    const places = [...above.keys()].filter((out) => above[out] !== below[out]);
    return { places, slopes: places.map((out) => (above[out]! - below[out]!) / (2 * step)) };
  });
}

/** The same of a convolution, which adds up what each channel gives: the other channels and the bias are in both terms of a difference. */
function channelByChannel(node: Node & OperatorOf<'Conv'>, [x, weight]: readonly ArrayValue[]): Derivative {
  const [n, channels, ...size] = x!.dims as [number, number, number, number];
  const [out, inPerGroup, ...kernel] = weight!.dims as [number, number, number, number];
  const outPerGroup = out / node.group;
  const sliceOf = ({ data }: ArrayValue, i: number, [rows, columns]: readonly [number, number]) =>
    data.subarray(i * rows * columns, (i + 1) * rows * columns);
  return Array.from({ length: n * channels }, (_, i) => {
    const group = Math.floor((i % channels) / inPerGroup);
    const taps = zeros([outPerGroup, 1, ...kernel]);
    for (let o = 0; o < outPerGroup; o++) {
      const tap = (group * outPerGroup + o) * inPerGroup + (i % inPerGroup);
      taps.data.set(sliceOf(weight!, tap, kernel), o * kernel[0] * kernel[1]);
    }
    const channel = { dims: [1, 1, ...size], data: sliceOf(x!, i, size) };
    const alone: Node = { ...node, group: 1, name: `${node.name}, a channel` };
    const answer = interpretNode(alone, [channel, taps])[0]!;
    const first = ((Math.floor(i / channels) * out) / outPerGroup + group) * sizeOf(answer.dims);
    return differencesOf(alone, [channel, taps], 0).map(({ places, slopes }) => ({
      places: places.map((place) => first + place),
      slopes,
    }));
  }).flat();
}
