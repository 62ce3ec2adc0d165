/** One step of the backward pass: what the backward half of an operator sees of its node, and how it writes the explanation graph. */
import { AppError } from '../../core/errors.ts';
import type { GraphBuilder } from '../../model/builder.ts';
import type { Node, Operator, OperatorName, OperatorOf, Shape } from '../../model/graph.ts';
import type { BackwardRule } from '../rules.ts';
import type { Kernel } from './kernel.ts';
import type { Gradient, Phase, Phases } from './phases.ts';
import { phasesOf, together, whole } from './phases.ts';

/** A node of a known operator. */
export type NodeOf<Name extends OperatorName> = Node & OperatorOf<Name>;

/**
 * Gives, for each input of the node, the gradient that goes on to it: a value of the input's shape, or of one that broadcasts to it, or its
 * phases. undefined: nothing goes there (a weight, or an input that does not depend on the picture).
 */
export type Backward<Name extends OperatorName> = (
  node: NodeOf<Name>,
  step: BackwardStep,
) => readonly (Gradient | undefined)[];

export class BackwardStep {
  readonly builder: GraphBuilder;
  readonly rule: BackwardRule;
  /** The gradients that the node's readers gave its output: R is their sum. */
  readonly #terms: readonly Gradient[];
  #arriving: string | undefined;
  readonly #node: Node;
  readonly #needed: ReadonlySet<string>;

  constructor(
    builder: GraphBuilder,
    rule: BackwardRule,
    node: Node,
    terms: readonly Gradient[],
    needed: ReadonlySet<string>,
  ) {
    this.builder = builder;
    this.rule = rule;
    this.#terms = terms;
    this.#node = node;
    this.#needed = needed;
  }

  /** R, the gradient that arrives at the node's output. It may still have to be broadcast to the output's shape: see full(). */
  get arriving(): string {
    this.#arriving ??= this.added([]);
    return this.#arriving;
  }

  /** The given values + R, in an order in which a runtime can add each to what the convolution before it computes. */
  added(values: readonly string[]): string {
    return this.sum([
      ...values,
      ...this.#terms.map((term) => (typeof term === 'string' ? term : whole(this, term))),
    ]);
  }

  sum(values: readonly string[]): string {
    return values.reduce((sum, value) => this.add({ op: 'Add' }, [sum, value], 'sum'));
  }

  /** R where all that arrives of it is in the same phases. */
  get phases(): Phases | undefined {
    return together(this.#terms);
  }

  /** R with each of its phases turned into another, 0 into 0; undefined where it arrives whole. */
  inPhases(each: (summands: readonly string[], phase: Phase) => string): Phases | undefined {
    const { phases } = this;
    if (!phases) return undefined;
    const { zeroWith: _, ...kept } = phases;
    const all = phasesOf(phases.strides);
    const parts = phases.parts.map((part, i) => (part.length > 0 ? [each(part, all[i]!)] : []));
    return { ...kept, parts };
  }

  /** Does input i depend on the picture? */
  needs(i: number): boolean {
    return this.#needed.has(this.#node.inputs[i]!);
  }

  shape(i: number): Shape {
    return this.builder.shape(this.#node.inputs[i]!);
  }

  constant({ dims, data }: Kernel, name: string): string {
    return this.builder.constant(dims, data, name);
  }

  /** Adds an operator of the backward pass. */
  add(operator: Operator, inputs: readonly string[], hint = 'back'): string {
    return this.builder.add(operator, inputs, `${this.#node.name}_${hint}`);
  }

  /** Has all that arrives of R fewer places than the node's output, to which it is broadcast? */
  get broadcasts(): boolean {
    const size = (value: string) => this.builder.shape(value).slice(1).join();
    const full = size(this.#node.outputs[0]!);
    return this.#terms.every((term) => typeof term === 'string' && size(term) !== full);
  }

  /** R in the full shape of the node's output. */
  full(): string {
    if (!this.broadcasts) return this.arriving;
    return this.add({ op: 'ExpandAs' }, [this.arriving, this.#node.outputs[0]!], 'spread');
  }

  /** Adds a gradient up over the dimensions (not the batch) along which input i was broadcast. */
  sumToInput(gradient: string, i: number): string {
    const from = this.builder.shape(gradient);
    const to = this.shape(i);
    const lead = from.length - to.length;
    const axes = from.flatMap((dim, axis) =>
      axis > 0 && dim !== 1 && (axis < lead || to[axis - lead] === 1) ? [axis] : [],
    );
    return axes.length > 0
      ? this.add({ op: 'ReduceSum', axes, keepDims: true }, [gradient], 'sum')
      : gradient;
  }

  /** The operator has no backward half that whymatch knows: MODEL_UNSUPPORTED, naming the node. */
  unsupported(why: string): AppError {
    const { op, name } = this.#node;
    return new AppError('MODEL_UNSUPPORTED', `${op} node "${name}": ${why}`, {
      details: { node: name, operator: op },
    });
  }

  /** The activation has no published definition under the rule: RULE_UNDEFINED, naming the node. */
  undefinedRule(): AppError {
    const { op, name } = this.#node;
    return new AppError(
      'RULE_UNDEFINED',
      `${this.rule} backpropagation is defined for ReLU and ReLU6 only; the model has ${op} at node "${name}".` +
        ' Use the rule "gradient", or a model with ReLU.',
      { details: { node: name, operator: op, rule: this.rule } },
    );
  }
}

/** The shape of a gradient: the value's own, with the batch of seeds in place of a single picture. */
export function overSeeds(shape: Shape): Shape {
  return ['N', ...shape.slice(1)];
}
