/** A small network with random weights on onnxruntime: 40×40 pixels in, 6 features at 10×10 places out. */
import type { Engine } from '../../src/model/engine.ts';
import { GraphBuilder } from '../../src/model/builder.ts';
import { Model } from '../../src/model/model.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { randomTensor } from '../support/tensors.ts';

const smallInput = {
  width: 40,
  height: 40,
  channels: 'rgb',
  fit: 'contain',
  background: [128, 128, 128],
  scale: 1 / 255,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
} as const;

export function smallModel(): { readonly model: Model; readonly engine: Engine } {
  const builder = new GraphBuilder('small');
  let x = builder.input('image', ['N', 3, 40, 40]);
  for (const [i, [channels, inputs]] of (
    [
      [4, 3],
      [6, 4],
    ] as const
  ).entries()) {
    const weight = builder.constant(
      [channels, inputs, 3, 3],
      randomTensor([channels, inputs, 3, 3], i + 1).data,
    );
    const bias = builder.constant([channels], randomTensor([channels], i + 9).data);
    const sums = builder.add(
      { op: 'Conv', group: 1, strides: [2, 2], pads: [1, 1, 1, 1], dilations: [1, 1] },
      [x, weight, bias],
    );
    x = builder.add({ op: 'Relu' }, [sums], `maps${i}`);
  }
  const engine = createOrtEngine({ threads: 1 });
  const facts = { name: 'small', fingerprint: 'f'.repeat(64), input: smallInput, featureTensor: 'maps1' };
  return { model: new Model(builder.build({ maps1: x }), facts, engine), engine };
}
