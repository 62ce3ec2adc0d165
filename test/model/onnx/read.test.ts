/** Every ONNX operator, in its opset variations: the file in onnxruntime against our Graph of it in our engine. */
import test from 'ava';
import type { Tensor } from '../../../src/core/tensor.ts';
import type { Graph } from '../../../src/model/graph.ts';
import { shapeOf } from '../../../src/model/graph.ts';
import { readOnnx } from '../../../src/model/onnx/read.ts';
import { createOrtEngine } from '../../../src/model/ort.ts';
import { interpret } from '../../support/interpret.ts';
import { positiveWeights, weights } from '../../support/onnx-case.ts';
import type { OnnxFile } from '../../support/onnx-file.ts';
import { floatTensor, onnxFile, onnxNode as node } from '../../support/onnx-file.ts';
import { runOnnx } from '../../support/onnxruntime.ts';
import { assertClose, batchSlice, randomTensor } from '../../support/tensors.ts';
import { arithmeticCases } from './cases/arithmetic.ts';
import { convolutionCases } from './cases/convolutions.ts';
import { layoutCases } from './cases/layout.ts';
import { poolCases } from './cases/pools.ts';

const engine = createOrtEngine({ threads: 1 });
test.after.always(() => engine.dispose());

const cases = { ...convolutionCases, ...poolCases, ...arithmeticCases, ...layoutCases };

for (const [name, file] of Object.entries(cases)) {
  test(name, async (t) => {
    // The file, written for one picture, runs as it is, picture by picture; our Graph takes all three in one batch.
    const bytes = onnxFile(file);
    const graph = readOnnx(bytes, { inputSize: [7, 6] });
    const images = randomTensor([3, 3, 7, 6], 11);
    const executable = await engine.load(graph);
    const results = await executable.run({ [graph.inputs[0]!]: images });
    t.deepEqual(graph.outputs, file.outputs ?? ['y']);
    for (let i = 0; i < 3; i++) {
      const expected = await runOnnx(bytes, { image: asDeclared(file, batchSlice(images, i, i + 1)) });
      for (const output of graph.outputs) {
        const own = batchSlice(results[output]!, i, i + 1);
        assertClose(t, own, { ...expected[output]!, dims: own.dims }, 1e-5, `${output} of picture ${i}`);
      }
    }
    for (const output of graph.outputs) {
      const inferred = shapeOf(graph, output).map((dim) => (dim === 'N' ? 3 : dim));
      t.deepEqual(inferred, [...results[output]!.dims], `${output}: inferred shape`);
    }
    await executable.dispose();
  });
}

/** (1,3,H,W), or (1,H,W,3) where the file says so. */
function asDeclared(file: OnnxFile, image: Tensor): Tensor {
  if (file.inputs?.['image']?.[3] !== 3) return image;
  const [, , height, width] = image.dims as [number, number, number, number];
  const data = new Float32Array(image.data.length);
  for (let c = 0; c < 3; c++) {
    for (let p = 0; p < height * width; p++) data[p * 3 + c] = image.data[c * height * width + p]!;
  }
  return { dims: [1, height, width, 3], data };
}

test('a value that has a name of the file is that value, however many steps it takes', async (t) => {
  const file: OnnxFile = {
    opset: 13,
    nodes: [
      node('BatchNormalization', ['image', 'scale', 'shift', 'mean', 'var'], ['n']),
      node('Sum', ['n', 'image', 'n'], ['s']),
      node('Neg', ['s'], ['y']),
    ],
    initializers: [
      ...['scale', 'shift', 'mean'].map((name) => weights(name, [3])),
      positiveWeights('var', [3]),
    ],
  };
  const image = randomTensor([1, 3, 7, 6]);
  const values = interpret(readOnnx(onnxFile(file)), { image });
  const expected = await runOnnx(onnxFile({ ...file, outputs: ['n', 's', 'y'] }), { image });
  for (const name of ['n', 's', 'y']) assertClose(t, values.get(name), expected[name]!, 1e-5, name);
});

test('channels side by side are pooled each for itself, rows below each other are not', (t) => {
  const operators = (axis: number) => {
    const nodes = [
      node('Relu', ['image'], ['r']),
      node('Concat', ['image', 'r'], ['c'], { axis }),
      node('MaxPool', ['c'], ['y'], { kernel_shape: [2, 2], strides: [2, 2] }),
    ];
    return readOnnx(onnxFile({ opset: 13, nodes })).nodes.map(({ op }) => op);
  };
  t.deepEqual(operators(1), ['Relu', 'MaxPool', 'MaxPool', 'Concat']);
  t.deepEqual(operators(2), ['Relu', 'Concat', 'MaxPool']);
});

test('rectifiers are read as what they are, however they are written', (t) => {
  const bounds = { zero: 0, six: 6, one: 1 };
  const initializers = Object.entries(bounds).map(([name, value]) =>
    floatTensor(name, { dims: [], data: Float32Array.of(value) }),
  );
  const operators = (...nodes: OnnxFile['nodes']) =>
    readOnnx(onnxFile({ opset: 13, nodes, initializers })).nodes.map(({ op }) => op);
  const bounded = (graph: Graph) =>
    graph.nodes.map((node) => (node.op === 'Clip' ? [node.min, node.max] : node.op));

  t.deepEqual(operators(node('Max', ['image', 'zero'], ['y'])), ['Relu']);
  t.deepEqual(operators(node('Max', ['zero', 'image'], ['y'])), ['Relu']);
  t.deepEqual(operators(node('Clip', ['image', 'zero'], ['y'])), ['Relu']);
  const relu6: readonly OnnxFile['nodes'][] = [
    [node('Relu', ['image'], ['r']), node('Min', ['r', 'six'], ['y'])],
    [node('Relu', ['image'], ['r']), node('Clip', ['r', 'zero', 'six'], ['y'])],
    [node('Min', ['image', 'six'], ['r']), node('Max', ['r', 'zero'], ['y'])],
    [node('Clip', ['image', 'zero', 'six'], ['r']), node('Relu', ['r'], ['y'])],
    [node('Clip', ['image', 'zero', 'six'], ['y'])],
  ];
  for (const nodes of relu6) {
    const graph = readOnnx(onnxFile({ opset: 13, nodes, initializers }));
    t.deepEqual(bounded(graph)[0], [0, 6]);
  }
  // Two computed values: no rectifier, the larger of both.
  t.deepEqual(operators(node('Neg', ['image'], ['n']), node('Max', ['image', 'n'], ['y'])), ['Mul', 'Max']);
});
