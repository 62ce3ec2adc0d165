/** How the numbers of a file are stored: raw and typed, half, single and double precision, integers, and beside the model. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create } from '@bufbuild/protobuf';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import type { TensorProto } from '../../../src/model/onnx/gen/onnx_pb.ts';
import { TensorProtoSchema, TensorProto_DataLocation } from '../../../src/model/onnx/gen/onnx_pb.ts';
import { readTensor } from '../../../src/model/onnx/constants.ts';
import { halfToFloat } from '../../../src/model/onnx/half.ts';
import { readOnnx } from '../../../src/model/onnx/read.ts';
import { createOrtEngine } from '../../../src/model/ort.ts';
import { weights } from '../../support/onnx-case.ts';
import { DataType, onnxFile, onnxNode as node } from '../../support/onnx-file.ts';
import { runOnnx } from '../../support/onnxruntime.ts';
import { assertClose, randomTensor } from '../../support/tensors.ts';

const engine = createOrtEngine({ threads: 1 });
test.after.always(() => engine.dispose());

const image = randomTensor([1, 3, 7, 6], 5);
const kernelDims = [2n, 3n, 1n, 1n];
const numbers = [0.5, -1.25, 3, 0.1, -0.001, 2 ** -20];

const bytes = (data: ArrayBufferView) =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
const halves = Uint16Array.of(0x3800, 0xbd00, 0x4200, 0x2e66, 0x9419, 0x0010);

/** Each way to store `numbers` as the kernel w. */
const stored: Readonly<Record<string, Partial<TensorProto>>> = {
  'float32, raw': { dataType: DataType.FLOAT, rawData: bytes(Float32Array.from(numbers)) },
  'float32, typed': { dataType: DataType.FLOAT, floatData: numbers },
  'float16, raw': { dataType: DataType.FLOAT16, rawData: bytes(halves) },
  'float16, typed': { dataType: DataType.FLOAT16, int32Data: [...halves] },
  'float64, raw': { dataType: DataType.DOUBLE, rawData: bytes(Float64Array.from(numbers)) },
  'float64, typed': { dataType: DataType.DOUBLE, doubleData: numbers },
  'int32, raw': { dataType: DataType.INT32, rawData: bytes(Int32Array.of(1, -2, 3, 4, 5, -6)) },
  'int32, typed': { dataType: DataType.INT32, int32Data: [1, -2, 3, 4, 5, -6] },
  'int64, raw': { dataType: DataType.INT64, rawData: bytes(BigInt64Array.of(1n, -2n, 3n, 4n, 5n, -6n)) },
  'int64, typed': { dataType: DataType.INT64, int64Data: [1n, -2n, 3n, 4n, 5n, -6n] },
  'booleans, raw': { dataType: DataType.BOOL, rawData: Uint8Array.of(1, 0, 1, 1, 0, 1) },
  'booleans, typed': { dataType: DataType.BOOL, int32Data: [1, 0, 1, 1, 0, 1] },
};

for (const [name, storage] of Object.entries(stored)) {
  test(`weights stored as ${name}`, async (t) => {
    const tensor = create(TensorProtoSchema, { name: 'w', dims: kernelDims, ...(storage as object) });
    await agrees(
      t,
      onnxFile({
        opset: 13,
        nodes: [node('Cast', ['w'], ['v'], { to: DataType.FLOAT }), node('Conv', ['image', 'v'], ['y'])],
        initializers: [tensor],
      }),
    );
  });
}

test('every half-precision number becomes the float32 that onnxruntime makes of it', async (t) => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const halfs = create(TensorProtoSchema, {
    name: 'h',
    dims: [65536n],
    dataType: DataType.FLOAT16,
    rawData: bytes(bits),
  });
  const file = onnxFile({
    opset: 13,
    nodes: [node('Cast', ['h'], ['y'], { to: DataType.FLOAT })],
    initializers: [halfs],
  });
  const { y } = await runOnnx(file, { image });
  const read = halfToFloat(bits);
  t.deepEqual([...bits].filter((_, i) => !Object.is(read[i], y!.data[i])).slice(0, 5), []);
});

test('a network that calculates in float16 is read as float32', async (t) => {
  const kernel = create(TensorProtoSchema, {
    name: 'w',
    dims: kernelDims,
    dataType: DataType.FLOAT16,
    rawData: bytes(halves),
  });
  const file = onnxFile({
    opset: 13,
    nodes: [
      node('Cast', ['image'], ['half'], { to: DataType.FLOAT16 }),
      node('Conv', ['half', 'w'], ['c']),
      node('Relu', ['c'], ['r']),
      node('Cast', ['r'], ['y'], { to: DataType.FLOAT }),
    ],
    initializers: [kernel],
  });
  await agrees(t, file, 2e-3);
});

test('weights that lie beside the model are read through readExternal, at their offset', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'whymatch-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const content = new Uint8Array(4096 + 24);
  content.set(bytes(Float32Array.from(numbers)), 4096);
  const beside = (length: string) =>
    create(TensorProtoSchema, {
      name: 'w',
      dims: kernelDims,
      dataType: DataType.FLOAT,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: 'weights.bin' },
        { key: 'offset', value: '4096' },
        { key: 'length', value: length },
      ],
    });
  const file = (length = '24') =>
    onnxFile({ opset: 13, nodes: [node('Conv', ['image', 'w'], ['y'])], initializers: [beside(length)] });
  const readExternal = (location: string) => {
    t.is(location, 'weights.bin');
    return content;
  };
  const model = path.join(folder, 'model.onnx');
  await writeFile(model, file());
  await writeFile(path.join(folder, 'weights.bin'), content);
  const expected = await runOnnx(model, { image });
  const executable = await engine.load(readOnnx(file(), { readExternal }));
  assertClose(t, (await executable.run({ image }))['y'], expected['y']!, 1e-5, 'y');

  t.throws(() => readOnnx(file()), {
    code: 'MODEL_INVALID',
    message: /"w" lies in another file \(weights\.bin\)/,
  });
  t.throws(() => readOnnx(file('20'), { readExternal }), {
    code: 'MODEL_INVALID',
    message: /expected 6 values .* received 5/,
  });
  t.throws(() => readOnnx(file('23'), { readExternal }), {
    code: 'MODEL_INVALID',
    message: /expected 6 values/,
  });
});

for (const [what, storage] of Object.entries({
  'too few raw bytes': { dataType: DataType.FLOAT, rawData: new Uint8Array(20) },
  'a broken last number': { dataType: DataType.FLOAT, rawData: new Uint8Array(23) },
  'a broken last half': { dataType: DataType.FLOAT16, rawData: new Uint8Array(11) },
  'too many numbers': { dataType: DataType.FLOAT, floatData: [...numbers, 1] },
  'no data': { dataType: DataType.FLOAT },
})) {
  test(`a tensor with ${what} is refused by name`, (t) => {
    const tensor = create(TensorProtoSchema, { name: 'kernel_7', dims: kernelDims, ...storage });
    t.throws(() => readTensor(tensor), {
      code: 'MODEL_INVALID',
      message: /expected 6 values in tensor "kernel_7"/,
    });
  });
}

test('quantised weights are refused with advice', (t) => {
  for (const dataType of [DataType.INT8, DataType.UINT8]) {
    const tensor = create(TensorProtoSchema, {
      name: 'w_quantized',
      dims: [4n],
      dataType,
      rawData: new Uint8Array(4),
    });
    const file = onnxFile({ opset: 13, nodes: [node('Relu', ['image'], ['y'])], initializers: [tensor] });
    t.throws(() => readOnnx(file), {
      code: 'MODEL_UNSUPPORTED',
      message: /"w_quantized".*use the float version/,
    });
  }
});

test('a tensor that is stored as a scalar keeps its rank of 0', (t) => {
  const scalar = create(TensorProtoSchema, { name: 's', dims: [], dataType: DataType.FLOAT, floatData: [2] });
  t.deepEqual(readTensor(scalar), { type: 'float32', dims: [], data: Float32Array.of(2) });
  t.deepEqual(readTensor(weights('w', [2, 0])).data.length, 0);
});

async function agrees(t: ExecutionContext, file: Uint8Array, tolerance = 1e-5): Promise<void> {
  const expected = await runOnnx(file, { image });
  const executable = await engine.load(readOnnx(file));
  assertClose(t, (await executable.run({ image }))['y'], expected['y']!, tolerance, 'y');
}
