/** What readOnnx refuses, and whether the message helps. */
import { readFileSync } from 'node:fs';
import test from 'ava';
import fc from 'fast-check';
import { AppError } from '../../../src/core/errors.ts';
import { readOnnx } from '../../../src/model/onnx/read.ts';
import { weights } from '../../support/onnx-case.ts';
import type { OnnxFile } from '../../support/onnx-file.ts';
import { arithmeticCases } from './cases/arithmetic.ts';
import { convolutionCases } from './cases/convolutions.ts';
import { layoutCases } from './cases/layout.ts';
import { poolCases } from './cases/pools.ts';
import { DataType, Float, intTensor, onnxFile, onnxNode as node } from '../../support/onnx-file.ts';
import { checkout } from '../../support/checkout.ts';

const relu = [node('Relu', ['image'], ['y'])];
const scalarChannels = ['scale', 'shift', 'mean', 'var'].map((name) => weights(name, [3]));

const wrongBytes: Readonly<Record<string, readonly [Uint8Array, RegExp]>> = {
  'no bytes': [new Uint8Array(), /received 0 bytes/],
  'a text': [new TextEncoder().encode('This is not a model, it is a sentence.'), /expected an ONNX model/],
  'a picture': [
    Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46),
    /expected an ONNX model/,
  ],
  zeros: [new Uint8Array(1000), /expected an ONNX model/],
  'a model without nodes': [onnxFile({ opset: 13, nodes: [] }), /without a graph/],
};

for (const [name, [bytes, message]] of Object.entries(wrongBytes)) {
  test(`${name} is no model`, (t) => {
    t.throws(() => readOnnx(bytes), { code: 'MODEL_INVALID', message });
  });
}

test('a file that was cut off anywhere is no model', (t) => {
  const bytes = readFileSync(checkout('test/fixtures/backward/plain-conv/model.onnx'));
  t.notThrows(() => readOnnx(bytes));
  for (let part = 1; part < 40; part++) {
    const cut = bytes.subarray(0, Math.floor((bytes.length * part) / 40));
    t.throws(() => readOnnx(cut), { code: 'MODEL_INVALID' }, `${cut.length} of ${bytes.length} bytes`);
  }
});

const unsupported: Readonly<Record<string, readonly [OnnxFile, RegExp]>> = {
  'opset 6': [{ opset: 6, nodes: relu }, /expected ONNX opset 7 or newer, received opset 6/],
  'an unknown operator': [
    { opset: 13, nodes: [node('NonMaxSuppression', ['image'], ['y'])] },
    /^NonMaxSuppression node "the_y": operator NonMaxSuppression is not known here/,
  ],
  'two pictures': [
    {
      opset: 13,
      nodes: [node('Add', ['left', 'right'], ['y'])],
      inputs: { left: [1, 3, 7, 6], right: [1, 3, 7, 6] },
    },
    /expected a model with one input, a picture; received 2 inputs: left, right/,
  ],
  'no picture': [{ opset: 13, nodes: relu, inputs: {} }, /received 0 inputs: none/],
  'one channel': [
    { opset: 13, nodes: relu, inputs: { image: [1, 1, 28, 28] } },
    /\(N, 3, H, W\), received \(1, 1, 28, 28\)/,
  ],
  'a picture that is not 4-D': [
    { opset: 13, nodes: relu, inputs: { image: ['N', 3, 224] } },
    /received \(\?, 3, 224\)/,
  ],
  'an input that no node knows': [
    { opset: 13, nodes: [node('Relu', ['nothing'], ['y'])] },
    /Relu node "the_y": .*"nothing"/,
  ],
  'a kernel of other channels': [
    { opset: 13, nodes: [node('Conv', ['image', 'w'], ['y'])], initializers: [weights('w', [2, 4, 1, 1])] },
    /Conv node "the_y": .*expected 4 channels for this kernel, received 3/,
  ],
  'a window larger than the picture': [
    { opset: 13, nodes: [node('MaxPool', ['image'], ['y'], { kernel_shape: [9, 9] })] },
    /MaxPool node "the_y": .*a window of 9 does not fit a size of 7/,
  ],
  'positions of a MaxPool': [
    { opset: 13, nodes: [node('MaxPool', ['image'], ['y', 'at'], { kernel_shape: [2, 2] })] },
    /MaxPool node "the_y": its second output/,
  ],
  'a dilated average': [
    {
      opset: 19,
      nodes: [node('AveragePool', ['image'], ['y'], { kernel_shape: [2, 2], dilations: [2, 2] })],
    },
    /AveragePool node "the_y": dilated average pools/,
  ],
  'a mean over the batch': [
    { opset: 13, nodes: [node('ReduceMean', ['image'], ['y'])] },
    /ReduceMean node "the_y": .*over the batch/,
  ],
  'a Reshape that mixes pictures': [
    { opset: 13, nodes: [node('Reshape', ['image', 's'], ['y'])], initializers: [intTensor('s', [3, -1])] },
    /Reshape node "the_y": expected the batch to stay the first dimension/,
  ],
  'a Squeeze that drops the batch': [
    { opset: 11, nodes: [node('Squeeze', ['image'], ['y'], { axes: [0] })] },
    /Squeeze node "the_y": .*expected a reshape of \[N, 3, 7, 6\]/,
  ],
  'a shape that depends on the picture': [
    { opset: 13, nodes: [node('Reshape', ['image', 'image'], ['y'])] },
    /Reshape node "the_y": expected input 1 to be known/,
  ],
  'the batch size as a number': [
    {
      opset: 13,
      nodes: [
        node('Shape', ['image'], ['s']),
        node('Gather', ['s', 'zero'], ['n']),
        node('Cast', ['n'], ['f'], { to: DataType.FLOAT }),
        node('Mul', ['image', 'f'], ['y']),
      ],
      initializers: [intTensor('zero', 0)],
    },
    /Cast node "the_f": .*depends on the batch size/,
  ],
  'pictures side by side': [
    { opset: 13, nodes: [node('Concat', ['image', 'image'], ['y'], { axis: 0 })] },
    /Concat node "the_y": .*a concatenated dimension/,
  ],
  'values of different sizes side by side': [
    {
      opset: 13,
      nodes: [node('GlobalMaxPool', ['image'], ['p']), node('Concat', ['image', 'p'], ['y'], { axis: 1 })],
    },
    /Concat node "the_y": .*differ along axis 1 only/,
  ],
  'shapes that do not broadcast': [
    { opset: 13, nodes: [node('Add', ['image', 'w'], ['y'])], initializers: [weights('w', [5])] },
    /Add node "the_y": .*do not broadcast/,
  ],
  'statistics of each place': [
    {
      opset: 7,
      nodes: [node('BatchNormalization', ['image', 'scale', 'shift', 'mean', 'var'], ['y'], { spatial: 0 })],
      initializers: scalarChannels,
    },
    /BatchNormalization node "the_y": expected the statistics of each channel/,
  ],
  'statistics that are still trained': [
    {
      opset: 15,
      nodes: [
        node('BatchNormalization', ['image', 'scale', 'shift', 'mean', 'var'], ['y'], { training_mode: 1 }),
      ],
      initializers: scalarChannels,
    },
    /BatchNormalization node "the_y": expected the statistics/,
  ],
  'an unknown auto_pad': [
    {
      opset: 13,
      nodes: [node('Conv', ['image', 'w'], ['y'], { auto_pad: 'SOMEHOW' })],
      initializers: [weights('w', [2, 3, 3, 3])],
    },
    /Conv node "the_y": expected a known auto_pad, received SOMEHOW/,
  ],
  'a pad that wraps around': [
    {
      opset: 19,
      nodes: [node('Pad', ['image', 'p'], ['y'], { mode: 'wrap' })],
      initializers: [intTensor('p', [0, 0, 1, 1, 0, 0, 1, 1])],
    },
    /Pad node "the_y": the mode wrap/,
  ],
  'a Clip whose bound is computed': [
    { opset: 13, nodes: [node('GlobalMaxPool', ['image'], ['m']), node('Clip', ['image', '', 'm'], ['y'])] },
    /Clip node "the_y": expected input 2 to be a constant number/,
  ],
  'Floor of a computed value': [
    { opset: 13, nodes: [node('Floor', ['image'], ['y'])] },
    /Floor node "the_y": it is known only on constants/,
  ],
  'an Add of nothing': [
    { opset: 13, nodes: [node('Add', [], ['y'])] },
    /Add node "the_y": expected an input at place 0/,
  ],
  'a Gemm without its matrix': [
    { opset: 13, nodes: [node('Gemm', ['image'], ['y'], { alpha: new Float(2) })] },
    /Gemm node "the_y": expected an input at place 1/,
  ],
};

for (const [name, [file, message]] of Object.entries(unsupported)) {
  test(`${name}: refused, naming the node`, (t) => {
    t.throws(() => readOnnx(onnxFile(file)), { code: 'MODEL_UNSUPPORTED', message });
  });
}

test('a model without a usable output is refused', (t) => {
  t.throws(() => readOnnx(onnxFile({ opset: 13, nodes: relu, outputs: ['elsewhere'] })), {
    code: 'MODEL_INVALID',
    message: /with an output/,
  });
});

test('a file with damaged bytes is read or refused with a code, and nothing else happens', (t) => {
  const files = Object.values({ ...convolutionCases, ...poolCases, ...arithmeticCases, ...layoutCases });
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
  const outcomes = { read: 0, refused: 0 };
  fc.assert(
    fc.property(fc.constantFrom(...files), damage, (file, changes) => {
      const bytes = onnxFile(file);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      try {
        readOnnx(bytes);
        outcomes.read++;
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        outcomes.refused++;
      }
    }),
    { numRuns: 1500, seed: 1 },
  );
  t.true(outcomes.read > 50 && outcomes.refused > 50, JSON.stringify(outcomes));
});
