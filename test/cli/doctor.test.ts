import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { EngineCheck } from '../../src/app/doctor/engines.ts';
import { checkCache } from '../../src/app/doctor/system.ts';
import { gpuAdvice } from '../../src/cli/gpu-advice.ts';
import { allEngines } from '../../src/model/engines.ts';
import { engineLabel } from '../../src/model/engine-choice.ts';
import { json, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { writePictures } from './pictures.ts';

test.serial('doctor --json names the machine, the packages, every engine and every model', async (t) => {
  const report = await json(t, ['doctor']);
  t.is(report.works, true);
  t.is(report.defaultEngine, 'ort:cpu');
  t.like(report.system, { node: process.versions.node, platform: process.platform, arch: process.arch });
  t.deepEqual(
    report.parts.map(({ name, works }: { name: string; works: boolean }) => [name, works]),
    [
      ['sharp', true],
      ['better-sqlite3', true],
      ['hnswlib-node', true],
    ],
  );
  t.regex(report.parts[0].detail, /^\d.*libvips \d.*: jpeg, png, webp, avif, gif, tiff$/);
  const engines = report.engines as EngineCheck[];
  t.deepEqual(
    engines.map(({ name }) => name),
    allEngines.map(engineLabel),
  );
  for (const { starts, description, passesPerSecond, difference = 0, problem } of engines) {
    if (starts) t.true(description!.length > 0 && passesPerSecond! > 0 && difference < 1e-4);
    else t.regex(problem!, /install|Linux x64|NVIDIA|process runs/);
  }
  t.like(
    report.models.find(({ isDefault }: { isDefault: boolean }) => isDefault),
    { name: 'whymatch-s', works: true },
  );
  t.is(report.cache.writable, true);
  t.true(report.gpu.length > 0);
});

test.serial(
  'doctor ends with an error where the engine that was made the default does not start',
  async (t) => {
    process.env['WHYMATCH_ENGINE'] = 'tfjs:node-gpu';
    t.teardown(() => delete process.env['WHYMATCH_ENGINE']);
    const { exitCode, stdout } = await whymatch(['doctor', 'ort']);
    if (exitCode === 0) {
      t.regex(stdout, /tfjs:node-gpu +[\d.,]+\/s pictures, the default/);
      return;
    }
    t.is(exitCode, 1);
    t.regex(stdout, /!! tfjs:node-gpu .*npm install @tensorflow\/tfjs-node-gpu/);
    t.regex(stdout, /ok ort:cpu +[\d.,]+\/s pictures +onnxruntime/);
    t.notRegex(stdout, /tfjs:cpu/, 'only what was named, and the default');
    t.regex(stdout, /ok whymatch-s +checksum is right/);
    t.regex(stdout, /does not work here: see the lines marked !! above/);
  },
);

test.serial('a wrong WHYMATCH_ENGINE is an error of usage, for doctor too', async (t) => {
  process.env['WHYMATCH_ENGINE'] = 'cuda';
  t.teardown(() => delete process.env['WHYMATCH_ENGINE']);
  const { exitCode, stderr } = await whymatch(['doctor']);
  t.is((await whymatch(['doctor', 'ort:webgl'])).exitCode, 2);
  t.is(exitCode, 2);
  t.regex(stderr, /WHYMATCH_ENGINE, received "cuda"/);
});

test('a catalogue is made and searched on the engine that the options name', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 4);
  const catalog = path.join(folder, 'shop');
  const wasm = ['--engine', 'tfjs', '--backend', 'wasm'];
  await whymatch(['model', 'add', tinyModel, '--name', 'tiny']);
  const indexed = await whymatch(['index', folder, '--catalog', catalog, '--model', 'tiny', ...wasm]);
  t.is(indexed.exitCode, 0, indexed.stderr);
  const query = path.join(folder, '02.png');
  const search = ['search', query, '--catalog', catalog, '-k', '4'];
  const [own, other] = [await json(t, [...search, ...wasm]), await json(t, [...search, '--engine', 'ort'])];
  t.is(own.hits[0].id, '02.png');
  t.deepEqual(
    own.hits.map(({ id }: { id: string }) => id),
    other.hits.map(({ id }: { id: string }) => id),
  );
  const why = path.join(folder, 'why');
  const pair = ['explain', query, path.join(folder, '01.png'), '--model', 'tiny', '--output', why];
  t.is((await whymatch([...pair, ...wasm])).exitCode, 0);
  t.true(readdirSync(why).includes('query.png'));
});

test('engines that do not belong to an option are refused before anything is read', async (t) => {
  const search = ['search', 'none.png', '--catalog', 'none'];
  const unknown = await whymatch([...search, '--engine', 'torch']);
  t.is(unknown.exitCode, 2);
  t.regex(unknown.stderr, /Allowed choices are ort, tfjs/);
  const mixed = await whymatch([
    'explain',
    'a.png',
    'b.png',
    '--output',
    'x',
    '--engine',
    'ort',
    '--backend',
    'wasm',
  ]);
  t.is(mixed.exitCode, 2);
  t.regex(mixed.stderr, /no backend for engine ort/);
});

test('a cache folder that cannot be made is found out', async (t) => {
  const home = temporaryFolder(t);
  t.like(await checkCache({ home }), { exists: false, writable: true });
  mkdirSync(path.join(home, 'models'));
  t.like(await checkCache({ home }), { exists: true, writable: true });
  const file = path.join(home, 'file');
  writeFileSync(file, '');
  t.like(await checkCache({ home: file }), { writable: false });
});

test('advice for a GPU fits the machine', (t) => {
  const advice = (platform: NodeJS.Platform, gpus: string[] | null, ...running: string[]) =>
    gpuAdvice(
      { platform, arch: 'x64', gpus },
      running.map((name) => ({ name, starts: true })),
    ).join('\n');
  t.regex(
    advice('linux', null),
    /1\. Install the driver[^]*2\. Install CUDA 12[^]*install\.js --onnxruntime-node-install/,
  );
  t.regex(advice('linux', ['NVIDIA T4']), /driver are there/);
  t.regex(advice('linux', ['NVIDIA T4'], 'ort:cuda'), /^For the GPU: add --device cuda/);
  t.regex(advice('linux', ['NVIDIA T4'], 'tfjs:node-gpu'), /^For the GPU: add --backend node-gpu/);
  t.regex(advice('darwin', null), /Linux x64 alone/);
});
