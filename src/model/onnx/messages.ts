/** The protobuf messages that ONNX files are written with. */
import { create } from '@bufbuild/protobuf';
import type { Constant, Dim, Shape } from '../graph.ts';
import type { AttributeProto, NodeProto, TensorProto, ValueInfoProto } from './gen/onnx_pb.ts';
import {
  AttributeProto_AttributeType as AttributeType,
  AttributeProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from './gen/onnx_pb.ts';

/** A float attribute: plain numbers are integers. */
class Real {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
export const real = (value: number) => new Real(value);
export type Attributes = Record<string, number | Real | string | readonly number[]>;

export function nodeProto(
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

export function tensorProto(name: string, constant: Constant): TensorProto {
  const { buffer, byteOffset, byteLength } = constant.data;
  return create(TensorProtoSchema, {
    name,
    dims: constant.dims.map(BigInt),
    dataType: constant.type === 'float32' ? DataType.FLOAT : DataType.INT64,
    rawData: new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength),
  });
}

export function valueInfo(name: string, shape: Shape): ValueInfoProto {
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
