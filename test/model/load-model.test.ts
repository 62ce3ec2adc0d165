import path from 'node:path';
import test from 'ava';
import { tensor } from '../../src/core/tensor.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { networkFile, temporaryFolder } from './support.ts';

const picture = tensor([1, 3, 24, 24], new Float32Array(3 * 24 * 24).fill(0.5));

test('the embedded model is loaded when none is named', async (t) => {
  const model = await loadModel(undefined, { home: temporaryFolder(t) });
  t.like(model, { model: 'whymatch-s', dimension: 512, featureSize: { width: 14, height: 14 } });
  t.is(path.basename(model.file), 'whymatch-s.onnx');
  t.like(model.manifest, { name: 'whymatch-s', input: { width: 224, height: 224, fit: 'contain' } });
  await model.dispose();
});

test('an engine of the model’s own ends with it', async (t) => {
  const model = await loadModel(networkFile, { threads: 1 });
  t.regex(model.engine.description, /1 thread$/);
  const { data } = await model.embed(picture);
  t.is(data.length, 12);
  const executable = await model.executable('forward', (graph) => graph);
  await model.dispose();
  await t.throwsAsync(executable.run({ image: picture }), { code: 'ENGINE_FAILED' });
});

test('a given engine stays its owner’s', async (t) => {
  const engine = createOrtEngine({ threads: 1 });
  const [first, second] = [
    await loadModel(networkFile, { engine }),
    await loadModel(networkFile, { engine }),
  ];
  const before = await second.embed(picture);
  await first.dispose();
  t.deepEqual(await second.embed(picture), before);
  t.is(first.fingerprint, second.fingerprint);
  await engine.dispose();
});
