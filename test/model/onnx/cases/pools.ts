import type { OnnxFile } from '../../../support/onnx-file.ts';
import { intTensor, onnxNode as node } from '../../../support/onnx-file.ts';
import { atOpsets } from '../../../support/onnx-case.ts';

type Attributes = Parameters<typeof node>[3];

const maxPool = (attributes: Attributes) => [
  node('MaxPool', ['image'], ['y'], { kernel_shape: [3, 2], ...attributes }),
];
const averagePool = (attributes: Attributes) => [
  node('AveragePool', ['image'], ['y'], { kernel_shape: [3, 2], ...attributes }),
];

/** Every combination that changes what an average is divided by. */
const averages = [0, 1].flatMap((count) =>
  [0, 1].map((ceil) =>
    atOpsets(
      [11, 19, 22],
      `AveragePool, count_include_pad ${count}, ceil_mode ${ceil}`,
      averagePool({ strides: [3, 3], pads: [1, 0, 1, 1], count_include_pad: count, ceil_mode: ceil }),
    ),
  ),
);

const samePads = ['SAME_UPPER', 'SAME_LOWER', 'VALID'].flatMap((mode) => [
  atOpsets([11], `MaxPool, auto_pad ${mode}`, maxPool({ auto_pad: mode, strides: [2, 1] })),
  atOpsets([11], `AveragePool, auto_pad ${mode}`, averagePool({ auto_pad: mode, strides: [2, 1] })),
]);

export const poolCases: Readonly<Record<string, OnnxFile>> = {
  ...atOpsets([7, 8, 11, 22], 'MaxPool', maxPool({ strides: [2, 1], pads: [1, 0, 2, 1] })),
  ...atOpsets([10, 12], 'MaxPool, ceil_mode', maxPool({ strides: [3, 3], pads: [1, 0, 0, 1], ceil_mode: 1 })),
  ...atOpsets([13], 'MaxPool of channels side by side', [
    node('Neg', ['image'], ['n']),
    node('Concat', ['image', 'n'], ['c'], { axis: 1 }),
    node('MaxPool', ['c'], ['p'], { kernel_shape: [3, 2], strides: [2, 2] }),
    node('ReduceMean', ['c'], ['m'], { axes: [2, 3] }),
    node('Add', ['p', 'm'], ['y']),
  ]),
  ...atOpsets([10, 12], 'MaxPool, dilations', maxPool({ dilations: [2, 3], pads: [1, 1, 1, 1] })),
  ...atOpsets(
    [11],
    'MaxPool, ceil_mode with a last window that would begin in the pad',
    maxPool({ kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  ),
  ...atOpsets(
    [11],
    'AveragePool, ceil_mode with a last window that would begin in the pad',
    averagePool({ kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  ),
  ...atOpsets([7], 'AveragePool', averagePool({ strides: [2, 1], pads: [1, 0, 2, 1] })),
  ...Object.assign({}, ...averages, ...samePads),
  ...atOpsets([7, 22], 'GlobalAveragePool', [node('GlobalAveragePool', ['image'], ['y'])]),
  ...atOpsets([7], 'GlobalMaxPool', [node('GlobalMaxPool', ['image'], ['y'])]),

  ...atOpsets([7, 11, 13], 'ReduceMean, axes as an attribute', [
    node('ReduceMean', ['image'], ['y'], { axes: [3, 2] }),
  ]),
  ...atOpsets([11], 'ReduceMean, negative axes, dimensions dropped', [
    node('ReduceMean', ['image'], ['y'], { axes: [-1, -3], keepdims: 0 }),
  ]),
  ...atOpsets(
    [18],
    'ReduceMean, axes as an input',
    [node('ReduceMean', ['image', 'axes'], ['y'], { keepdims: 0 })],
    [intTensor('axes', [2, -1])],
  ),
  ...atOpsets([18], 'ReduceMean of nothing', [
    node('ReduceMean', ['image'], ['y'], { noop_with_empty_axes: 1 }),
  ]),
  ...atOpsets([11], 'ReduceSum, axes as an attribute', [
    node('ReduceSum', ['image'], ['y'], { axes: [1, 2] }),
  ]),
  ...atOpsets(
    [13],
    'ReduceSum, axes as an input',
    [node('ReduceSum', ['image', 'axes'], ['y'])],
    [intTensor('axes', [1, 2])],
  ),
};
