/** ONNX tensors -> constants of a Graph. Half and double become float32; integers and booleans become int64. */
import { AppError } from '../../core/errors.ts';
import { sizeOf } from '../../core/tensor.ts';
import type { Constant } from '../graph.ts';
import type { TensorProto } from './gen/onnx_pb.ts';
import { TensorProto_DataLocation as DataLocation, TensorProto_DataType as DataType } from './gen/onnx_pb.ts';
import { halfToFloat } from './half.ts';

/** Gives the bytes of a file that lies beside the model (ONNX external data). */
export type ReadExternal = (location: string) => Uint8Array;

/** Bytes of one element in raw data. */
const bytesOf: ReadonlyMap<number, number> = new Map([
  [DataType.FLOAT, 4],
  [DataType.DOUBLE, 8],
  [DataType.FLOAT16, 2],
  [DataType.INT64, 8],
  [DataType.INT32, 4],
]);

/** Throws MODEL_UNSUPPORTED for other element types, MODEL_INVALID when there are too few or too many bytes. */
export function readTensor(proto: TensorProto, readExternal?: ReadExternal): Constant {
  const dims = proto.dims.map(Number);
  const raw =
    proto.dataLocation === DataLocation.EXTERNAL ? externalBytes(proto, readExternal) : proto.rawData;
  const bytes = bytesOf.get(proto.dataType) ?? 1;
  if (raw.length % bytes !== 0) throw wrongSize(proto, dims, raw.length / bytes);
  const floats = (data: Float32Array): Constant => ({
    type: 'float32',
    dims,
    data: checked(proto, dims, data),
  });
  const integers = (data: BigInt64Array): Constant => ({
    type: 'int64',
    dims,
    data: checked(proto, dims, data),
  });
  switch (proto.dataType) {
    case DataType.FLOAT:
      return floats(raw.length > 0 ? new Float32Array(copyOf(raw)) : Float32Array.from(proto.floatData));
    case DataType.DOUBLE:
      return floats(Float32Array.from(raw.length > 0 ? new Float64Array(copyOf(raw)) : proto.doubleData));
    case DataType.FLOAT16:
      return floats(
        halfToFloat(raw.length > 0 ? new Uint16Array(copyOf(raw)) : Uint16Array.from(proto.int32Data)),
      );
    case DataType.INT64:
      return integers(raw.length > 0 ? new BigInt64Array(copyOf(raw)) : BigInt64Array.from(proto.int64Data));
    case DataType.INT32:
      return integers(
        BigInt64Array.from(raw.length > 0 ? new Int32Array(copyOf(raw)) : proto.int32Data, BigInt),
      );
    case DataType.BOOL:
      return integers(BigInt64Array.from(raw.length > 0 ? raw : proto.int32Data, (value) => BigInt(value)));
    default:
      throw new AppError(
        'MODEL_UNSUPPORTED',
        `tensor "${proto.name}" has ONNX element type ${proto.dataType}; expected float32, float16, float64, int32, int64 or bool` +
          ' (quantised models cannot be explained: use the float version)',
      );
  }
}

/** The bytes on their own, so that a typed array may begin at them. */
function copyOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}

function checked<A extends { readonly length: number }>(
  proto: TensorProto,
  dims: readonly number[],
  data: A,
): A {
  if (data.length === sizeOf(dims)) return data;
  throw wrongSize(proto, dims, data.length);
}

function wrongSize(proto: TensorProto, dims: readonly number[], received: number): AppError {
  return new AppError(
    'MODEL_INVALID',
    `expected ${sizeOf(dims)} values in tensor "${proto.name}" of shape [${dims.join(', ')}], received ${received}`,
  );
}

function externalBytes(proto: TensorProto, readExternal?: ReadExternal): Uint8Array {
  const entry = (key: string) => proto.externalData.find((item) => item.key === key)?.value;
  const location = entry('location');
  if (!location || !readExternal) {
    throw new AppError(
      'MODEL_INVALID',
      `tensor "${proto.name}" lies in another file (${location ?? 'unnamed'}) that cannot be read here`,
    );
  }
  const file = readExternal(location);
  const offset = Number(entry('offset') ?? 0);
  return file.subarray(offset, offset + Number(entry('length') ?? file.length - offset));
}
