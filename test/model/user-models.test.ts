import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { fingerprint } from '../../src/model/manifest.ts';
import { defaultModel, findModel, listModels, modelFolders } from '../../src/model/registry.ts';
import { addModel, removeModel } from '../../src/model/user-models.ts';
import { classifierFile, networkFile, temporaryFolder } from './support.ts';

test('an added model is found by its name, and does not need its first file any more', async (t) => {
  const home = temporaryFolder(t);
  const source = path.join(temporaryFolder(t), 'My Shoes.onnx');
  writeFileSync(source, classifierFile());
  const added = await addModel(source, { channels: 'bgr' }, { home });
  writeFileSync(source, 'gone');
  t.is(added.manifest.name, 'my-shoes');
  t.true(added.assumed.some((line) => line.startsWith('mean')));
  const found = await findModel('my-shoes', { home });
  t.is(found.origin, 'user');
  t.is(found.manifest.input.channels, 'bgr');
  t.deepEqual(Buffer.from(readFileSync(found.file)), Buffer.from(classifierFile()));
  t.is(path.dirname(found.file), modelFolders({ home }).user);
});

test('a linked model stays where it is, and is not removed with its manifest', async (t) => {
  const home = temporaryFolder(t);
  const source = path.join(temporaryFolder(t), 'net.onnx');
  copyFileSync(networkFile, source);
  await addModel(source, {}, { home, link: true });
  const found = await findModel('net', { home });
  t.is(found.file, source);
  t.deepEqual(readdirSync(modelFolders({ home }).user), ['net.json']);
  await removeModel('net', { home });
  t.true(existsSync(source));
  await t.throwsAsync(findModel('net', { home }), { code: 'MODEL_NOT_FOUND' });
});

test('adding the same file again changes its manifest; another file needs another name, or replace', async (t) => {
  const home = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const [first, second] = [path.join(folder, 'first.onnx'), path.join(folder, 'second.onnx')];
  writeFileSync(first, classifierFile(1));
  writeFileSync(second, classifierFile(2));
  const rgb = await addModel(first, { name: 'net' }, { home });
  const bgr = await addModel(first, { name: 'net', channels: 'bgr' }, { home });
  t.not(fingerprint(rgb.manifest), fingerprint(bgr.manifest));
  t.is((await findModel('net', { home })).manifest.input.channels, 'bgr');

  await t.throwsAsync(addModel(second, { name: 'net' }, { home }), {
    code: 'USAGE',
    message: /another model with the name net/,
  });
  t.is((await findModel('net', { home })).manifest.sha256, bgr.manifest.sha256);
  const replaced = await addModel(second, { name: 'net' }, { home, replace: true });
  t.is((await findModel('net', { home })).manifest.sha256, replaced.manifest.sha256);
  t.is(readdirSync(modelFolders({ home }).user).length, 2, 'the file of the replaced model is gone');
});

test('a manifest beside the file is taken over, its labels with it, and the user’s word goes before it', async (t) => {
  const home = temporaryFolder(t);
  const folder = temporaryFolder(t);
  const source = path.join(folder, 'net.onnx');
  writeFileSync(source, classifierFile());
  const { manifest } = await findModel(source);
  const input = { ...manifest.input, fit: 'cover', mean: [0.5, 0.5, 0.5] };
  const given = { ...manifest, name: 'theirs', labels: 'classes.txt', licence: 'BSD', input };
  writeFileSync(path.join(folder, 'net.json'), JSON.stringify(given));
  writeFileSync(path.join(folder, 'classes.txt'), 'a\nb\nc\nd\ne\n');
  for (const from of [source, path.join(folder, 'net.json')]) {
    const added = await addModel(from, { name: 'ours', channels: 'bgr' }, { home });
    t.deepEqual(added.assumed, []);
    t.like(added.manifest, { name: 'ours', licence: 'BSD', featureTensor: 'maps', logits: 'scores' });
    t.deepEqual(added.manifest.input, {
      ...manifest.input,
      fit: 'cover',
      mean: [0.5, 0.5, 0.5],
      channels: 'bgr',
    });
    t.deepEqual(added.manifest.labels, ['a', 'b', 'c', 'd', 'e']);
  }
});

test('a manifest that lies beside another file is refused', async (t) => {
  const source = path.join(temporaryFolder(t), 'net.onnx');
  writeFileSync(source, classifierFile(1));
  const { manifest } = await findModel(source);
  writeFileSync(source.replace('.onnx', '.json'), JSON.stringify(manifest));
  writeFileSync(source, classifierFile(2));
  await t.throwsAsync(addModel(source, {}, { home: temporaryFolder(t) }), { code: 'MODEL_CHECKSUM' });
});

test('a file that cannot be used leaves nothing in the cache', async (t) => {
  const home = temporaryFolder(t);
  const source = path.join(temporaryFolder(t), 'net.onnx');
  writeFileSync(source, 'no model');
  await t.throwsAsync(addModel(source, {}, { home }), { code: 'MODEL_INVALID' });
  await t.throwsAsync(addModel(networkFile, { featureTensor: 'none' }, { home }), {
    code: 'MODEL_NO_FEATURES',
  });
  t.false(existsSync(modelFolders({ home }).user));
});

test('embedded models keep their name and cannot be removed', async (t) => {
  const home = temporaryFolder(t);
  await t.throwsAsync(addModel(networkFile, { name: defaultModel }, { home }), { code: 'USAGE' });
  await t.throwsAsync(removeModel(defaultModel, { home }), { code: 'USAGE', message: /part of whymatch/ });
  t.is((await findModel(defaultModel, { home })).origin, 'embedded');
});

test('removing takes one model away, a broken one too, and no other', async (t) => {
  const home = temporaryFolder(t);
  const { user } = modelFolders({ home });
  await addModel(networkFile, { name: 'net' }, { home });
  await addModel(networkFile, { name: 'net.2' }, { home });
  await removeModel('net', { home });
  t.is((await findModel('net.2', { home })).manifest.name, 'net.2');
  t.is(readdirSync(user).length, 2);
  writeFileSync(path.join(user, 'net.2.json'), '{}');
  await removeModel('net.2', { home });
  t.deepEqual(readdirSync(user), []);
  await t.throwsAsync(removeModel('net', { home }), { code: 'MODEL_NOT_FOUND' });
  await t.throwsAsync(removeModel('../net', { home }), { code: 'MODEL_NOT_FOUND' });
});

test('a cache that cannot be written is said to be so', async (t) => {
  const home = temporaryFolder(t);
  // A file where the folder should be stops every user, also one whom permissions do not stop.
  writeFileSync(path.join(home, 'models'), '');
  await t.throwsAsync(addModel(networkFile, {}, { home }), {
    code: 'OUTPUT_UNWRITABLE',
    message: /WHYMATCH_HOME/,
  });
});

test('a model in a read-only folder can be added', async (t) => {
  const folder = temporaryFolder(t);
  copyFileSync(networkFile, path.join(folder, 'net.onnx'));
  chmodSync(folder, 0o555);
  t.teardown(() => chmodSync(folder, 0o755));
  const home = temporaryFolder(t);
  await addModel(path.join(folder, 'net.onnx'), {}, { home });
  t.is((await listModels({ home })).models.length, 2);
});
