import type { OnnxFile } from '../../../support/onnx-file.ts';
import { onnxNode as node, Float } from '../../../support/onnx-file.ts';
import { atOpsets, positiveWeights, weights } from '../../../support/onnx-case.ts';

const conv = (attributes: Parameters<typeof node>[3] = {}, output = 'y') =>
  node('Conv', ['image', 'w', 'b'], [output], attributes);
const kernel = [weights('w', [4, 3, 3, 2]), weights('b', [4])];
const kernelGiven = { kernel_shape: [3, 2] };

/** Batch normalisation of `channels` channels. */
const norm = (from: string, to: string, attributes: Parameters<typeof node>[3] = {}) =>
  node('BatchNormalization', [from, 'scale', 'shift', 'mean', 'var'], [to], attributes);
const statistics = (channels: number) => [
  weights('scale', [channels], 2),
  weights('shift', [channels], 3),
  weights('mean', [channels], 4),
  positiveWeights('var', [channels]),
];

export const convolutionCases: Readonly<Record<string, OnnxFile>> = {
  ...atOpsets([7, 11, 17, 22], 'Conv', [conv(kernelGiven)], kernel),
  ...atOpsets([11], 'Conv without kernel_shape', [conv()], kernel),
  ...atOpsets([11], 'Conv without bias', [node('Conv', ['image', 'w'], ['y'])], kernel),
  ...atOpsets([11], 'Conv, stride and uneven pads', [conv({ strides: [2, 3], pads: [0, 1, 2, 3] })], kernel),
  ...atOpsets([11], 'Conv, dilations', [conv({ dilations: [2, 3], pads: [1, 1, 1, 1] })], kernel),
  ...atOpsets(
    [11],
    'Conv, groups',
    [conv({ group: 3, strides: [2, 1] })],
    [weights('w', [6, 1, 3, 2]), weights('b', [6])],
  ),
  ...Object.assign(
    {},
    ...['SAME_UPPER', 'SAME_LOWER', 'VALID'].map((mode) => ({
      ...atOpsets([7, 11], `Conv, auto_pad ${mode}`, [conv({ auto_pad: mode, strides: [2, 1] })], kernel),
    })),
  ),
  ...atOpsets(
    [7, 11],
    'ConvTranspose',
    [
      node('ConvTranspose', ['image', 'w', 'b'], ['y'], {
        strides: [2, 3],
        output_padding: [1, 0],
        pads: [0, 1, 2, 1],
      }),
    ],
    [weights('w', [3, 4, 3, 2]), weights('b', [4])],
  ),
  ...atOpsets(
    [11],
    'ConvTranspose, groups and dilations',
    [node('ConvTranspose', ['image', 'w'], ['y'], { group: 3, dilations: [2, 1] })],
    [weights('w', [3, 2, 3, 2])],
  ),

  ...atOpsets(
    [7, 9, 14, 15],
    'BatchNormalization after Conv',
    [conv({}, 'c'), norm('c', 'y', { epsilon: new Float(0.01) })],
    [...kernel, ...statistics(4)],
  ),
  ...atOpsets(
    [9],
    'BatchNormalization after a grouped Conv without bias',
    [node('Conv', ['image', 'w'], ['c'], { group: 3 }), norm('c', 'y')],
    [weights('w', [6, 1, 3, 2]), ...statistics(6)],
  ),
  ...atOpsets([7, 15], 'BatchNormalization alone', [norm('image', 'y')], statistics(3)),
  ...atOpsets(
    [9],
    'BatchNormalization twice after Conv',
    [conv({}, 'c'), norm('c', 'n'), norm('n', 'y')],
    [...kernel, ...statistics(4)],
  ),
  ...atOpsets(
    [9],
    'BatchNormalization of a Conv that others read too',
    [conv({}, 'c'), norm('c', 'n'), node('Relu', ['c'], ['r']), node('Add', ['n', 'r'], ['y'])],
    [...kernel, ...statistics(4)],
  ),
  ...atOpsets(
    [9],
    'BatchNormalization of a Conv behind an Identity that others read too',
    [
      conv({}, 'c'),
      node('Identity', ['c'], ['i']),
      norm('i', 'n'),
      node('Relu', ['c'], ['r']),
      node('Add', ['n', 'r'], ['y']),
    ],
    [...kernel, ...statistics(4)],
  ),
  ...atOpsets(
    [9],
    'BatchNormalization of a Conv that is an output itself',
    [conv({}, 'c'), norm('c', 'y')],
    [...kernel, ...statistics(4)],
    { outputs: ['y', 'c'] },
  ),
  ...atOpsets(
    [9],
    'BatchNormalization of flat features',
    [node('Flatten', ['image'], ['f']), norm('f', 'y')],
    statistics(126),
  ),
};
