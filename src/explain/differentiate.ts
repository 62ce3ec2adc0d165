/**
 * An explanation is a graph: the forward pass, and a backward pass in ordinary operators from a seed to the picture.
 *
 *   image (N,3,H,W) ──▶ … ──▶ target          R at the target = seed
 *     gradient (N,3,H,W) ◀── … ◀── seed       every node hands R on to its inputs; where a value was read twice, both are added
 */
import { AppError } from '../core/errors.ts';
import { GraphBuilder, renameValue, withBatch } from '../model/builder.ts';
import type { Graph, Node, OperatorName } from '../model/graph.ts';
import { activationNames, activations } from './backward/activations.ts';
import { arithmetic } from './backward/arithmetic.ts';
import { convolutions } from './backward/convolution.ts';
import { layout } from './backward/layout.ts';
import { pools } from './backward/pooling.ts';
import type { Gradient } from './backward/phases.ts';
import type { Backward } from './backward/step.ts';
import { BackwardStep, overSeeds } from './backward/step.ts';
import type { BackwardRule } from './rules.ts';

export interface DifferentiateOptions {
  readonly rule: BackwardRule;
  /** The value that the seed is the gradient of, (N,C). Default: embedding. */
  readonly target?: string;
  /** One picture, image (1,3,H,W), for all N seeds: its forward pass runs once. Default: a picture for each seed. */
  readonly sharedImage?: boolean;
}

export interface ExplanationGraph {
  /** Inputs: the model's picture, and `seed`. Outputs: those of the model, and `gradient`. */
  readonly graph: Graph;
  readonly rule: BackwardRule;
  /** Activations between the picture and the target: every one of them follows the rule. */
  readonly activations: number;
}

const backwardOf: { readonly [Name in OperatorName]?: Backward<never> } = {
  ...convolutions,
  ...pools,
  ...activations,
  ...arithmetic,
  ...layout,
};

/**
 * Adds the backward pass under a rule to a graph with one input.
 * Throws RULE_UNDEFINED when an activation has no definition under the rule, MODEL_UNSUPPORTED when an operator has no backward
 * half; both name the node. It never falls back to another rule.
 */
export function differentiate(graph: Graph, options: DifferentiateOptions): ExplanationGraph {
  const { rule, target = 'embedding', sharedImage = false } = options;
  const named = renameValue(graph, 'seed', GraphBuilder.from(graph).unique('seed_inner'));
  const forward = sharedImage ? withBatch(named, 1) : named;
  const image = forward.inputs[0]!;
  const builder = GraphBuilder.from(forward, `${graph.name}_${rule}`);
  const needed = dependents(forward, image);
  if (!needed.has(target))
    throw new RangeError(`expected a target that depends on the picture, received "${target}"`);
  const seed = builder.input('seed', overSeeds(builder.shape(target)));
  const gradients = new Map<string, readonly Gradient[]>([[target, [seed]]]);
  let rewritten = 0;
  for (const node of forward.nodes.toReversed()) {
    const arriving = gradients.get(node.outputs[0]!);
    if (!arriving || !node.inputs.some((input) => needed.has(input))) continue;
    const step = new BackwardStep(builder, rule, node, arriving, needed);
    const leaving = backwardStep(node, step);
    if (activationNames.has(node.op)) rewritten++;
    for (const [i, input] of node.inputs.entries()) {
      if (!needed.has(input)) continue;
      const gradient = leaving[i];
      if (!gradient) throw step.unsupported(`its input ${i} must not depend on the picture here`);
      gradients.set(input, [...(gradients.get(input) ?? []), gradient]);
    }
  }
  const outputs = Object.fromEntries(forward.outputs.map((output) => [output, output]));
  const input: Node = { op: 'Identity', name: image, inputs: [], outputs: [image] };
  const step = new BackwardStep(builder, rule, input, gradients.get(image)!, needed);
  const gradient = step.full();
  return { graph: builder.build({ ...outputs, gradient }), rule, activations: rewritten };
}

function backwardStep(node: Node, step: BackwardStep): readonly (Gradient | undefined)[] {
  const backward = backwardOf[node.op] as
    ((node: Node, step: BackwardStep) => readonly (Gradient | undefined)[]) | undefined;
  if (!backward) throw step.unsupported('this operator has no backward half');
  try {
    return backward(node, step);
  } catch (error) {
    if (error instanceof AppError || !(error instanceof RangeError)) throw error;
    throw step.unsupported(error.message);
  }
}

/** Every value that depends on the picture. */
function dependents(graph: Graph, image: string): ReadonlySet<string> {
  const found = new Set([image]);
  for (const node of graph.nodes) {
    if (node.inputs.some((input) => found.has(input))) for (const output of node.outputs) found.add(output);
  }
  return found;
}
