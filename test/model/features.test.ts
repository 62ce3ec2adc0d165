import { existsSync, readFileSync } from 'node:fs';
import test from 'ava';
import { GraphBuilder } from '../../src/model/builder.ts';
import { featureGraph, inferFeatureTensor } from '../../src/model/features.ts';
import type { Graph, Shape } from '../../src/model/graph.ts';
import { readOnnx } from '../../src/model/onnx/read.ts';
import { interpret } from '../support/interpret.ts';
import { referenceCases } from '../support/reference-cases.ts';
import { assertClose, randomTensor } from '../support/tensors.ts';
import { checkout } from '../support/checkout.ts';

/** A network under construction, from a picture of 8 × 8. */
class Network {
  readonly builder = new GraphBuilder('network');
  x = this.builder.input('picture', ['N', 3, 8, 8]);

  conv(out: number, name: string): this {
    const [, channels] = this.builder.shape(this.x);
    const weight = this.builder.constant(
      [out, Number(channels), 1, 1],
      randomTensor([out, Number(channels)]).data,
    );
    const plain = { op: 'Conv', group: 1, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] } as const;
    this.x = this.builder.add(plain, [this.x, weight], name);
    return this;
  }

  relu(name: string): this {
    this.x = this.builder.add({ op: 'Relu' }, [this.x], name);
    return this;
  }

  mean(): this {
    this.x = this.builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [this.x], 'mean');
    return this;
  }

  softmax(): this {
    this.x = this.builder.add({ op: 'Softmax', axis: 1 }, [this.x]);
    return this;
  }

  reshape(shape: Shape): this {
    this.x = this.builder.add({ op: 'Reshape', shape }, [this.x]);
    return this;
  }

  linear(out: number): this {
    const [, channels] = this.builder.shape(this.x);
    this.x = this.builder.add({ op: 'MatMul' }, [this.x, this.builder.constant([Number(channels), out], randomTensor([Number(channels), out]).data)]); // prettier-ignore
    return this;
  }

  build(): Graph {
    return this.builder.build({ output: this.x });
  }
}

test('features are the last spatial map, after its rectifier', (t) => {
  const classifier = new Network()
    .conv(6, 'c1')
    .relu('r1')
    .conv(5, 'c2')
    .relu('r2')
    .mean()
    .reshape(['N', 5])
    .linear(10);
  t.is(inferFeatureTensor(classifier.build()), 'r2');
});

test('a convolution that only scores classes is left out, with its rectifier', (t) => {
  const scoring = (classes: number) =>
    new Network().conv(20, 'c1').relu('r1').conv(classes, 'scores').relu('r2').mean();
  t.is(inferFeatureTensor(scoring(10).build()), 'r1', 'fewer classes than channels');
  t.is(inferFeatureTensor(scoring(1000).reshape(['N', 1000]).build()), 'r1', 'the classes of ImageNet');
  t.is(inferFeatureTensor(scoring(30).softmax().build()), 'r1', 'a softmax');
});

test('as many channels as classes are no scores when a learned layer lies above them', (t) => {
  const network = new Network()
    .conv(20, 'c1')
    .relu('r1')
    .conv(10, 'c2')
    .relu('r2')
    .mean()
    .reshape(['N', 10])
    .linear(10);
  t.is(inferFeatureTensor(network.build()), 'r2');
});

test('a network that ends in the mean of its features keeps its last convolution', (t) => {
  t.is(
    inferFeatureTensor(new Network().conv(6, 'c1').relu('r1').conv(30, 'c2').relu('r2').mean().build()),
    'r2',
  );
  const residual = new Network().conv(20, 'c1').relu('r1').conv(10, 'c2');
  residual.x = residual.builder.add({ op: 'Add' }, [residual.x, residual.conv(10, 'c3').x]);
  t.is(inferFeatureTensor(residual.relu('r4').mean().build()), 'r4');
});

test('a network that ends in its features is cut there', (t) => {
  t.is(inferFeatureTensor(new Network().conv(6, 'c1').relu('r1').build()), 'output');
});

test('a map with its channels last is not taken for a map of other channels', (t) => {
  const network = new Network().conv(6, 'c1').relu('r1');
  const turned = network.builder.add({ op: 'Transpose', perm: [0, 2, 3, 1] }, [network.x], 'turned');
  network.x = network.builder.add({ op: 'ReduceMean', axes: [1, 2], keepDims: false }, [
    network.builder.add({ op: 'Mul' }, [turned, network.builder.scalar(2)], 'doubled'),
  ]);
  t.is(inferFeatureTensor(network.build()), 'r1');
});

test('a network without a spatial map is refused, with what was expected', (t) => {
  const flat = new Network().reshape(['N', 192]).linear(4).build();
  t.throws(() => inferFeatureTensor(flat), {
    code: 'MODEL_NO_FEATURES',
    message: /expected a convolutional network/,
  });
  const graph = new Network().conv(6, 'c1').relu('r1').mean().build();
  t.throws(() => featureGraph(graph, 'nothing'), {
    code: 'MODEL_NO_FEATURES',
    message: /"nothing" .*received no such value; the model’s spatial maps are: c1, r1/,
  });
  t.throws(() => featureGraph(graph, 'output'), {
    code: 'MODEL_NO_FEATURES',
    message: /received \[N, 6, 1, 1\]/,
  });
});

test('the feature graph gives the map and its plain mean, under fixed names', (t) => {
  // Values that have the public names already, and mean something else.
  const network = new Network().conv(6, 'image').relu('embedding').conv(4, 'pooled').relu('r');
  const whole = network.mean().reshape(['N', 4]).linear(7).build();
  const graph = featureGraph(whole, 'r');
  t.deepEqual([graph.inputs, graph.outputs], [['image'], ['features', 'embedding']]);
  t.deepEqual([...graph.shapes.get('image')!], ['N', 3, 8, 8]);
  t.false(
    graph.nodes.some(({ op }) => op === 'MatMul'),
    'the classifier is left out',
  );
  const picture = randomTensor([2, 3, 8, 8]);
  const expected = interpret(whole, { picture });
  const values = interpret(graph, { image: picture });
  assertClose(t, values.get('features'), expected.get('r')!, 1e-6, 'features');
  const mean = expected.get('mean')!;
  assertClose(t, values.get('embedding'), { dims: [2, 4], data: mean.data }, 1e-6, 'embedding');
});

test('the reference cases are cut where they say', (t) => {
  for (const { name, bytes } of referenceCases) t.is(inferFeatureTensor(readOnnx(bytes)), 'features', name);
});

test('the embedded model ends in its features; SqueezeNet has them below its scores', (t) => {
  const model = (file: string) => readOnnx(readFileSync(checkout(file)));
  t.is(inferFeatureTensor(model('data/models/whymatch-s.onnx')), 'features');
  const squeezeNet = '../shared/models/squeezenet1.1-fp16.onnx';
  if (existsSync(checkout(squeezeNet))) t.is(inferFeatureTensor(model(squeezeNet)), 'fire9/concat_1');
  else t.log('skipped: ../shared is not beside the checkout');
});
