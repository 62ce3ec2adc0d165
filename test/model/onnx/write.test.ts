import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fromBinary } from '@bufbuild/protobuf';
import test from 'ava';
import { differentiate } from '../../../src/explain/differentiate.ts';
import { backwardRules } from '../../../src/explain/rules.ts';
import { GraphBuilder } from '../../../src/model/builder.ts';
import type { Graph } from '../../../src/model/graph.ts';
import { ModelProtoSchema } from '../../../src/model/onnx/gen/onnx_pb.ts';
import { readOnnx } from '../../../src/model/onnx/read.ts';
import { writeOnnx } from '../../../src/model/onnx/write.ts';
import { interpret } from '../../support/interpret.ts';
import { runOnnx } from '../../support/onnxruntime.ts';
import { graphOf, referenceCases } from '../../support/reference-cases.ts';
import { assertClose, batchSlice, randomTensor, relativeError, repeated } from '../../support/tensors.ts';

for (const reference of referenceCases) {
  test(`${reference.name}: what was written reads back as a graph with the same results`, async (t) => {
    const { image } = reference;
    const once = readOnnx(reference.bytes);
    const twice = readOnnx(writeOnnx(once));
    t.deepEqual([twice.inputs, twice.outputs], [once.inputs, once.outputs]);
    t.deepEqual(
      twice.nodes.map(({ op }) => op),
      once.nodes.map(({ op }) => op),
    );
    for (const value of [...once.inputs, ...once.outputs])
      t.deepEqual(twice.shapes.get(value), once.shapes.get(value));
    const expected = await runOnnx(writeOnnx(once), { image });
    const results = await runOnnx(writeOnnx(twice), { image });
    for (const output of once.outputs) assertClose(t, results[output], expected[output]!, 1e-6, output);
  });

  for (const rule of backwardRules) {
    test(`${reference.name}: the ${rule} explanation runs from its file in onnxruntime alone`, async (t) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'whymatch-'));
      t.teardown(() => rm(folder, { recursive: true, force: true }));
      const { image, seed } = reference;
      const own = path.join(folder, 'own.onnx');
      await writeFile(own, writeOnnx(differentiate(graphOf(reference), { rule }).graph));
      const { embedding, gradient } = await runOnnx(own, { image, seed });
      assertClose(t, embedding, reference.embedding, 1e-4, 'embedding');
      assertClose(t, gradient, reference[rule], 1e-4, rule);

      const shared = path.join(folder, 'shared.onnx');
      await writeFile(
        shared,
        writeOnnx(differentiate(graphOf(reference), { rule, sharedImage: true }).graph),
      );
      const last = image.dims[0]! - 1;
      const results = await runOnnx(shared, {
        image: batchSlice(image, last, last + 1),
        seed: repeated(batchSlice(seed, last, last + 1), 2),
      });
      const expected = repeated(batchSlice(reference[rule], last, last + 1), 2);
      assertClose(t, results['gradient'], expected, 1e-4, 'one picture for two seeds');
    });
  }
}

test('the file states its opset, its symbolic batch and its metadata', (t) => {
  const bytes = writeOnnx(pooled(), { metadata: { rule: 'guided', weights: 'none' } });
  const { opsetImport, graph, metadataProps, producerName } = fromBinary(ModelProtoSchema, bytes);
  t.like(opsetImport[0], { domain: '', version: 17n });
  t.is(producerName, 'whymatch');
  t.deepEqual(
    metadataProps.map(({ key, value }) => [key, value]),
    [
      ['rule', 'guided'],
      ['weights', 'none'],
    ],
  );
  const type = graph!.input[0]!.type!.value;
  const dims = type.case === 'tensorType' ? type.value.shape!.dim.map(({ value }) => value.value) : [];
  t.deepEqual(dims, ['N', 3n, 5n, 5n]);
});

test('no name of the file is given twice, whatever the values are called', async (t) => {
  const graph = pooled([
    'top_pads',
    'top_back_zero',
    'top_back_zeros',
    'gradient_shape',
    'top_min',
    'embedding_shape',
  ]);
  const explanation = differentiate(graph, { rule: 'guided' }).graph;
  const file = fromBinary(ModelProtoSchema, writeOnnx(explanation)).graph!;
  const names = [
    ...file.input.map(({ name }) => name),
    ...file.initializer.map(({ name }) => name),
    ...file.node.flatMap(({ output }) => output),
  ];
  t.deepEqual(
    names.filter((name, i) => names.indexOf(name) !== i),
    [],
  );
  const inputs = { image: randomTensor([2, 3, 5, 5]), seed: randomTensor([2, 3]) };
  const { gradient } = await runOnnx(writeOnnx(explanation), inputs);
  t.true(relativeError(gradient!.data, interpret(explanation, inputs).get('gradient')!.data) < 1e-5);
});

test('a mean over two of five dimensions is not written as a global average', async (t) => {
  const builder = new GraphBuilder('five');
  const image = builder.input('image', ['N', 3, 4, 6]);
  const five = builder.add({ op: 'Reshape', shape: ['N', 3, 2, 2, 6] }, [image]);
  const graph = builder.build({
    mean: builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [five]),
  });
  const inputs = { image: randomTensor([2, 3, 4, 6]) };
  const { mean } = await runOnnx(writeOnnx(graph), inputs);
  assertClose(t, mean, interpret(graph, inputs).get('mean')!, 1e-5, 'mean');
});

/** Max-pools, a Clip, and constants added under the given names. */
function pooled(names: readonly string[] = []): Graph {
  const builder = new GraphBuilder('pooled');
  let x = builder.input('image', ['N', 3, 5, 5]);
  for (const name of names)
    x = builder.add({ op: 'Add' }, [x, builder.constant([], [0.125], name)], `${name}_added`);
  x = builder.add({ op: 'Clip', min: 0, max: 1 }, [x], 'top');
  x = builder.add({ op: 'MaxPool', kernel: [2, 2], strides: [1, 2], pads: [0, 0, 0, 0], dilations: [1, 1], ceil: true }, [x], 'top'); // prettier-ignore
  x = builder.add({ op: 'ReduceMean', axes: [2, 3], keepDims: true }, [x]);
  return builder.build({ embedding: builder.add({ op: 'Reshape', shape: ['N', 3] }, [x]) });
}
