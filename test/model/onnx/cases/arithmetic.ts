import type { OnnxFile } from '../../../support/onnx-file.ts';
import { Float, floatTensor, onnxNode as node } from '../../../support/onnx-file.ts';
import { atOpsets, positiveWeights, weights } from '../../../support/onnx-case.ts';

type Attributes = Parameters<typeof node>[3];

const one = (op: string, attributes: Attributes = {}) => [node(op, ['image'], ['y'], attributes)];
const scalar = (name: string, value: number) => floatTensor(name, { dims: [], data: Float32Array.of(value) });

const binaries = ['Add', 'Sub', 'Mul', 'Div'].flatMap((op) => [
  atOpsets([7, 14], `${op} of the picture and channels`, [node(op, ['image', 'c'], ['y'])], [positiveWeights('c', [3, 1, 1])]),
  atOpsets([7], `${op} of a number and the picture`, [node('Exp', ['image'], ['e']), node(op, ['c', 'e'], ['y'])], [scalar('c', 1.5)]),
  atOpsets([13], `${op} of constants`, [node(op, ['c', 'd'], ['k']), node('Add', ['image', 'k'], ['y'])], [
    positiveWeights('c', [3, 1, 6]), weights('d', [7, 1]),
  ]),
]); // prettier-ignore

const several = ['Sum', 'Min', 'Max'].flatMap((op) => [
  atOpsets([8, 13], `${op} of three`, [node('Relu', ['image'], ['r']), node(op, ['image', 'r', 'c'], ['y'])], [weights('c', [3, 7, 6])]),
  atOpsets([8], `${op} of one`, [node(op, ['image'], ['y'])]),
]); // prettier-ignore

const unaries = ['Relu', 'Sigmoid', 'Tanh', 'Softplus', 'Exp', 'Abs', 'Neg'].map((op) =>
  atOpsets([7, 13], op, one(op)),
);

const gemm = (attributes: Attributes, inputs = ['f', 'w', 'b']) => [
  node('Flatten', ['image'], ['f']),
  node('Gemm', inputs, ['y'], attributes),
];

export const arithmeticCases: Readonly<Record<string, OnnxFile>> = {
  ...Object.assign({}, ...binaries, ...several, ...unaries),
  ...atOpsets([7], 'Reciprocal and Sqrt', [
    node('Exp', ['image'], ['e']), node('Sqrt', ['e'], ['s']), node('Reciprocal', ['s'], ['y']),
  ]),
  ...atOpsets([9], 'Erf', one('Erf')),
  ...atOpsets([13], 'Sqrt, Exp, Abs, Floor, Ceil, Neg and Reciprocal of constants', [
    node('Abs', ['c'], ['c1']), node('Sqrt', ['c1'], ['c2']), node('Exp', ['c2'], ['c3']), node('Reciprocal', ['c3'], ['c4']),
    node('Floor', ['c'], ['f']), node('Ceil', ['c'], ['g']), node('Neg', ['g'], ['h']), node('Add', ['c4', 'f'], ['k']),
    node('Add', ['k', 'h'], ['l']), node('Add', ['image', 'l'], ['y']),
  ], [weights('c', [3, 7, 6])]),
  ...atOpsets([7], 'LeakyRelu', one('LeakyRelu')),
  ...atOpsets([16], 'LeakyRelu with a slope', one('LeakyRelu', { alpha: new Float(0.3) })),
  ...atOpsets([7], 'Elu', one('Elu')),
  ...atOpsets([7], 'Elu with a scale', one('Elu', { alpha: new Float(0.3) })),
  ...atOpsets([7, 9, 16], 'PRelu', [node('PRelu', ['image', 's'], ['y'])], [weights('s', [3, 1, 1])]),
  ...atOpsets([7], 'HardSigmoid', one('HardSigmoid')),
  ...atOpsets([7], 'HardSigmoid with a slope', one('HardSigmoid', { alpha: new Float(0.6), beta: new Float(0.4) })),
  ...atOpsets([14], 'HardSwish', one('HardSwish')),

  ...atOpsets([7], 'Clip, bounds as attributes', one('Clip', { min: new Float(-0.5), max: new Float(1) })),
  ...atOpsets([7], 'Clip, one bound as an attribute', one('Clip', { max: new Float(0.25) })),
  ...atOpsets([7], 'Clip at zero alone', one('Clip', { min: new Float(0) })),
  ...atOpsets([11, 13], 'Clip, bounds as inputs', [node('Clip', ['image', 'lo', 'hi'], ['y'])], [scalar('lo', 0), scalar('hi', 1)]),
  ...atOpsets([11], 'Clip without its lower bound', [node('Clip', ['image', '', 'hi'], ['y'])], [scalar('hi', 0.5)]),
  ...atOpsets([11], 'Clip without its upper bound', [node('Clip', ['image', 'lo'], ['y'])], [scalar('lo', -0.5)]),
  ...atOpsets([11], 'Clip after Relu', [node('Relu', ['image'], ['r']), node('Clip', ['r', 'lo', 'hi'], ['y'])], [scalar('lo', 0), scalar('hi', 1)]),
  ...atOpsets([11], 'Clip after a Relu that others read too', [
    node('Relu', ['image'], ['r']), node('Clip', ['r', 'lo', 'hi'], ['c']), node('Sub', ['c', 'r'], ['y']),
  ], [scalar('lo', 0), scalar('hi', 1)]),
  ...atOpsets([11], 'Clip above zero after Relu', [node('Relu', ['image'], ['r']), node('Clip', ['r', 'lo', 'hi'], ['y'])], [scalar('lo', 0.5), scalar('hi', 1)]),
  ...atOpsets([13], 'rectifiers written as Max and Min', [
    node('Max', ['image', 'zero'], ['r']), node('Min', ['six', 'r'], ['y']),
  ], [scalar('zero', 0), scalar('six', 1)]),

  ...atOpsets([7, 11], 'Softmax, from its default axis on', one('Softmax')),
  ...atOpsets([11], 'Softmax, from axis 2 on', one('Softmax', { axis: 2 })),
  ...atOpsets([11], 'Softmax, old, along the last axis', one('Softmax', { axis: -1 })),
  ...atOpsets([13], 'Softmax, along its default axis', one('Softmax')),
  ...atOpsets([13], 'Softmax, along axis 1', one('Softmax', { axis: 1 })),
  ...atOpsets([11], 'Softmax of flat features', [node('Flatten', ['image'], ['f']), node('Softmax', ['f'], ['y'])]),

  ...atOpsets([7, 13], 'MatMul with a constant', [node('MatMul', ['image', 'w'], ['y'])], [weights('w', [6, 5])]),
  ...atOpsets([9], 'MatMul with constants on the left', [node('MatMul', ['w', 'image'], ['y'])], [weights('w', [1, 1, 5, 7])]),
  ...atOpsets([9], 'MatMul of two computed values', [
    node('Transpose', ['image'], ['t'], { perm: [0, 1, 3, 2] }), node('MatMul', ['image', 't'], ['y']),
  ]),
  ...atOpsets([7, 11, 13], 'Gemm', gemm({}), [weights('w', [126, 5]), weights('b', [5])]),
  ...atOpsets([9], 'Gemm, transB, alpha and beta', gemm({ transB: 1, alpha: new Float(0.5), beta: new Float(2) }), [weights('w', [5, 126]), weights('b', [1, 5])]),
  ...atOpsets([11], 'Gemm without C', gemm({ alpha: new Float(0.5) }, ['f', 'w']), [weights('w', [126, 5])]),
  ...atOpsets([9], 'Gemm with a scalar C', gemm({}), [weights('w', [126, 5]), scalar('b', 0.5)]),
  ...atOpsets([9], 'Gemm, transA', [
    node('Flatten', ['image'], ['f']), node('Transpose', ['f'], ['t']), node('Gemm', ['t', 'w', 'b'], ['y'], { transA: 1 }),
  ], [weights('w', [126, 5]), weights('b', [5])]),
}; // prettier-ignore
