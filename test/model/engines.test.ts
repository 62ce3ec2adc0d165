/** Choosing an engine, and what a choice loads. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import test from 'ava';
import { tensor } from '../../src/core/tensor.ts';
import { chooseEngine, type EngineChoice, engineLabel } from '../../src/model/engine-choice.ts';
import { allEngines, createEngine } from '../../src/model/engines.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { moduleBesides } from '../../src/threads/thread.ts';
import { networkFile, temporaryFolder } from './support.ts';
import { checkout } from '../support/checkout.ts';

test('options come before the environment, and each part names its engine', (t) => {
  const label = (options: EngineChoice, value?: string) =>
    engineLabel(chooseEngine(options, value === undefined ? {} : { WHYMATCH_ENGINE: value }));
  t.is(label({}), 'ort:cpu');
  t.is(label({ threads: 2 }, ''), 'ort:cpu');
  t.is(label({ threads: 2 }, 'tfjs'), 'tfjs');
  t.is(label({}, 'tfjs:wasm'), 'tfjs:wasm');
  t.is(label({}, 'ort:cuda'), 'ort:cuda');
  t.is(label({ engine: 'ort' }, 'tfjs:wasm'), 'ort:cpu');
  t.is(label({ engine: 'tfjs' }, 'tfjs:wasm'), 'tfjs');
  t.is(label({ backend: 'cpu' }), 'tfjs:cpu');
  t.is(label({ device: 'cuda' }, 'tfjs'), 'ort:cuda');
  for (const chosen of allEngines) t.is(label({}, engineLabel(chosen)), engineLabel(chosen));
});

test('names that are unknown or do not belong together are refused', (t) => {
  const refused = (options: object, value: string | undefined, message: RegExp) =>
    void t.throws(() => chooseEngine(options, { WHYMATCH_ENGINE: value }), { code: 'USAGE', message });
  refused({ engine: 'onnx' }, undefined, /one of ort, tfjs as engine, received "onnx"/);
  refused({ backend: 'webgl' }, undefined, /node-gpu, node, wasm, cpu as backend, received "webgl"/);
  refused({ engine: 'ort', backend: 'wasm' }, undefined, /no backend for engine ort/);
  refused({ engine: 'tfjs', device: 'cuda' }, undefined, /no device for engine tfjs/);
  refused({ device: 'gpu' }, undefined, /cpu, cuda as device, received "gpu"/);
  refused({}, 'tensorflow', /as engine in WHYMATCH_ENGINE, received "tensorflow"/);
  refused({}, 'ort:wasm', /cpu, cuda as device of "ort:wasm" in WHYMATCH_ENGINE, received "wasm"/);
  refused({}, 'tfjs:', /as backend of "tfjs:" in WHYMATCH_ENGINE, received ""/);
  refused({}, 'ort:cuda:0', /like ort:cuda or tfjs:wasm in WHYMATCH_ENGINE, received "ort:cuda:0"/);
});

for (const choice of allEngines) {
  test(`${engineLabel(choice)} starts, or says what it needs, or gives way where it may`, async (t) => {
    const started = await createEngine(choice).catch((error: unknown) => error);
    if (started instanceof Error) {
      t.like(started, { code: 'ENGINE_UNAVAILABLE' });
      t.regex(started.message, /install|Linux x64|NVIDIA|process runs/);
      const other = await createEngine({ ...choice, allowFallback: true });
      t.is(other.name, choice.engine);
      t.regex(other.description, choice.engine === 'ort' ? /, cpu,.*not on cuda: / : / not on node/);
      await other.dispose();
      return;
    }
    const engine = started as Awaited<ReturnType<typeof createEngine>>;
    t.true(engine.description.includes(choice.engine === 'ort' ? choice.device : choice.backend!));
    await engine.dispose();
  });
}

test('a model runs on an engine by name, and ends it when it is disposed of', async (t) => {
  const image = tensor([1, 3, 24, 24], new Float32Array(3 * 24 * 24).fill(0.5));
  const home = temporaryFolder(t);
  const ort = await loadModel(networkFile, { home, engine: 'ort' });
  const tfjs = await loadModel(networkFile, { home, backend: 'wasm' });
  t.is(tfjs.engine.name, 'tfjs');
  const [expected, actual] = [await ort.embed(image), await tfjs.embed(image)];
  for (const [i, value] of expected.data.entries()) t.true(Math.abs(value - actual.data[i]!) < 1e-5);
  const executable = await tfjs.executable('forward', (graph) => graph);
  await Promise.all([ort.dispose(), tfjs.dispose()]);
  await t.throwsAsync(executable.run({ image }), { code: 'ENGINE_FAILED' });
});

test('who does not ask for TensorFlow.js does not load it', async (t) => {
  const loaded = await loadedBy(`
    const { loadModel } = await import(${JSON.stringify(moduleBesides(import.meta, '../../src/index'))});
    await (await loadModel(${JSON.stringify(networkFile)})).dispose();
  `);
  t.deepEqual(loaded, []);
});

test('who asks for TensorFlow.js loads it, which shows that the test above would see it', async (t) => {
  const loaded = await loadedBy(`
    const { createEngine } = await import(${JSON.stringify(moduleBesides(import.meta, '../../src/index'))});
    await (await createEngine({ backend: 'cpu' })).dispose();
  `);
  t.true(loaded.includes('@tensorflow/tfjs-core'), loaded.join(', '));
});

/** The packages of TensorFlow.js that a program in a process of its own resolves, by a hook of the module loader. */
async function loadedBy(program: string): Promise<string[]> {
  const hooks = `export async function resolve(specifier, context, next) {
    if (specifier.startsWith('@tensorflow/')) process._rawDebug('LOADED ' + specifier);
    return next(specifier, context);
  }`;
  const asUrl = (text: string) => `data:text/javascript,${encodeURIComponent(text)}`;
  const source = `
    import { register } from 'node:module';
    register(${JSON.stringify(asUrl(hooks))});
    ${program}
  `;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', source], {
    cwd: checkout(),
    env: { ...process.env, WHYMATCH_ENGINE: '' },
  });
  return [...stderr.matchAll(/^LOADED (\S+)$/gm)].map(([, name]) => name!);
}
