/** A small classifier with random weights, written to ONNX and read again: 24×20 pixels in, 6 features at 6×5 places, 5 classes. */
import type { Engine } from '../../src/model/engine.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import type { Graph } from '../../src/model/graph.ts';
import { Model } from '../../src/model/model.ts';
import { readOnnx } from '../../src/model/onnx/read.ts';
import { writeOnnx } from '../../src/model/onnx/write.ts';
import { randomTensor } from '../support/tensors.ts';

/** linear: a matrix on the mean of the features (ResNet). rectified: class maps, ReLU, then their mean (SqueezeNet). */
export type Head = 'linear' | 'rectified';

export const classes = 5;
export const labels = ['ant', 'bee', 'cat', 'dog', 'elk'];

const size = [20, 24] as const;

export function smallClassifier(
  head: Head,
  engine: Engine,
): { readonly model: Model; readonly graph: Graph } {
  const builder = new GraphBuilder('small_classifier');
  const image = builder.input('image', ['N', 3, ...size]);
  const first = relu(builder, conv(builder, image, 4, 3, 1, 2), 'first');
  const maps = relu(builder, conv(builder, first, 6, 4, 2, 2), 'maps');
  const scores = (head === 'linear' ? linearHead : rectifiedHead)(builder, maps);
  const probabilities = builder.add({ op: 'Softmax', axis: 1 }, [scores], 'probabilities');
  const graph = readOnnx(writeOnnx(builder.build({ maps, scores, probabilities })), { inputSize: size });
  const [height, width] = size;
  const input = {
    width,
    height,
    channels: 'rgb',
    fit: 'contain',
    background: [128, 128, 128],
    scale: 1 / 255,
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
  } as const;
  const facts = {
    name: head,
    fingerprint: 'f'.repeat(32),
    input,
    featureTensor: 'maps',
    logits: 'scores',
    labels,
  };
  return { model: new Model(graph, facts, engine), graph };
}

function linearHead(builder: GraphBuilder, maps: string): string {
  const pooled = builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [maps]);
  const flat = builder.add({ op: 'Reshape', shape: ['N', 6] }, [pooled]);
  const matrix = builder.constant([6, classes], randomTensor([6, classes], 5).data, 'matrix');
  const bias = builder.constant([classes], randomTensor([classes], 6).data, 'bias');
  return builder.add({ op: 'Add' }, [builder.add({ op: 'MatMul' }, [flat, matrix]), bias], 'scores');
}

function rectifiedHead(builder: GraphBuilder, maps: string): string {
  const weight = builder.constant([classes, 6, 1, 1], randomTensor([classes, 6, 1, 1], 7).data);
  const bias = builder.constant([classes], randomTensor([classes], 8).data);
  const sums = builder.add({ op: 'Conv', group: 1, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] }, [
    maps,
    weight,
    bias,
  ]);
  const pooled = builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [
    relu(builder, sums, 'class_maps'),
  ]);
  return builder.add({ op: 'Reshape', shape: ['N', classes] }, [pooled], 'scores');
}

function conv(
  builder: GraphBuilder,
  x: string,
  channels: number,
  inputs: number,
  seed: number,
  stride: number,
): string {
  const weight = builder.constant(
    [channels, inputs, 3, 3],
    randomTensor([channels, inputs, 3, 3], seed).data,
  );
  const bias = builder.constant([channels], randomTensor([channels], seed + 20).data);
  const strides = [stride, stride] as const;
  return builder.add({ op: 'Conv', group: 1, strides, pads: [1, 1, 1, 1], dilations: [1, 1] }, [
    x,
    weight,
    bias,
  ]);
}

const relu = (builder: GraphBuilder, x: string, name: string) => builder.add({ op: 'Relu' }, [x], name);
