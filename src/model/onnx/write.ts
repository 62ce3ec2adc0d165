/** Graph -> ONNX file (opset 17), so that any runtime can run it. */
import { create, toBinary } from '@bufbuild/protobuf';
import { sizeOf } from '../../core/tensor.ts';
import type { Constant, Graph, Margins, Node, OperatorName, OperatorOf } from '../graph.ts';
import { shapeOf } from '../graph.ts';
import { picture } from '../operators/shapes.ts';
import type { NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { ModelProtoSchema, TensorProto_DataType as DataType } from './gen/onnx_pb.ts';
import type { Attributes } from './messages.ts';
import { nodeProto, real, tensorProto, valueInfo } from './messages.ts';

const OPSET = 17n;
const IR_VERSION = 8n;

export interface WriteOptions {
  /** Free text that the file carries (metadata_props), e.g. the rule and where the weights come from. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of an ONNX model with the graph's inputs and outputs (float32; symbolic dimensions stay symbolic). */
export function writeOnnx(graph: Graph, options: WriteOptions = {}): Uint8Array {
  const initializers: TensorProto[] = [...graph.constants].map(([name, constant]) =>
    tensorProto(name, constant),
  );
  const taken = new Set(graph.shapes.keys());
  const unique = (wanted: string) => {
    let name = wanted;
    for (let i = 1; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    return name;
  };
  const literal = (wanted: string, constant: Constant) => {
    const name = unique(wanted);
    initializers.push(tensorProto(name, constant));
    return name;
  };
  const names: Names = {
    unique,
    integers: (name, values) =>
      literal(name, { type: 'int64', dims: [values.length], data: BigInt64Array.from(values, BigInt) }),
    float: (name, value) => literal(name, { type: 'float32', dims: [], data: Float32Array.of(value) }),
  };
  const nodes = graph.nodes.flatMap((node) => nodeProtos(node, graph, names));
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'whymatch',
    metadataProps: Object.entries(options.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: graph.name,
      node: nodes,
      initializer: initializers,
      input: graph.inputs.map((name) => valueInfo(name, shapeOf(graph, name))),
      output: graph.outputs.map((name) => valueInfo(name, shapeOf(graph, name))),
      valueInfo: intermediate(graph).map((name) => valueInfo(name, shapeOf(graph, name))),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

const booleans: ReadonlySet<string> = new Set<OperatorName>(['Greater', 'Less', 'Equal', 'And']);

/**
 * The float32 values between inputs and outputs. Their shapes are written down because a runtime loses sight of the batch at a reshape, and
 * onnxruntime adds two values within a convolution only where it knows that both have the same batch.
 */
function intermediate(graph: Graph): string[] {
  return graph.nodes.flatMap(({ op, outputs }) =>
    booleans.has(op) || graph.outputs.includes(outputs[0]!) ? [] : outputs.slice(0, 1),
  );
}

/** Gives names that no value of the graph has. */
interface Names {
  unique(wanted: string): string;
  /** The name of a new constant. */
  integers(wanted: string, values: readonly number[]): string;
  float(wanted: string, value: number): string;
}

/** The ONNX nodes of one node: nearly always one; attributes that ONNX wants as inputs become constants named after the node. */
function nodeProtos(node: Node, graph: Graph, names: Names): NodeProto[] {
  const { inputs, outputs, name } = node;
  const one = (opType: string, attributes: Attributes = {}, extra: readonly string[] = []) => [
    nodeProto(name, opType, [...inputs, ...extra], outputs, attributes),
  ];
  const window = 'pads' in node && 'strides' in node ? { strides: node.strides, pads: node.pads } : {};
  switch (node.op) {
    case 'Conv':
      return one('Conv', { ...window, dilations: node.dilations, group: node.group });
    case 'ConvTranspose':
      return one('ConvTranspose', {
        ...window,
        dilations: node.dilations,
        group: node.group,
        output_padding: node.outputPadding,
      });
    case 'MaxPool':
      return one('MaxPool', {
        ...poolWindow(node, graph),
        dilations: node.dilations,
      });
    case 'AveragePool':
      return averagePool(node, graph, names);
    case 'ReduceMean':
      if (node.keepDims && node.axes.join() === '2,3' && shapeOf(graph, inputs[0]!).length === 4)
        return one('GlobalAveragePool');
      return one('ReduceMean', { axes: node.axes, keepdims: Number(node.keepDims) });
    case 'ReduceSum':
      return one('ReduceSum', { keepdims: Number(node.keepDims) }, [
        names.integers(`${name}_axes`, node.axes),
      ]);
    case 'LeakyRelu':
    case 'Elu':
      return one(node.op, { alpha: real(node.alpha) });
    case 'HardSigmoid':
      return one('HardSigmoid', { alpha: real(node.alpha), beta: real(node.beta) });
    case 'Clip':
      return one('Clip', {}, [names.float(`${name}_min`, node.min), names.float(`${name}_max`, node.max)]);
    case 'Softmax':
    case 'Concat':
      return one(node.op, { axis: node.axis });
    case 'Slice':
      return one(
        'Slice',
        {},
        (['starts', 'ends', 'axes', 'steps'] as const).map((key) =>
          names.integers(`${name}_${key}`, node[key]),
        ),
      );
    case 'Pad':
      return one('Pad', { mode: node.mode }, [
        names.integers(`${name}_pads`, node.pads),
        names.float(`${name}_value`, node.value),
      ]);
    case 'Reshape':
      return one('Reshape', {}, [
        names.integers(
          `${name}_shape`,
          node.shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
        ),
      ]);
    case 'Transpose':
      return one('Transpose', { perm: node.perm });
    case 'ToFloat':
      return one('Cast', { to: DataType.FLOAT });
    case 'MaxUnpool':
      return maxUnpool(node, graph, names);
    case 'ExpandAs': {
      const shape = names.unique(`${name}_shape`);
      return [
        nodeProto(shape, 'Shape', [inputs[1]!], [shape], {}),
        nodeProto(name, 'Expand', [inputs[0]!, shape], outputs, {}),
      ];
    }
    default:
      return one(node.op);
  }
}

/**
 * Ceil mode is written as pads at the end: the shape inference of opset 17 counts a last window that begins in the right pad, which no
 * runtime computes, and a graph that knows its shapes is then refused. (Dilated windows may reach further than pads are allowed to.)
 */
function poolWindow(node: OperatorOf<'MaxPool' | 'AveragePool'> & Node, graph: Graph): Attributes {
  const { kernel, strides } = node;
  const pads = padsOfAllWindows(node, graph);
  const tooLarge = pads[2] >= kernel[0] || pads[3] >= kernel[1];
  const ceil = tooLarge && pads.join() !== node.pads.join();
  return { kernel_shape: kernel, strides, pads: ceil ? node.pads : pads, ceil_mode: Number(ceil) };
}

/** The pads with which floor mode has as many windows as the node. */
function padsOfAllWindows(node: OperatorOf<'MaxPool' | 'AveragePool'> & Node, graph: Graph): Margins {
  const [, , ...size] = picture(shapeOf(graph, node.inputs[0]!));
  const [, , ...places] = picture(shapeOf(graph, node.outputs[0]!));
  const dilations = node.op === 'MaxPool' ? node.dilations : [1, 1];
  const [top, left, ...end] = node.pads;
  const [bottom, right] = ([0, 1] as const).map((i) => {
    const reach = (places[i] - 1) * node.strides[i] + (node.kernel[i] - 1) * dilations[i] + 1;
    return Math.max(end[i], reach - size[i] - node.pads[i]);
  }) as [number, number];
  return [top, left, bottom, right];
}

/** Where pads count, but not what hangs over them in ceil mode, the pads become zeros of the picture. */
function averagePool(node: OperatorOf<'AveragePool'> & Node, graph: Graph, names: Names): NodeProto[] {
  const { inputs, outputs, name, kernel, strides, countPads } = node;
  const [top, left, bottom, right] = node.pads;
  const all = padsOfAllWindows(node, graph);
  if (!countPads || all.join() === node.pads.join()) {
    const attributes = { ...poolWindow(node, graph), count_include_pad: Number(countPads) };
    return [nodeProto(name, 'AveragePool', inputs, outputs, attributes)];
  }
  const padded = names.unique(`${name}_padded`);
  const zeros = names.integers(`${name}_pads`, [0, 0, top, left, 0, 0, bottom, right]);
  const pads = [0, 0, all[2] - bottom, all[3] - right];
  return [
    nodeProto(padded, 'Pad', [inputs[0]!, zeros], [padded], {}),
    nodeProto(name, 'AveragePool', [padded], outputs, { kernel_shape: kernel, strides, pads }),
  ];
}

/**
 * ONNX's own MaxUnpool overwrites where windows overlap, so this is a scatter that adds. Positions count through the whole batch: a batch
 * is scattered as one row; a single picture that all gradients share has positions of one picture, scattered into a row for each.
 */
function maxUnpool(node: Node, graph: Graph, { unique, integers, float }: Names): NodeProto[] {
  const { name, outputs } = node;
  const [gradient, positions, input] = node.inputs as readonly [string, string, string];
  const size = shapeOf(graph, input).slice(1).map(Number);
  const places = shapeOf(graph, gradient).slice(1).map(Number);
  const shared = shapeOf(graph, input)[0] === 1;
  const nodes: NodeProto[] = [];
  const add = (opType: string, from: readonly string[], part: string, attributes: Attributes = {}) => {
    const value = unique(`${name}_${part}`);
    nodes.push(nodeProto(value, opType, from, [value], attributes));
    return value;
  };
  const row = (value: string, part: string, length: number) =>
    add('Reshape', [value, integers(`${name}_${part}_shape`, shared ? [-1, length] : [-1])], part);
  const updates = row(gradient, 'updates', sizeOf(places));
  let at = row(positions, 'places', sizeOf(places));
  let target = row(add('Mul', [input, float(`${name}_zero`, 0)], 'zeros'), 'target', sizeOf(size));
  if (shared) {
    const shape = add('Shape', [updates], 'rows');
    at = add('Expand', [at, shape], 'each_place');
    const [from, until, one] = [[0], [1], [1]].map((values) => integers(`${name}_bound`, values));
    const seeds = add('Slice', [shape, from!, until!], 'seeds');
    target = add('Expand', [target, add('Concat', [seeds, one!], 'column', { axis: 0 })], 'each_target');
  }
  const scattered = add('ScatterElements', [target, at, updates], 'scatter', {
    axis: shared ? 1 : 0,
    reduction: 'add',
  });
  const whole = integers(`${name}_shape`, [-1, ...size]);
  return [...nodes, nodeProto(name, 'Reshape', [scattered, whole], outputs, {})];
}
