import { sizeOf } from '../core/tensor.ts';
import type { Constant, Graph, Node, Operator, Shape } from './graph.ts';
import { inferShapes } from './operators/shapes.ts';

/** Writes a Graph step by step; shapes are inferred as nodes are added. Methods return the name of the new value. */
export class GraphBuilder {
  readonly name: string;
  readonly #inputs: string[] = [];
  readonly #nodes: Node[] = [];
  readonly #constants = new Map<string, Constant>();
  readonly #shapes = new Map<string, Shape>();
  readonly #floats = new Map<number, string>();

  constructor(name: string) {
    this.name = name;
  }

  /** A builder that begins with everything that `graph` holds. */
  static from(graph: Graph, name = graph.name): GraphBuilder {
    const builder = new GraphBuilder(name);
    builder.#inputs.push(...graph.inputs);
    builder.#nodes.push(...graph.nodes);
    for (const [key, constant] of graph.constants) builder.#constants.set(key, constant);
    for (const [key, shape] of graph.shapes) builder.#shapes.set(key, shape);
    return builder;
  }

  shape(value: string): Shape {
    const shape = this.#shapes.get(value);
    if (!shape) throw new RangeError(`graph ${this.name} has no value "${value}"`);
    return shape;
  }

  constantOf(value: string): Constant | undefined {
    return this.#constants.get(value);
  }

  /** The node that computes a value; undefined for inputs and constants. */
  producerOf(value: string): Node | undefined {
    return this.#nodes.find((node) => node.outputs.includes(value));
  }

  input(name: string, shape: Shape): string {
    this.#inputs.push(name);
    return this.#declare(name, shape);
  }

  /** A float32 constant (a typed array is not copied). */
  constant(dims: readonly number[], data: ArrayLike<number>, name = 'constant'): string {
    const values = data instanceof Float32Array ? data : Float32Array.from(data);
    if (values.length !== sizeOf(dims)) {
      throw new RangeError(
        `expected ${sizeOf(dims)} values for shape [${dims.join(', ')}], received ${values.length}`,
      );
    }
    return this.#constant(this.unique(name), { type: 'float32', dims: [...dims], data: values });
  }

  /** A float32 scalar; equal ones are shared. */
  scalar(value: number): string {
    const known = this.#floats.get(value);
    if (known) return known;
    const name = this.constant([], [value], `scalar_${value}`);
    this.#floats.set(value, name);
    return name;
  }

  /** Adds a node with one output and returns that output's name. */
  add(operator: Operator, inputs: readonly string[], name: string = operator.op): string {
    return this.addMany(operator, inputs, [name])[0]!;
  }

  /** Adds a node with several outputs. Names are made unique. Throws RangeError naming the node when the shapes do not fit. */
  addMany(operator: Operator, inputs: readonly string[], names: readonly string[]): string[] {
    const outputs = names.map((name) => this.unique(name));
    let shapes: Shape[];
    try {
      shapes = inferShapes(
        operator,
        inputs.map((input) => this.shape(input)),
        outputs.length,
      );
    } catch (error) {
      throw new RangeError(`${operator.op} "${outputs[0]}": ${(error as Error).message}`, { cause: error });
    }
    for (const [i, output] of outputs.entries()) this.#declare(output, shapes[i]!);
    this.#nodes.push({ ...operator, name: outputs[0]!, inputs: [...inputs], outputs });
    return outputs;
  }

  /** Asks the node that computes `value` for one output more, of the same shape (MaxPool's positions). */
  addOutput(value: string, name: string): string {
    const i = this.#nodes.findIndex((node) => node.outputs[0] === value);
    const node = this.#nodes[i]!;
    const output = this.#declare(this.unique(name), this.shape(value));
    this.#nodes[i] = { ...node, outputs: [...node.outputs, output] };
    return output;
  }

  /** A name that no value has yet, and that is not reserved. */
  unique(name: string, reserved: readonly string[] = []): string {
    const free = (candidate: string) => !this.#shapes.has(candidate) && !reserved.includes(candidate);
    if (free(name)) return name;
    for (let i = 1; ; i++) {
      if (free(`${name}_${i}`)) return `${name}_${i}`;
    }
  }

  /**
   * The graph with the given outputs (public name -> value). What no output needs is left out; inputs that are needed keep their
   * order. Values take their public names; a value that merely happens to have such a name steps aside.
   */
  build(outputs: Readonly<Record<string, string>>): Graph {
    const nodes = [...this.#nodes];
    const renamed = new Map<string, string>();
    const sources = Object.entries(outputs).map(([name, value]) => {
      const shape = this.shape(value);
      const own =
        name === value ||
        (nodes.some((node) => node.outputs.includes(value)) && !renamed.has(value) && !(value in outputs));
      const source = own ? value : this.#declare(this.unique(`${name}_copy`), shape);
      if (!own) nodes.push({ op: 'Identity', name: source, inputs: [value], outputs: [source] });
      renamed.set(source, name);
      return source;
    });
    const names = Object.keys(outputs);
    for (const name of names) {
      if (this.#shapes.has(name) && !renamed.has(name))
        renamed.set(name, this.unique(`${name}_inner`, names));
    }
    const kept = reachable(nodes, new Set(sources));
    const used = new Set([...kept.flatMap((node) => [...node.inputs, ...node.outputs]), ...sources]);
    const to = (value: string) => renamed.get(value) ?? value;
    const keep = <V>(map: ReadonlyMap<string, V>) =>
      new Map([...map].filter(([key]) => used.has(key)).map(([key, value]) => [to(key), value] as const));
    return {
      name: this.name,
      inputs: this.#inputs.filter((input) => used.has(input)).map(to),
      outputs: names,
      nodes: kept.map((node) => ({ ...node, inputs: node.inputs.map(to), outputs: node.outputs.map(to) })),
      constants: keep(this.#constants),
      shapes: keep(this.#shapes),
    };
  }

  #constant(name: string, constant: Constant): string {
    this.#constants.set(name, constant);
    return this.#declare(name, constant.dims);
  }

  #declare(name: string, shape: Shape): string {
    if (this.#shapes.has(name)) throw new RangeError(`graph ${this.name} already has a value "${name}"`);
    this.#shapes.set(name, [...shape]);
    return name;
  }
}

/** The part of a graph that computes the given values; they become its outputs under their own names. */
export function subgraph(graph: Graph, values: readonly string[], name = graph.name): Graph {
  return GraphBuilder.from(graph, name).build(Object.fromEntries(values.map((value) => [value, value])));
}

function reachable(nodes: readonly Node[], wanted: Set<string>): Node[] {
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) wanted.add(input);
  }
  return kept.toReversed();
}

/** The same graph with another name for a value, if it has that value. Throws RangeError when the new name is taken. */
export function renameValue(graph: Graph, value: string, name: string): Graph {
  if (value === name || !graph.shapes.has(value)) return graph;
  if (graph.shapes.has(name)) throw new RangeError(`graph ${graph.name} already has a value "${name}"`);
  const to = (old: string) => (old === value ? name : old);
  const keys = <V>(map: ReadonlyMap<string, V>) => new Map([...map].map(([key, item]) => [to(key), item]));
  return {
    ...graph,
    inputs: graph.inputs.map(to),
    outputs: graph.outputs.map(to),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(to),
      outputs: node.outputs.map(to),
    })),
    constants: keys(graph.constants),
    shapes: keys(graph.shapes),
  };
}

/** The same graph for a fixed batch: 'N' becomes that size everywhere. */
export function withBatch(graph: Graph, batch: number): Graph {
  const bound = (shape: Shape): Shape => shape.map((dim) => (dim === 'N' ? batch : dim));
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.op === 'Reshape' ? { ...node, shape: bound(node.shape) } : node)),
    shapes: new Map([...graph.shapes].map(([value, shape]) => [value, bound(shape)])),
  };
}
