/** Short forms for files with one picture in and `y` out. */
import type { NodeProto, TensorProto } from '../../src/model/onnx/gen/onnx_pb.ts';
import type { OnnxFile } from './onnx-file.ts';
import { floatTensor } from './onnx-file.ts';
import { randomTensor } from './tensors.ts';

/** What a file is made of, apart from its opset. */
export type FileParts = Omit<OnnxFile, 'opset'>;

/** The same nodes under several opsets, named by them. */
export function atOpsets(
  opsets: readonly number[],
  name: string,
  nodes: readonly NodeProto[],
  initializers: readonly TensorProto[] = [],
  rest: Partial<FileParts> = {},
): Record<string, OnnxFile> {
  return Object.fromEntries(
    opsets.map((opset) => [`${name} (opset ${opset})`, { opset, nodes, initializers, ...rest }]),
  );
}

/** Random float32 weights. */
export function weights(name: string, dims: readonly number[], seed = 1): TensorProto {
  return floatTensor(name, randomTensor(dims, dims.length * 31 + seed));
}

/** Random float32 weights above 0.5. */
export function positiveWeights(name: string, dims: readonly number[]): TensorProto {
  const { data } = randomTensor(dims, 77);
  return floatTensor(name, { dims, data: data.map((value) => 0.5 + Math.abs(value)) });
}
