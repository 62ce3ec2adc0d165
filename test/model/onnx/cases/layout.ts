import type { OnnxFile } from '../../../support/onnx-file.ts';
import { Float, DataType, floatTensor, intTensor, onnxNode as node } from '../../../support/onnx-file.ts';
import { atOpsets, weights } from '../../../support/onnx-case.ts';

const scalar = (name: string, value: number) => floatTensor(name, { dims: [], data: Float32Array.of(value) });
const far = 2 ** 53;

const moves: Readonly<Record<string, OnnxFile>> = {
  ...atOpsets([7, 13], 'Identity', [node('Identity', ['image'], ['i']), node('Relu', ['i'], ['y'])]),
  ...atOpsets([7, 10], 'Dropout', [node('Relu', ['image'], ['r']), node('Dropout', ['r'], ['y'])]),
  ...atOpsets([12, 13], 'Dropout, ratio as an input', [node('Dropout', ['image', 'p'], ['d']), node('Relu', ['d'], ['y'])], [scalar('p', 0.5)]),
  ...atOpsets([7, 11, 13], 'Concat', [node('Relu', ['image'], ['r']), node('Concat', ['image', 'r', 'image'], ['y'], { axis: 1 })]),
  ...atOpsets([11], 'Concat, negative axis', [node('Concat', ['image', 'image'], ['y'], { axis: -1 })]),
  ...atOpsets([7, 11], 'Split, sizes as an attribute', [node('Split', ['image'], ['a', 'b'], { axis: 2, split: [2, 5] }), node('Concat', ['b', 'a'], ['y'], { axis: 2 })]),
  ...atOpsets([13], 'Split, sizes as an input', [node('Split', ['image', 's'], ['a', 'b'], { axis: -2 }), node('Concat', ['b', 'a'], ['y'], { axis: 2 })], [intTensor('s', [2, 5])]),
  ...atOpsets([7, 13], 'Split, equal parts', [node('Split', ['image'], ['a', 'b'], { axis: 3 }), node('Sub', ['b', 'a'], ['y'])]),
  ...atOpsets([18], 'Split, num_outputs', [node('Split', ['image'], ['a', 'b'], { axis: 2, num_outputs: 2 }), node('Concat', ['b', 'a'], ['y'], { axis: 2 })]),
  ...atOpsets([7, 9], 'Slice, attributes', [node('Slice', ['image'], ['y'], { axes: [1, 3], starts: [1, -4], ends: [3, far] })]),
  ...atOpsets([10, 13], 'Slice, inputs', [node('Slice', ['image', 's', 'e', 'a', 't'], ['y'])], [
    intTensor('s', [-5, 1]), intTensor('e', [far, -1]), intTensor('a', [-2, 3]), intTensor('t', [2, 3]),
  ]),
  ...atOpsets([11], 'Slice, without steps', [node('Slice', ['image', 's', 'e', 'a'], ['y'])], [
    intTensor('s', [1]), intTensor('e', [3]), intTensor('a', [1]),
  ]),
  ...atOpsets([7, 10], 'Pad, attributes', [node('Pad', ['image'], ['y'], { pads: [0, 1, 2, 0, 0, 0, 1, 3], value: new Float(0.5) })]),
  ...atOpsets([11, 13], 'Pad, inputs', [node('Pad', ['image', 'p', 'v'], ['y'])], [intTensor('p', [0, 1, 2, 0, 0, 0, 1, 3]), scalar('v', 0.5)]),
  ...atOpsets([11], 'Pad with nothing', [node('Pad', ['image', 'p'], ['d']), node('Relu', ['d'], ['y'])], [intTensor('p', Array(8).fill(0))]),
  ...atOpsets([18, 21], 'Pad, some axes', [node('Pad', ['image', 'p', '', 'a'], ['y'])], [intTensor('p', [1, 2, 3, 0]), intTensor('a', [-1, 2])]),
  ...atOpsets([11], 'Pad, reflect', [node('Pad', ['image', 'p'], ['y'], { mode: 'reflect' })], [intTensor('p', [0, 0, 2, 1, 0, 0, 1, 3])]),
  ...atOpsets([11], 'Pad, edge', [node('Pad', ['image', 'p'], ['y'], { mode: 'edge' })], [intTensor('p', [0, 0, 2, 1, 0, 0, 1, 3])]),
  ...atOpsets([7, 13], 'Transpose', [node('Transpose', ['image'], ['y'], { perm: [0, 2, 3, 1] })]),
  ...atOpsets([13], 'Transpose of constants', [node('Transpose', ['w'], ['t'], { perm: [2, 0, 1] }), node('Mul', ['image', 't'], ['y'])], [weights('w', [7, 6, 3])]),
  ...atOpsets([13], 'Transpose of constants by default', [node('Transpose', ['w'], ['t']), node('Mul', ['image', 't'], ['y'])], [weights('w', [6, 7, 3])]),
  ...atOpsets([11, 13], 'Gather of one place', [node('Gather', ['image', 'i'], ['y'], { axis: -3 })], [intTensor('i', -2)]),
}; // prettier-ignore

const shapes: Readonly<Record<string, OnnxFile>> = {
  ...atOpsets([7, 9], 'Flatten', [node('Flatten', ['image'], ['y'])]),
  ...atOpsets([11, 13], 'Flatten, negative axis', [node('Flatten', ['image'], ['y'], { axis: -3 })]),
  ...atOpsets([7, 14, 21], 'Reshape to the batch of 1 of the file', [node('Reshape', ['image', 's'], ['y'])], [intTensor('s', [1, 3, 42])]),
  ...atOpsets([7], 'Reshape with 0 and -1', [node('Reshape', ['image', 's'], ['y'])], [intTensor('s', [0, -1, 7])]),
  ...atOpsets([7], 'Reshape, batch left open', [node('Reshape', ['image', 's'], ['y'])], [intTensor('s', [-1, 126])]),
  ...atOpsets([13], 'Reshape of constants', [node('Reshape', ['w', 's'], ['v']), node('Add', ['image', 'v'], ['y'])], [weights('w', [42, 3]), intTensor('s', [3, 7, -1])]),
  ...atOpsets([7, 11], 'Squeeze and Unsqueeze, attributes', [
    node('GlobalAveragePool', ['image'], ['p']), node('Squeeze', ['p'], ['s'], { axes: [2, 3] }), node('Unsqueeze', ['s'], ['u'], { axes: [2, 3] }),
    node('Sub', ['image', 'u'], ['y']),
  ]),
  ...atOpsets([13, 21], 'Squeeze and Unsqueeze, inputs', [
    node('GlobalAveragePool', ['image'], ['p']), node('Squeeze', ['p', 'a'], ['s']), node('Unsqueeze', ['s', 'a'], ['u']),
    node('Sub', ['image', 'u'], ['y']),
  ], [intTensor('a', [-1, -2])]),
  ...atOpsets([7, 11], 'Shape, Gather, Concat, Reshape', [
    node('Shape', ['image'], ['s']), node('Gather', ['s', 'i'], ['g'], { axis: 0 }), node('Unsqueeze', ['g'], ['u'], { axes: [0] }),
    node('Concat', ['u', 'rest'], ['to'], { axis: 0 }), node('Reshape', ['image', 'to'], ['y']),
  ], [intTensor('i', 0), intTensor('rest', [-1])]),
  ...atOpsets([13], 'Shape, Slice, Mul, Concat, Reshape', [
    node('Shape', ['image'], ['s']), node('Slice', ['s', 'from', 'to'], ['n']), node('Gather', ['s', 'hw'], ['g']),
    node('Gather', ['s', 'c'], ['k']), node('Split', ['g'], ['h', 'w']), node('Mul', ['h', 'w'], ['area']),
    node('Unsqueeze', ['k', 'zero'], ['kk']), node('Concat', ['n', 'kk', 'area'], ['shape'], { axis: 0 }), node('Reshape', ['image', 'shape'], ['y']),
  ], [intTensor('from', [0]), intTensor('to', [1]), intTensor('hw', [2, 3]), intTensor('c', -3), intTensor('zero', [0])]),
  ...atOpsets([15], 'Shape with start and end', [
    node('Shape', ['image'], ['n'], { end: 1 }), node('Shape', ['image'], ['hw'], { start: -2 }), node('Concat', ['n', 'c', 'hw'], ['s'], { axis: 0 }),
    node('Reshape', ['image', 's'], ['y']),
  ], [intTensor('c', [3])]),
  ...atOpsets([13], 'channel shuffle computed from the shape', [
    node('Shape', ['image'], ['s']), node('Gather', ['s', 'one'], ['c']), node('Div', ['c', 'three'], ['per']),
    node('Unsqueeze', ['per', 'zero'], ['p']), node('Slice', ['s', 'two', 'four'], ['hw']), node('Slice', ['s', 'zero', 'at1'], ['n']),
    node('Concat', ['n', 'groups', 'p', 'hw'], ['to'], { axis: 0 }), node('Reshape', ['image', 'to'], ['a']),
    node('Transpose', ['a'], ['b'], { perm: [0, 2, 1, 3, 4] }), node('Reshape', ['b', 's'], ['y']),
  ], [intTensor('one', 1), intTensor('three', 3), intTensor('zero', [0]), intTensor('two', [2]), intTensor('four', [4]), intTensor('at1', [1]), intTensor('groups', [3])]),
  ...atOpsets([13], 'a mean by the number of places, from the shape', [
    node('Shape', ['image'], ['s']), node('Gather', ['s', 'h'], ['g']), node('Cast', ['g'], ['f'], { to: DataType.FLOAT }),
    node('ReduceSum', ['image', 'axis'], ['sum']), node('Div', ['sum', 'f'], ['y']),
  ], [intTensor('h', 2), intTensor('axis', [2])]),
  ...atOpsets([13], 'Cast of a number to an integer, used as a shape', [
    node('Cast', ['f'], ['i'], { to: DataType.INT64 }), node('Reshape', ['image', 'i'], ['y']),
  ], [floatTensor('f', { dims: [2], data: Float32Array.of(1, 126) })]),
  ...atOpsets([9, 20], 'ConstantOfShape', [
    node('ConstantOfShape', ['s'], ['k'], { value: floatTensor('v', { dims: [1], data: Float32Array.of(2) }) }), node('Mul', ['image', 'k'], ['y']),
  ], [intTensor('s', [3, 1, 1])]),
}; // prettier-ignore

/** Names that our own steps might take. */
const named: Readonly<Record<string, OnnxFile>> = {
  'values that are named like the steps of other nodes': {
    opset: 13,
    nodes: [
      node('Flatten', ['image'], ['y_step']), node('Gemm', ['y_step', 'w', 'scalar_0.5'], ['y'], { alpha: new Float(0.5), transB: 1 }),
      node('Relu', ['image'], ['Relu']), node('Clip', ['Relu', 'Relu_min', 'r_max'], ['r']), node('Add', ['r', 'r_max'], ['r_min']),
    ],
    initializers: [weights('w', [5, 126]), weights('scalar_0.5', [5]), scalar('Relu_min', 0.125), scalar('r_max', 1)],
    outputs: ['y', 'r', 'r_min'],
  },
}; // prettier-ignore

const constants: Readonly<Record<string, OnnxFile>> = {
  ...atOpsets([7, 11], 'Constant tensor', [node('Constant', [], ['k'], { value: weights('v', [3, 1, 1]) }), node('Mul', ['image', 'k'], ['y'])]),
  ...atOpsets([12, 13], 'Constant number', [node('Constant', [], ['k'], { value_float: new Float(0.25) }), node('Mul', ['image', 'k'], ['y'])]),
  ...atOpsets([13], 'Constant numbers', [
    node('Constant', [], ['k'], { value_floats: [new Float(0.25), new Float(0.5), new Float(1), new Float(2), new Float(3), new Float(4)] }),
    node('Mul', ['image', 'k'], ['y']),
  ]),
  ...atOpsets([13], 'Constant integers', [node('Constant', [], ['s'], { value_ints: [1, -1] }), node('Reshape', ['image', 's'], ['y'])]),
  ...atOpsets([13], 'Constant integer', [node('Constant', [], ['i'], { value_int: 2 }), node('Gather', ['image', 'i'], ['y'], { axis: 1 })]),
  ...atOpsets([13], 'Constant int64 tensor', [node('Constant', [], ['s'], { value: intTensor('v', [1, 126]) }), node('Reshape', ['image', 's'], ['y'])]),
}; // prettier-ignore

const files: Readonly<Record<string, OnnxFile>> = {
  'weights that are listed among the inputs': {
    opset: 11,
    nodes: [node('Conv', ['image', 'w'], ['y'])],
    initializers: [weights('w', [2, 3, 3, 3])],
    inputs: { image: [1, 3, 7, 6], w: [2, 3, 3, 3] },
  },
  'sizes left open': {
    opset: 11,
    nodes: [node('Conv', ['image', 'w'], ['y'])],
    initializers: [weights('w', [2, 3, 3, 3])],
    inputs: { image: ['batch', 3, 'height', 'width'] },
  },
  'channels last': {
    opset: 11,
    nodes: [node('Transpose', ['image'], ['t'], { perm: [0, 3, 1, 2] }), node('Conv', ['t', 'w'], ['y'])],
    initializers: [weights('w', [2, 3, 3, 3])],
    inputs: { image: [1, 7, 6, 3] },
  },
  'several outputs, one of them read inside': {
    opset: 13,
    nodes: [node('Relu', ['image'], ['r']), node('Flatten', ['r'], ['y']), node('Identity', ['y'], ['z'])],
    outputs: ['y', 'r', 'z'],
  },
};

export const layoutCases: Readonly<Record<string, OnnxFile>> = {
  ...moves,
  ...shapes,
  ...constants,
  ...named,
  ...files,
};
