import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { exitCodes } from '../../src/core/errors.ts';
import { labels } from '../explain/small-classifier.ts';
import { classifierFile } from '../model/support.ts';
import { json, temporaryFolder, tinyModel, whymatch } from './cli.ts';

/** A classifier of five classes with names, as a file and its manifest. */
async function namedClassifier(folder: string): Promise<string> {
  const file = path.join(folder, 'pets.onnx');
  writeFileSync(file, classifierFile());
  const added = await whymatch(['model', 'add', file, '--name', 'pets', '--replace', '--json']);
  const { file: _file, dimension: _dimension, assumed: _assumed, ...manifest } = JSON.parse(added.stdout);
  const named = path.join(folder, 'pets.json');
  writeFileSync(named, JSON.stringify({ ...manifest, file, labels }));
  return named;
}

const draw = (model: string, output: string, ...more: string[]) => [
  'model',
  'visualize',
  model,
  '--output',
  output,
  '--steps',
  '10',
  ...more,
];

test('a class is drawn by its number or its name, the same for the same seed', async (t) => {
  const folder = temporaryFolder(t);
  const model = await namedClassifier(folder);
  const file = (name: string) => path.join(folder, `${name}.png`);
  const document = await json(t, draw(model, file('byNumber'), '--class', '2'));
  t.like(document, { file: file('byNumber'), class: 2, label: 'cat', steps: 10, seed: 1, lambda: 0.03 });
  t.true(Number.isFinite(document.score));
  const { width, height, format } = await sharp(file('byNumber')).metadata();
  t.deepEqual([width, height, format], [8, 8, 'png']);
  const { stdout } = await whymatch(draw(model, file('byName'), '--class', 'Cat'));
  t.regex(stdout, /shows +class 2, cat\nits logit +-?\d/);
  await json(t, draw(model, file('otherSeed'), '--class', '2', '--seed', '9'));
  t.deepEqual(readFileSync(file('byName')), readFileSync(file('byNumber')));
  t.notDeepEqual(readFileSync(file('otherSeed')), readFileSync(file('byNumber')));
});

test('a channel, and what a picture looks like to the model', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'a.png');
  const picture = path.join(folder, 'red.png');
  await sharp({ create: { width: 40, height: 40, channels: 3, background: '#c03020' } }).toFile(picture);
  t.like(await json(t, draw(tinyModel, file, '--neuron', '3')), { neuron: 3, model: 'model' });
  const alike = await json(t, draw(tinyModel, file, '--like', picture, '--force'));
  t.is(alike.like, picture);
  t.true(alike.score > 0 && alike.score <= 1);
});

test('what cannot be drawn is refused before anything is written', async (t) => {
  const folder = temporaryFolder(t);
  const model = await namedClassifier(folder);
  const file = path.join(folder, 'none.png');
  const refused = async (exitCode: number, message: RegExp, ...argv: string[]) => {
    const outcome = await whymatch(argv);
    t.is(outcome.exitCode, exitCode, outcome.stderr);
    t.regex(outcome.stderr, message);
  };
  await refused(exitCodes.usage, /one of --class, --neuron and --like/, ...draw(model, file));
  await refused(exitCodes.usage, /one of --class/, ...draw(model, file, '--class', '1', '--neuron', '1'));
  await refused(
    exitCodes.usage,
    /class from 0 to 4 or its name, received "5"/,
    ...draw(model, file, '--class', '5'),
  );
  await refused(
    exitCodes.usage,
    /received "e"; there are "bee", "elk"/,
    ...draw(model, file, '--class', 'e'),
  );
  await refused(exitCodes.model, /MODEL_NO_CLASSES/, ...draw(tinyModel, file, '--class', '0'));
  await refused(exitCodes.usage, /neuron from 0 to 11/, ...draw(tinyModel, file, '--neuron', '12'));
  await refused(exitCodes.usage, /whole number/, ...draw(tinyModel, file, '--neuron', '-1'));
  await refused(
    exitCodes.usage,
    /0 to less than 1/,
    ...draw(tinyModel, file, '--neuron', '1', '--lambda', '1'),
  );
  t.throws(() => readFileSync(file), { code: 'ENOENT' });
  writeFileSync(file, 'here');
  await refused(exitCodes.input, /OUTPUT_EXISTS/, ...draw(tinyModel, file, '--neuron', '1'));
});
