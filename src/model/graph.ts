/**
 * A Graph is a small, strict subset of ONNX that both directions of a CNN can be written in: every operator has one form (pads are
 * numbers, axes are attributes, batch norm and shape arithmetic are gone), so that engines and backward rules see few cases.
 * Explanations are Graphs too. The batch stays symbolic.
 */

/** A size, or 'N': the batch, known when the graph runs. */
export type Dim = number | 'N';
export type Shape = readonly Dim[];

/** A weight or a constant of a graph. */
export type Constant =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: BigInt64Array };

/** Two sizes: height, width. */
export type Pair = readonly [number, number];
/** Margins in ONNX order: top, left, bottom, right. */
export type Margins = readonly [number, number, number, number];

/** A window that slides over a map (N,C,H,W). */
export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly pads: Margins;
  readonly dilations: Pair;
}

/** An operator with its attributes; the semantics are those of ONNX opset 17. */
export type Operator =
  /** x (N,C,H,W), weight (O,C/group,kh,kw), bias? (O) */
  | ({ readonly op: 'Conv'; readonly group: number } & Omit<Window, 'kernel'>)
  /** x (N,C,h,w), weight (C,O/group,kh,kw), bias? (O) */
  | ({ readonly op: 'ConvTranspose'; readonly group: number; readonly outputPadding: Pair } & Omit<
      Window,
      'kernel'
    >)
  /** Outputs the maximum and, when a second output is asked for, the flat position of the first maximum in the whole batch (int64). */
  | ({ readonly op: 'MaxPool'; readonly ceil: boolean } & Window)
  | ({ readonly op: 'AveragePool'; readonly ceil: boolean; readonly countPads: boolean } & Omit<
      Window,
      'dilations'
    >)
  | { readonly op: 'MatMul' }
  | { readonly op: 'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max' }
  /** Comparisons give booleans; Where (condition, yes, no) reads them; ToFloat makes them 0 and 1. */
  | { readonly op: 'Greater' | 'Less' | 'Equal' | 'And' | 'Where' | 'ToFloat' }
  | {
      readonly op:
        | 'Relu'
        | 'PRelu'
        | 'Sigmoid'
        | 'HardSwish'
        | 'Tanh'
        | 'Softplus'
        | 'Erf'
        | 'Exp'
        | 'Sqrt'
        | 'Sign'
        | 'Abs';
    }
  | { readonly op: 'LeakyRelu' | 'Elu'; readonly alpha: number }
  | { readonly op: 'HardSigmoid'; readonly alpha: number; readonly beta: number }
  | { readonly op: 'Clip'; readonly min: number; readonly max: number }
  | { readonly op: 'Softmax'; readonly axis: number }
  | { readonly op: 'ReduceMean' | 'ReduceSum'; readonly axes: readonly number[]; readonly keepDims: boolean }
  | { readonly op: 'Concat'; readonly axis: number }
  /** ends are exclusive and inside the shape; steps are at least 1. */
  | {
      readonly op: 'Slice';
      readonly axes: readonly number[];
      readonly starts: readonly number[];
      readonly ends: readonly number[];
      readonly steps: readonly number[];
    }
  /** pads: one number before and one after for every dimension: [before..., after...]. */
  | {
      readonly op: 'Pad';
      readonly mode: 'constant' | 'reflect' | 'edge';
      readonly pads: readonly number[];
      readonly value: number;
    }
  /** At most one dimension is symbolic; it is inferred when the graph runs. */
  | { readonly op: 'Reshape'; readonly shape: Shape }
  | { readonly op: 'Transpose'; readonly perm: readonly number[] }
  /** Repeats dimensions of size 1 so that x gets the shape of the second input. */
  | { readonly op: 'ExpandAs' }
  /** gradient (N,C,h,w), positions of a MaxPool's maxima, the pool's input (N or 1,C,H,W) -> (N,C,H,W): adds each number at its position. */
  | { readonly op: 'MaxUnpool' }
  | { readonly op: 'Identity' };

export type OperatorName = Operator['op'];

/** The operators of the given names. */
export type OperatorOf<Name extends OperatorName> = Operator extends infer Any
  ? Any extends { op: infer Own }
    ? Name extends Own
      ? Any
      : never
    : never
  : never;

/** One step of a graph. Names of inputs and outputs are values; an optional input that is absent is not listed. */
export type Node = Operator & {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
};

export interface Graph {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** In an order in which they can run. */
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** The shape of every value: inputs, constants, results. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** The shape of a value of the graph. Throws when there is no such value. */
export function shapeOf(graph: Graph, value: string): Shape {
  const shape = graph.shapes.get(value);
  if (!shape) throw new RangeError(`graph ${graph.name} has no value "${value}"`);
  return shape;
}

/** Each value's producer. */
export function producers(graph: Graph): Map<string, Node> {
  return new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
}

/** The nodes that read each value. */
export function consumers(graph: Graph): Map<string, Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  return readers;
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
