/** What an import rule sees of the ONNX node at hand, and how it writes the Graph. */
import { AppError } from '../../../core/errors.ts';
import { sizeOf } from '../../../core/tensor.ts';
import type { GraphBuilder } from '../../builder.ts';
import type { Constant, Dim, Node, Operator, Shape } from '../../graph.ts';
import type { AttributeProto, NodeProto } from '../gen/onnx_pb.ts';
import type { ReadExternal } from '../constants.ts';
import { readTensor } from '../constants.ts';

/** A value of the ONNX file: a value of the Graph, or integers known while reading (shape arithmetic; 'N' is the batch). */
export type Imported =
  { readonly value: string } | { readonly integers: readonly Dim[]; readonly dims: readonly number[] };

export interface ImportState {
  readonly builder: GraphBuilder;
  readonly values: Map<string, Imported>;
  /** How often each ONNX value is read, outputs of the graph included. */
  readonly uses: ReadonlyMap<string, number>;
  /** Producer of each value of the Graph, so that rules may fold into it. */
  readonly produced: Map<string, Node>;
  readonly opset: number;
  readonly readExternal?: ReadExternal | undefined;
}

/** Turns one ONNX node into operators of the Graph. */
export type ImportRule = (context: ImportContext) => void;

export class ImportContext {
  readonly opset: number;
  readonly builder: GraphBuilder;
  readonly #node: NodeProto;
  readonly #state: ImportState;
  readonly #attributes: Map<string, AttributeProto>;

  constructor(node: NodeProto, state: ImportState) {
    this.#node = node;
    this.#state = state;
    this.opset = state.opset;
    this.builder = state.builder;
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  }

  get opType(): string {
    return this.#node.opType;
  }

  get inputCount(): number {
    return this.#node.input.length;
  }

  get outputs(): readonly string[] {
    return this.#node.output;
  }

  // Attributes

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, otherwise: number): number {
    const attribute = this.#attributes.get(name);
    return attribute ? Number(attribute.i) : otherwise;
  }

  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.f ?? otherwise;
  }

  ints(name: string): number[] | undefined {
    return this.#attributes.get(name)?.ints.map(Number);
  }

  floats(name: string): number[] | undefined {
    return this.#attributes.get(name)?.floats.map(Number);
  }

  text(name: string, otherwise: string): string {
    const attribute = this.#attributes.get(name);
    return attribute ? new TextDecoder().decode(attribute.s) : otherwise;
  }

  tensor(name: string): Constant | undefined {
    const tensor = this.#attributes.get(name)?.t;
    return tensor && readTensor(tensor, this.#state.readExternal);
  }

  // Inputs

  /** Is there an input at that place? (Optional ones may be left out or empty.) */
  given(i: number): boolean {
    return Boolean(this.#node.input[i]);
  }

  imported(i: number): Imported {
    const name = this.#node.input[i];
    const found = name ? this.#state.values.get(name) : undefined;
    if (!found)
      throw this.unsupported(
        `expected an input at place ${i}, received ${name ? `the unknown value "${name}"` : 'none'}`,
      );
    return found;
  }

  /** The input as a value of the Graph. */
  value(i: number): string {
    const found = this.imported(i);
    if ('value' in found) return found.value;
    // Integers used as numbers, e.g. a scale that was computed from a shape.
    return this.builder.constant(found.dims, this.numbers(i)!, this.#node.input[i] ?? 'constant');
  }

  /** All inputs as values of the Graph. */
  valuesOf(): string[] {
    return this.#node.input.map((_, i) => this.value(i));
  }

  shape(i: number): Shape {
    const found = this.imported(i);
    return 'value' in found ? this.builder.shape(found.value) : found.dims;
  }

  /** The input as a float32 constant, or undefined when it is computed. */
  constant(i: number): Extract<Constant, { type: 'float32' }> | undefined {
    const found = this.imported(i);
    const constant = 'value' in found ? this.builder.constantOf(found.value) : undefined;
    return constant?.type === 'float32' ? constant : undefined;
  }

  /** The input as integers that are known while reading; undefined when absent. */
  integers(i: number): readonly Dim[] | undefined {
    if (!this.given(i)) return undefined;
    const found = this.imported(i);
    if ('integers' in found) return found.integers;
    throw this.unsupported(
      `expected input ${i} to be known when the model is read, received a computed value`,
    );
  }

  /** Like integers(), none of them the batch. */
  numbers(i: number): number[] | undefined {
    return this.integers(i)?.map((dim) => {
      if (typeof dim !== 'number') throw this.unsupported(`input ${i} depends on the batch size`);
      return dim;
    });
  }

  /** A float that is known: constant input i, else the attribute, else the given default. */
  knownFloat(i: number, attribute: string, otherwise: number): number {
    if (!this.given(i)) return this.float(attribute, otherwise);
    const found = this.imported(i);
    if ('integers' in found) return Number(found.integers[0]);
    const constant = this.constant(i);
    if (!constant || constant.data.length !== 1)
      throw this.unsupported(`expected input ${i} to be a constant number`);
    return constant.data[0]!;
  }

  /** The node that computes input i when nothing else reads that value: it may be folded into this one. */
  soleProducer(i: number): Node | undefined {
    return this.#state.uses.get(this.#node.input[i]!) === 1 ? this.producer(i) : undefined;
  }

  /** The node that computes input i. */
  producer(i: number): Node | undefined {
    return this.#state.produced.get(this.value(i));
  }

  // Outputs

  /** Adds an operator that computes output `i` of the ONNX node. */
  emit(operator: Operator, inputs: readonly string[], i = 0): string {
    const value = this.apply(operator, inputs, this.outputs[i]);
    this.alias(value, i);
    return value;
  }

  /** Adds an operator whose result is only a step on the way; the ONNX output's own name stays free for the result. */
  apply(operator: Operator, inputs: readonly string[], name = `${this.outputs[0]}_step`): string {
    const value = this.builder.add(operator, inputs, name);
    this.#state.produced.set(value, { ...operator, name: value, inputs, outputs: [value] });
    return value;
  }

  /** Output `i` is the given value of the Graph. */
  alias(value: string, i = 0): void {
    this.set({ value }, i);
  }

  /** Output `i` is known already. */
  know(integers: readonly Dim[], dims: readonly number[] = [integers.length], i = 0): void {
    this.set({ integers, dims }, i);
  }

  /** Output `i` is a constant. */
  constantOut(constant: Constant, i = 0): void {
    if (constant.type === 'int64') this.know(Array.from(constant.data, Number), constant.dims, i);
    else this.alias(this.builder.constant(constant.dims, constant.data, this.outputs[i]), i);
  }

  set(imported: Imported, i = 0): void {
    const name = this.outputs[i];
    if (name) this.#state.values.set(name, imported);
  }

  /** MODEL_UNSUPPORTED, naming this node. */
  unsupported(why: string): AppError {
    const name = this.#node.name || this.outputs[0] || 'unnamed';
    return new AppError('MODEL_UNSUPPORTED', `${this.opType} node "${name}": ${why}`, {
      details: { node: name, operator: this.opType },
    });
  }
}

/** axis counted from the end when negative. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Product of the sizes that are known. */
export function knownSize(shape: Shape): number {
  return sizeOf(shape.filter((dim) => typeof dim === 'number'));
}
