import * as tf from '@tensorflow/tfjs-core';
import test from 'ava';
import fc from 'fast-check';
import { differentiate } from '../../src/explain/differentiate.ts';
import { backwardRules } from '../../src/explain/rules.ts';
import { tfjsBackends } from '../../src/model/engine-choice.ts';
import { shapeOf } from '../../src/model/graph.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { openBackend } from '../../src/model/tfjs/backend.ts';
import { createTfjsEngine } from '../../src/model/tfjs/engine.ts';
import { graphOf, referenceCases } from '../support/reference-cases.ts';
import { buildPlan, rectifierPlans } from '../support/random-graphs.ts';
import { assertClose, randomTensor, relativeError } from '../support/tensors.ts';
import { engineContract, engineTolerance } from './engine-contract.ts';

engineContract('tfjs on wasm', () => createTfjsEngine({ backend: 'wasm' }));
engineContract('tfjs on cpu', () => createTfjsEngine({ backend: 'cpu' }));

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

test('engines on two backends run in turn without disturbing one another', async (t) => {
  const engines = await Promise.all([
    createTfjsEngine({ backend: 'cpu' }),
    createTfjsEngine({ backend: 'wasm' }),
  ]);
  t.regex(engines[0].description, /cpu backend/);
  t.regex(engines[1].description, /wasm backend/);
  const reference = referenceCases.find(({ name }) => name === 'maxpool-overlap')!;
  const graph = differentiate(graphOf(reference), { rule: 'guided' }).graph;
  const executables = await Promise.all(engines.map((engine) => engine.load(graph)));
  for (let i = 0; i < 3; i++) {
    const runs = executables.map((executable) =>
      executable.run({ image: reference.image, seed: reference.seed }),
    );
    for (const { gradient } of await Promise.all(runs))
      assertClose(t, gradient, reference.guided, engineTolerance, 'guided');
  }
  await Promise.all(engines.map((engine) => engine.dispose()));
});

test.serial('a graph that is refused leaves nothing behind', async (t) => {
  const engine = await createTfjsEngine({ backend: 'wasm' });
  const graph = graphOf(referenceCases.find(({ name }) => name === 'plain-conv')!);
  const last = graph.nodes.findLastIndex(({ op }) => op === 'Conv');
  t.true(graph.nodes.slice(0, last).some(({ op }) => op === 'Conv'));
  // The kernel of the last convolution is no constant, which shows when those before it are on the backend.
  const nodes = graph.nodes.map((node, i) =>
    i === last ? { ...node, inputs: [node.inputs[0]!, 'image'] } : node,
  );
  const before = tf.memory().numTensors;
  await t.throwsAsync(engine.load({ ...graph, nodes }), {
    code: 'ENGINE_FAILED',
    message: /no constant kernel/,
  });
  t.is(tf.memory().numTensors, before);
  await engine.dispose();
});

test('explanation graphs of random networks give on wasm what they give on onnxruntime, with a picture for each seed or one for all', async (t) => {
  const [wasm, ort] = [await createTfjsEngine({ backend: 'wasm' }), createOrtEngine({ threads: 1 })];
  t.teardown(() => Promise.all([wasm.dispose(), ort.dispose()]));
  const property = fc.asyncProperty(
    rectifierPlans(),
    fc.constantFrom(...backwardRules),
    fc.boolean(),
    async (plan, rule, sharedImage) => {
      const graph = buildPlan(plan);
      const explanation = differentiate(graph, { rule, sharedImage }).graph;
      const dims = (value: string, count: number) =>
        shapeOf(graph, value).map((dim) => (dim === 'N' ? count : dim));
      const image = randomTensor(dims('image', sharedImage ? 1 : 3), 3);
      const seed = randomTensor(dims('embedding', 3), 4);
      const loaded = await Promise.all([wasm.load(explanation), ort.load(explanation)]);
      const [own, other] = await Promise.all(loaded.map((executable) => executable.run({ image, seed })));
      for (const output of explanation.outputs) {
        const error = relativeError(own![output]!.data, other![output]!.data);
        if (error > engineTolerance) throw new Error(`${output}: relative error ${error}`);
      }
      await Promise.all(loaded.map((executable) => executable.dispose()));
    },
  );
  await fc.assert(property, {
    seed: Number(process.env['FC_SEED'] ?? 1),
    numRuns: Number(process.env['FC_RUNS'] ?? 40),
  });
  t.pass();
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
