/** What an ONNX file says about itself apart from the computation; its weights are not looked at. */
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from './gen/onnx_pb.ts';

export interface OnnxHeader {
  /** The program that wrote the file, with its version where it gives one; empty when it does not say. */
  readonly producer: string;
  /** The size of the input picture where the file fixes it. */
  readonly height: number | undefined;
  readonly width: number | undefined;
}

/** Expects bytes that readOnnx accepts: a model with one picture as its input. */
export function readHeader(bytes: Uint8Array): OnnxHeader {
  const { graph, producerName, producerVersion } = fromBinary(ModelProtoSchema, bytes);
  const weights = new Set(graph?.initializer.map(({ name }) => name));
  const type = graph?.input.find(({ name }) => !weights.has(name))?.type?.value;
  const dims = type?.case === 'tensorType' ? (type.value.shape?.dim ?? []) : [];
  const [, second, third, fourth] = dims.map(({ value }) => {
    const size = value.case === 'dimValue' ? Number(value.value) : 0;
    return size > 0 ? size : undefined;
  });
  const channelsLast = second !== 3 && fourth === 3;
  return {
    producer: [producerName, producerVersion].filter(Boolean).join(' '),
    height: channelsLast ? second : third,
    width: channelsLast ? third : fourth,
  };
}
