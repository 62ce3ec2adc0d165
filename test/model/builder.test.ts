import test from 'ava';
import { GraphBuilder, renameValue, subgraph, withBatch } from '../../src/model/builder.ts';
import type { Operator, Shape } from '../../src/model/graph.ts';
import { consumers, producers, shapeOf } from '../../src/model/graph.ts';
import { interpret } from '../support/interpret.ts';
import { operatorSamples } from '../support/operator-samples.ts';
import { randomTensor } from '../support/tensors.ts';

test('every inferred shape is the shape that is computed', (t) => {
  const graph = operatorSamples();
  const values = interpret(graph, { image: randomTensor([2, 3, 7, 6]) });
  for (const [name, { dims }] of values) {
    const inferred = shapeOf(graph, name).map((dim) => (dim === 'N' ? 2 : dim));
    t.deepEqual(inferred, [...dims], name);
  }
});

const misfits: readonly (readonly [Operator, readonly Shape[], RegExp])[] = [
  [{ op: 'Add' }, [['N', 3], ['N', 4]], /\[N, 3\] and \[N, 4\] do not broadcast/],
  [{ op: 'Add' }, [['N', 3], [5, 3]], /do not broadcast/],
  [{ op: 'MatMul' }, [['N', 3], [4, 2]], /cannot be multiplied/],
  [{ op: 'Reshape', shape: ['N', 5] }, [['N', 6]], /expected a reshape of \[N, 6\], received \[N, 5\]/],
  [{ op: 'Reshape', shape: [6] }, [['N', 6]], /expected a reshape/],
  [{ op: 'Reshape', shape: ['N', 'N', 6] }, [['N', 6]], /expected a reshape/],
  [{ op: 'Concat', axis: 1 }, [['N', 3, 2], ['N', 3, 4]], /differ along axis 1 only/],
  [{ op: 'Concat', axis: 0 }, [['N', 3], ['N', 3]], /known size for a concatenated dimension/],
  [{ op: 'Pad', mode: 'constant', pads: [1, 0, 0, 0], value: 0 }, [['N', 3]], /known size for a padded dimension/],
  [
    { op: 'MaxPool', kernel: [3, 3], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [2, 1], ceil: false },
    [['N', 3, 4, 4]],
    /a window of 3 does not fit a size of 4/,
  ],
  [
    { op: 'Conv', group: 2, strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] },
    [['N', 3, 4, 4], [4, 2, 1, 1]],
    /expected 4 channels for this kernel, received 3/,
  ],
]; // prettier-ignore

for (const [i, [operator, shapes, message]] of misfits.entries()) {
  test(`misfit ${i + 1}, ${operator.op}: refused, naming the node and the sizes`, (t) => {
    const builder = new GraphBuilder('misfit');
    const inputs = shapes.map((shape, k) => builder.input(`x${k}`, shape));
    t.throws(() => builder.add(operator, inputs, 'odd'), { instanceOf: RangeError, message });
    t.throws(() => builder.add(operator, inputs, 'odd'), { message: new RegExp(`^${operator.op} "odd": `) });
  });
}

test('build keeps what the outputs need and gives them their public names', (t) => {
  const builder = new GraphBuilder('outputs');
  const image = builder.input('image', ['N', 2]);
  builder.input('unused', ['N', 9]);
  const a = builder.add({ op: 'Relu' }, [image], 'a');
  const b = builder.add({ op: 'Exp' }, [a], 'b');
  builder.add({ op: 'Mul' }, [b, builder.constant([2], [1, 2])], 'left_out');
  // Two names for one value, names exchanged, an input and a constant as outputs, and a public name that an inner value has.
  const k = builder.constant([1, 2], [3, 4], 'k');
  const c = builder.add({ op: 'Abs' }, [b], 'c');
  const graph = builder.build({ one: c, two: c, a: b, b: a, image, number: k });
  t.deepEqual(graph.inputs, ['image']);
  t.deepEqual(graph.outputs, ['one', 'two', 'a', 'b', 'image', 'number']);
  t.false([...graph.shapes.keys()].some((name) => name.startsWith('left_out') || name === 'unused'));
  t.deepEqual([...graph.constants.keys()].length, 1);
});

test('outputs that share, exchange or take names have the right values', (t) => {
  const builder = new GraphBuilder('outputs');
  const image = builder.input('image', ['N', 2]);
  const a = builder.add({ op: 'Relu' }, [image], 'a');
  const b = builder.add({ op: 'Exp' }, [a], 'b');
  const c = builder.add({ op: 'Sqrt' }, [b], 'c');
  const graph = builder.build({
    one: c,
    two: c,
    a: b,
    b: a,
    image,
    number: builder.constant([1, 2], [3, 4], 'k'),
  });
  const values = interpret(graph, { image: { dims: [1, 2], data: [-1, 2] } });
  const rounded = (name: string) => [...values.get(name)!.data].map((value) => Math.round(value * 100) / 100);
  t.deepEqual(
    graph.outputs.map((name) => [name, rounded(name)]),
    [
      ['one', [1, 2.72]],
      ['two', [1, 2.72]],
      ['a', [1, 7.39]],
      ['b', [0, 2]],
      ['image', [-1, 2]],
      ['number', [3, 4]],
    ],
  );
});

test('an inner value steps aside for an output of its name, also where its new name would be taken', (t) => {
  const builder = new GraphBuilder('aside');
  const x = builder.input('x', ['N', 1]);
  const inner = builder.add({ op: 'Relu' }, [x], 'y');
  const top = builder.add({ op: 'Exp' }, [inner], 'z');
  const graph = builder.build({ y: top, y_inner: inner });
  const values = interpret(graph, { x: { dims: [1, 1], data: [0] } });
  t.deepEqual([...values.get('y')!.data, ...values.get('y_inner')!.data], [1, 0]);
  const step = builder.add({ op: 'Sqrt' }, [top], 'w');
  const other = builder.build({ y: top, y_inner: step });
  t.is(new Set(other.nodes.flatMap(({ outputs }) => outputs)).size, 3);
});

test('constants must fill their shape, and equal scalars are one', (t) => {
  const builder = new GraphBuilder('constants');
  t.throws(() => builder.constant([2, 3], [1, 2]), {
    message: /expected 6 values for shape \[2, 3\], received 2/,
  });
  t.is(builder.scalar(0.5), builder.scalar(0.5));
  t.not(builder.scalar(0.5), builder.scalar(0.25));
  t.throws(() => builder.shape('nothing'), { message: /no value "nothing"/ });
});

test('producers and consumers find each node once', (t) => {
  const builder = new GraphBuilder('links');
  const x = builder.input('x', ['N', 1]);
  const square = builder.add({ op: 'Mul' }, [x, x], 'square');
  const graph = builder.build({ y: builder.add({ op: 'Add' }, [square, x], 'y') });
  t.is(producers(graph).get('square')?.op, 'Mul');
  t.deepEqual(consumers(graph).get('x')?.map(({ op }) => op), ['Mul', 'Add']); // prettier-ignore
  t.throws(() => shapeOf(graph, 'nothing'), { instanceOf: RangeError });
});

test('a subgraph computes the values asked for and no more', (t) => {
  const graph = operatorSamples();
  const [value] = graph.nodes.find(({ op }) => op === 'Conv')!.outputs;
  const part = subgraph(graph, [value!], 'part');
  t.deepEqual([part.name, part.nodes.length, part.outputs], ['part', 1, [value!]]);
});

test('withBatch fixes every shape, those of Reshape too', (t) => {
  const graph = withBatch(operatorSamples(), 2);
  t.false([...graph.shapes.values()].some((shape) => shape.includes('N')));
  t.false(graph.nodes.some((node) => node.op === 'Reshape' && node.shape.includes('N')));
});

test('renaming a value renames it everywhere, and never onto another', (t) => {
  const builder = new GraphBuilder('names');
  const x = builder.input('x', ['N', 1]);
  const graph = builder.build({ y: builder.add({ op: 'Add' }, [x, x], 'y') });
  const renamed = renameValue(renameValue(graph, 'x', 'image'), 'y', 'z');
  t.deepEqual(
    [renamed.inputs, renamed.outputs, renamed.nodes[0]?.inputs],
    [['image'], ['z'], ['image', 'image']],
  );
  t.deepEqual([...renamed.shapes.keys()], ['image', 'z']);
  t.is(renameValue(graph, 'nothing', 'z'), graph);
  t.throws(() => renameValue(graph, 'x', 'y'), { instanceOf: RangeError });
});
