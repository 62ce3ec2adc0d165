/** An engine in threads of its own is an engine like any other; several share the threads, and the work. */
import test from 'ava';
import { createEngine } from '../../src/model/engines.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { operatorSamples } from '../support/operator-samples.ts';
import { randomTensor } from '../support/tensors.ts';
import { engineContract } from './engine-contract.ts';

engineContract('ort in threads', (options) => createEngine({ engine: 'ort', ...options, ownThreads: true }));

test('threads are divided among at most four engines', async (t) => {
  for (const [threads, engines, description] of [
    [1, 1, /^onnxruntime [\d.]+, cpu, 1 thread, beside/],
    [3, 3, /^3 × onnxruntime [\d.]+, cpu, 1 thread, beside/],
    [9, 4, /^4 × onnxruntime [\d.]+, cpu, 2 threads, beside/],
  ] as const) {
    const engine = await createEngine({ engine: 'ort', threads, ownThreads: true });
    t.teardown(() => engine.dispose());
    t.is(engine.parallelRuns, engines);
    t.regex(engine.description, description);
  }
});

test('what goes on in the calling thread goes on while engines compute', async (t) => {
  const engine = await createEngine({ engine: 'ort', threads: 2, ownThreads: true });
  t.teardown(() => engine.dispose());
  const executable = await engine.load(operatorSamples());
  let turns = 0;
  const turning = setInterval(() => turns++, 1);
  const images = randomTensor([256, 3, 7, 6]);
  await Promise.all(Array.from({ length: 8 }, () => executable.run({ image: images })));
  clearInterval(turning);
  t.true(turns > 0);
  t.is(images.data.length, 256 * 3 * 7 * 6);
});

test('a choice that does not start says so, as without threads', async (t) => {
  await t.throwsAsync(createEngine({ engine: 'ort', backend: 'wasm', ownThreads: true }), { code: 'USAGE' });
});

test('a batch is smaller where several are computed at once: memory stays bounded', async (t) => {
  const [one, many] = await Promise.all([
    loadModel(undefined, { threads: 1, ownThreads: true }),
    loadModel(undefined, { threads: 4, ownThreads: true }),
  ]);
  t.teardown(() => Promise.all([one.dispose(), many.dispose()]));
  t.deepEqual([one.parallelRuns, one.batchSize], [1, 11]);
  t.deepEqual([many.parallelRuns, many.batchSize], [4, 2]);
});
