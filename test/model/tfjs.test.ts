import * as tf from '@tensorflow/tfjs-core';
import test from 'ava';
import { differentiate } from '../../src/explain/differentiate.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import { openBackend, tfjsBackends } from '../../src/model/tfjs/backend.ts';
import { createTfjsEngine } from '../../src/model/tfjs/engine.ts';
import { graphOf, referenceCases } from '../support/reference-cases.ts';
import { assertClose } from '../support/tensors.ts';
import { engineContract, engineTolerance } from './engine-contract.ts';

engineContract('tfjs on wasm', () => createTfjsEngine({ backend: 'wasm' }));

for (const reference of referenceCases) {
  test(`explanations of reference case ${reference.name} are PyTorch's on wasm`, async (t) => {
    const engine = await createTfjsEngine({ backend: 'wasm' });
    for (const rule of backwardRules) {
      const executable = await engine.load(differentiate(graphOf(reference), { rule }).graph);
      const { gradient } = await executable.run({ image: reference.image, seed: reference.seed });
      assertClose(t, gradient, reference[rule], engineTolerance, rule);
    }
    await engine.dispose();
  });
}

test.serial('a thousand runs leave nothing behind', async (t) => {
  const engine = await createTfjsEngine({ backend: 'wasm' });
  const reference = referenceCases.find(({ name }) => name === 'maxpool-overlap')!;
  const before = tf.memory().numTensors;
  const executable = await engine.load(differentiate(graphOf(reference), { rule: 'guided' }).graph);
  const loaded = tf.memory().numTensors;
  for (let i = 0; i < 1000; i++) await executable.run({ image: reference.image, seed: reference.seed });
  t.is(tf.memory().numTensors, loaded);
  await engine.dispose();
  t.is(tf.memory().numTensors, before);
});

test('a backend that is not installed is refused with what to install', async (t) => {
  for (const backend of tfjsBackends) {
    const opened = await openBackend(backend).catch((error: unknown) => error);
    if (!(opened instanceof Error)) continue;
    t.like(opened, { code: 'ENGINE_UNAVAILABLE' });
    t.regex(opened.message, /npm install @tensorflow\//);
  }
  const { backend } = await openBackend();
  t.true(tfjsBackends.includes(backend));
});
