/** Graph -> ONNX file (opset 17), so that any runtime can run it. */
import { create, toBinary } from '@bufbuild/protobuf';
import { sizeOf } from '../../core/tensor.ts';
import type { Constant, Dim, Graph, Node, Shape } from '../graph.ts';
import { shapeOf } from '../graph.ts';
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from './gen/onnx_pb.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.ts';

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
  const integers = (name: string, values: readonly number[], dims = [values.length]) => {
    initializers.push(tensorProto(name, { type: 'int64', dims, data: BigInt64Array.from(values, BigInt) }));
    return name;
  };
  const float = (name: string, value: number) => {
    initializers.push(tensorProto(name, { type: 'float32', dims: [], data: Float32Array.of(value) }));
    return name;
  };
  const nodes = graph.nodes.flatMap((node) => nodeProtos(node, graph, { integers, float }));
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
    },
  });
  return toBinary(ModelProtoSchema, model);
}

interface Literals {
  integers(name: string, values: readonly number[], dims?: readonly number[]): string;
  float(name: string, value: number): string;
}

/** The ONNX nodes of one node: nearly always one; attributes that ONNX wants as inputs become constants named after the node. */
function nodeProtos(node: Node, graph: Graph, literals: Literals): NodeProto[] {
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
        ...window,
        kernel_shape: node.kernel,
        dilations: node.dilations,
        ceil_mode: Number(node.ceil),
      });
    case 'AveragePool':
      return one('AveragePool', {
        ...window,
        kernel_shape: node.kernel,
        ceil_mode: Number(node.ceil),
        count_include_pad: Number(node.countPads),
      });
    case 'ReduceMean':
      if (node.keepDims && node.axes.join() === '2,3') return one('GlobalAveragePool');
      return one('ReduceMean', { axes: node.axes, keepdims: Number(node.keepDims) });
    case 'ReduceSum':
      return one('ReduceSum', { keepdims: Number(node.keepDims) }, [
        literals.integers(`${name}_axes`, node.axes),
      ]);
    case 'LeakyRelu':
    case 'Elu':
      return one(node.op, { alpha: real(node.alpha) });
    case 'HardSigmoid':
      return one('HardSigmoid', { alpha: real(node.alpha), beta: real(node.beta) });
    case 'Clip':
      return one('Clip', {}, [
        literals.float(`${name}_min`, node.min),
        literals.float(`${name}_max`, node.max),
      ]);
    case 'Softmax':
    case 'Concat':
      return one(node.op, { axis: node.axis });
    case 'Slice':
      return one(
        'Slice',
        {},
        (['starts', 'ends', 'axes', 'steps'] as const).map((key) =>
          literals.integers(`${name}_${key}`, node[key]),
        ),
      );
    case 'Pad':
      return one('Pad', { mode: node.mode }, [
        literals.integers(`${name}_pads`, node.pads),
        literals.float(`${name}_value`, node.value),
      ]);
    case 'Reshape':
      return one('Reshape', {}, [
        literals.integers(
          `${name}_shape`,
          node.shape.map((dim) => (typeof dim === 'number' ? dim : -1)),
        ),
      ]);
    case 'Transpose':
      return one('Transpose', { perm: node.perm });
    case 'ToFloat':
      return one('Cast', { to: DataType.FLOAT });
    case 'MaxUnpool':
      return maxUnpool(node, graph, literals);
    case 'ExpandAs':
      return [
        nodeProto(`${name}_shape`, 'Shape', [inputs[1]!], [`${name}_shape`], {}),
        nodeProto(name, 'Expand', [inputs[0]!, `${name}_shape`], outputs, {}),
      ];
    default:
      return one(node.op);
  }
}

/**
 * ONNX's own MaxUnpool overwrites where windows overlap, so this is a scatter that adds. Positions count through the whole batch: a batch
 * is scattered as one row; a single picture that all gradients share has positions of one picture, scattered into a row for each.
 */
function maxUnpool(node: Node, graph: Graph, { integers, float }: Literals): NodeProto[] {
  const { name, outputs } = node;
  const [gradient, positions, input] = node.inputs as readonly [string, string, string];
  const size = shapeOf(graph, input).slice(1).map(Number);
  const places = shapeOf(graph, gradient).slice(1).map(Number);
  const shared = shapeOf(graph, input)[0] === 1;
  const of = (part: string) => `${name}_${part}`;
  const to = (opType: string, from: readonly string[], part: string, attributes: Attributes = {}) =>
    nodeProto(of(part), opType, from, [of(part)], attributes);
  const row = (value: string, part: string, length: number) =>
    to('Reshape', [value, integers(of(`${part}_shape`), shared ? [-1, length] : [-1])], part);
  const result = nodeProto(
    name,
    'Reshape',
    [of('scatter'), integers(of('shape'), [-1, ...size])],
    outputs,
    {},
  );
  const rows = [
    row(gradient, 'updates', sizeOf(places)),
    row(positions, 'places', sizeOf(places)),
    to('Mul', [input, float(of('zero'), 0)], 'zeros'),
    row(of('zeros'), 'target', sizeOf(size)),
  ];
  if (!shared) {
    const scatter = to('ScatterElements', [of('target'), of('places'), of('updates')], 'scatter', {
      axis: 0,
      reduction: 'add',
    });
    return [...rows, scatter, result];
  }
  return [
    ...rows,
    to('Shape', [of('updates')], 'rows'),
    to('Expand', [of('places'), of('rows')], 'each_place'),
    to('Slice', [of('rows'), integers(of('from'), [0]), integers(of('until'), [1])], 'seeds'),
    to('Concat', [of('seeds'), integers(of('one'), [1])], 'column', { axis: 0 }),
    to('Expand', [of('target'), of('column')], 'each_target'),
    to('ScatterElements', [of('each_target'), of('each_place'), of('updates')], 'scatter', {
      axis: 1,
      reduction: 'add',
    }),
    result,
  ];
}

/** A float attribute: plain numbers are integers. */
class Real {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
const real = (value: number) => new Real(value);
type Attributes = Record<string, number | Real | string | readonly number[]>;

function nodeProto(
  name: string,
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Attributes,
): NodeProto {
  return create(NodeProtoSchema, {
    name,
    opType,
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([key, value]) => attributeProto(key, value)),
  });
}

function attributeProto(name: string, value: number | Real | string | readonly number[]): AttributeProto {
  if (value instanceof Real)
    return create(AttributeProtoSchema, { name, type: AttributeType.FLOAT, f: value.value });
  if (typeof value === 'number')
    return create(AttributeProtoSchema, { name, type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string') {
    return create(AttributeProtoSchema, {
      name,
      type: AttributeType.STRING,
      s: new TextEncoder().encode(value),
    });
  }
  return create(AttributeProtoSchema, { name, type: AttributeType.INTS, ints: value.map(BigInt) });
}

function tensorProto(name: string, constant: Constant): TensorProto {
  const { buffer, byteOffset, byteLength } = constant.data;
  return create(TensorProtoSchema, {
    name,
    dims: constant.dims.map(BigInt),
    dataType: constant.type === 'float32' ? DataType.FLOAT : DataType.INT64,
    rawData: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
  });
}

function valueInfo(name: string, shape: Shape): ValueInfoProto {
  const dim = (value: Dim) =>
    typeof value === 'number'
      ? ({ case: 'dimValue', value: BigInt(value) } as const)
      : ({ case: 'dimParam', value } as const);
  return create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: { elemType: DataType.FLOAT, shape: { dim: shape.map((value) => ({ value: dim(value) })) } },
      },
    },
  });
}
