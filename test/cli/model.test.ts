import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { fromBinary } from '@bufbuild/protobuf';
import { exitCodes } from '../../src/core/errors.ts';
import { ModelProtoSchema } from '../../src/model/onnx/gen/onnx_pb.ts';
import { runOnnx } from '../support/onnxruntime.ts';
import { referenceCases } from '../support/reference-cases.ts';
import { largestDifference } from '../image/pictures.ts';
import { json, otherModel, temporaryFolder, tinyModel, whymatch } from './cli.ts';

test.serial('the embedded model is there at once, and others are offered', async (t) => {
  const list = await json(t, ['model', 'list']);
  t.is(list.default, 'whymatch-s');
  t.like(list.installed[0], { name: 'whymatch-s', origin: 'embedded' });
  t.true(list.available.length >= 5);
  const text = await whymatch(['model', 'list']);
  t.regex(
    text.stdout,
    /whymatch-s \(default\) +9\.1 MB +224×224[^]*whymatch model pull NAME[^]*resnet18-v1-7 +46\.8 MB/,
  );
  const info = await json(t, ['model', 'info', 'whymatch-s']);
  t.like(info, {
    dimension: 512,
    places: { width: 14, height: 14 },
    rules: { guided: { activations: 43 } },
    assumed: [],
  });
});

test.serial('a file is added, shown with what was assumed, and removed', async (t) => {
  const add = [
    'model',
    'add',
    tinyModel,
    '--name',
    'mine',
    '--licence',
    'MIT',
    '--channels',
    'bgr',
    '--scale',
    '1',
  ];
  const added = await whymatch([...add, '--mean', '104,117,123', '--std', '1']);
  t.is(added.exitCode, 0, added.stderr);
  t.regex(
    added.stdout,
    /input +24×24 bgr, \(value - \(104, 117, 123\)\) \/ \(1, 1, 1\), whole picture with bars/,
  );
  t.regex(added.stdout, /assumed, because neither the file nor you said it:\n[^]*fit: contain/);
  t.notRegex(added.stdout, /channels: /, 'what was said is not assumed');
  const info = await json(t, ['model', 'info', 'mine']);
  t.like(info, { name: 'mine', licence: 'MIT', dimension: 12, input: { channels: 'bgr', std: [1, 1, 1] } });
  t.regex((await whymatch(['model', 'list'])).stdout, / mine /);
  const taken = await whymatch(['model', 'add', otherModel, '--name', 'mine']);
  t.is(taken.exitCode, exitCodes.usage);
  t.is((await whymatch(['model', 'add', otherModel, '--name', 'mine', '--replace'])).exitCode, 0);
  t.deepEqual(await json(t, ['model', 'remove', 'mine']), { removed: 'mine' });
  t.is((await whymatch(['model', 'info', 'mine'])).exitCode, exitCodes.model);
  t.is((await whymatch(['model', 'remove', 'whymatch-s'])).exitCode, exitCodes.usage);
});

test('pull knows what it can download', async (t) => {
  const unknown = await whymatch(['model', 'pull', 'resnet81']);
  t.is(unknown.exitCode, exitCodes.model);
  t.regex(unknown.stderr, /MODEL_NOT_FOUND.*resnet18-v1-7/);
  t.is((await whymatch(['model', 'pull', 'whymatch-s'])).exitCode, 0, 'it is here already');
});

test('an exported explanation runs in any ONNX runtime and gives the reference gradients', async (t) => {
  const folder = temporaryFolder(t);
  const reference = referenceCases.find(({ name }) => name === 'plain-conv')!;
  for (const rule of ['gradient', 'guided', 'deconvnet'] as const) {
    const file = path.join(folder, `${rule}.onnx`);
    const document = await json(t, [
      'model',
      'export-explanation',
      tinyModel,
      '--rule',
      rule,
      '--output',
      file,
    ]);
    t.like(document, { file, inputs: ['image', 'seed'], outputs: ['features', 'embedding', 'gradient'] });
    const outputs = await runOnnx(file, { image: reference.image, seed: reference.seed });
    const scale = Math.max(...reference[rule].data.map(Math.abs));
    t.true(largestDifference(outputs['gradient']!.data, reference[rule].data) < 1e-4 * scale, rule);
    t.true(largestDifference(outputs['embedding']!.data, reference.embedding.data) < 1e-4);
    const { metadataProps } = fromBinary(ModelProtoSchema, readFileSync(file));
    const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
    t.like(metadata, { rule, model: 'model', activations: '3 of 3 activations follow the rule' });
  }
});

test('an export replaces a file only with --force, and is whole or not there', async (t) => {
  const folder = temporaryFolder(t);
  const output = path.join(folder, 'guided.onnx');
  const run = (...more: string[]) =>
    whymatch(['model', 'export-explanation', tinyModel, '--rule', 'guided', '--output', output, ...more]);
  t.regex(
    (await run()).stdout,
    /inputs +image \(N,3,24,24\), seed \(N,12\)\noutputs +features \(N,12,10,10\)/,
  );
  const second = await run();
  t.is(second.exitCode, exitCodes.input);
  t.regex(second.stderr, /OUTPUT_EXISTS.*--force/);
  t.is((await run('--force')).exitCode, 0);
  t.deepEqual(readdirSync(folder), ['guided.onnx']);
  const wrong = await whymatch([
    'model',
    'export-explanation',
    tinyModel,
    '--rule',
    'magic',
    '--output',
    output,
  ]);
  t.is(wrong.exitCode, exitCodes.usage);
  t.regex(wrong.stderr, /gradient, deconvnet, guided/);
});
