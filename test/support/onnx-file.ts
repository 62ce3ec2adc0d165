/** Writes ONNX files straight from protobuf messages, without anything that src makes of them. */
import { create, toBinary } from '@bufbuild/protobuf';
import type {
  AttributeProto,
  NodeProto,
  TensorProto,
  ValueInfoProto,
} from '../../src/model/onnx/gen/onnx_pb.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '../../src/model/onnx/gen/onnx_pb.ts';
import type { Tensor } from '../../src/core/tensor.ts';

export { DataType };

/** A float attribute: plain numbers are integers. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

type Attribute = number | Float | string | readonly number[] | readonly Float[] | TensorProto;

export function onnxNode(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>> = {},
): NodeProto {
  return create(NodeProtoSchema, {
    name: `the_${output[0]}`,
    opType,
    input: [...input],
    output: [...output],
    attribute: Object.entries(attributes).map(([name, value]) => attributeProto(name, value)),
  });
}

function attributeProto(name: string, value: Attribute): AttributeProto {
  const of = (rest: Omit<Parameters<typeof create<typeof AttributeProtoSchema>>[1] & object, '$typeName'>) =>
    create(AttributeProtoSchema, { name, ...rest });
  if (value instanceof Float) return of({ type: AttributeType.FLOAT, f: value.value });
  if (typeof value === 'number') return of({ type: AttributeType.INT, i: BigInt(value) });
  if (typeof value === 'string')
    return of({ type: AttributeType.STRING, s: new TextEncoder().encode(value) });
  if ('$typeName' in value) return of({ type: AttributeType.TENSOR, t: value });
  if (value[0] instanceof Float) {
    return of({
      type: AttributeType.FLOATS,
      floats: (value as readonly Float[]).map((float) => float.value),
    });
  }
  return of({ type: AttributeType.INTS, ints: (value as readonly number[]).map(BigInt) });
}

/** A float32 tensor in raw bytes. */
export function floatTensor(name: string, { dims, data }: Tensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: DataType.FLOAT,
    rawData: new Uint8Array(
      data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer,
    ),
  });
}

/** An int64 tensor; a single number is a scalar. */
export function intTensor(name: string, values: number | readonly number[]): TensorProto {
  const list = typeof values === 'number' ? [values] : values;
  return create(TensorProtoSchema, {
    name,
    dims: typeof values === 'number' ? [] : [BigInt(list.length)],
    dataType: DataType.INT64,
    int64Data: list.map(BigInt),
  });
}

/** A size, or the name of one that is left open. */
export type FileDim = number | string;

export interface OnnxFile {
  readonly opset: number;
  readonly nodes: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
  /** Default: image, float32, (1, 3, 7, 6). */
  readonly inputs?: Readonly<Record<string, readonly FileDim[]>>;
  /** Default: y, of no stated shape. */
  readonly outputs?: readonly string[];
  readonly inputType?: DataType | undefined;
}

export function onnxFile(file: OnnxFile): Uint8Array {
  const inputs = file.inputs ?? { image: [1, 3, 7, 6] };
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: '', version: BigInt(file.opset) }],
    graph: {
      name: 'made_for_a_test',
      node: [...file.nodes],
      initializer: [...(file.initializers ?? [])],
      input: Object.entries(inputs).map(([name, dims]) => valueInfo(name, file.inputType, dims)),
      output: (file.outputs ?? ['y']).map((name) => valueInfo(name)),
    },
  });
  return toBinary(ModelProtoSchema, model);
}

function valueInfo(
  name: string,
  elemType: DataType = DataType.FLOAT,
  dims?: readonly FileDim[],
): ValueInfoProto {
  const dim = (value: FileDim) =>
    typeof value === 'number'
      ? ({ case: 'dimValue', value: BigInt(value) } as const)
      : ({ case: 'dimParam', value } as const);
  const shape = dims && { shape: { dim: dims.map((value) => ({ value: dim(value) })) } };
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType, ...shape } } },
  });
}
