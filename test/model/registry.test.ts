import { appendFileSync, copyFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { inferManifest } from '../../src/model/infer-manifest.ts';
import { defaultModel, findModel, listModels, modelFolders } from '../../src/model/registry.ts';
import { addModel } from '../../src/model/user-models.ts';
import { zoo } from '../../src/model/zoo.ts';
import { networkFile, temporaryFolder } from './support.ts';

test('the default model is found, is what its manifest says, and needs no cache folder', async (t) => {
  const home = path.join(temporaryFolder(t), 'not', 'there');
  const model = await findModel(defaultModel, { home });
  t.is(model.origin, 'embedded');
  t.is(statSync(model.file).size, model.manifest.bytes);
  const { models, broken, available } = await listModels({ home });
  t.deepEqual(
    models.map(({ manifest }) => manifest.name),
    [defaultModel],
  );
  t.deepEqual(broken, []);
  t.deepEqual(available, zoo);
  t.is(path.basename(modelFolders({ home }).embedded), 'models');
});

test('the manifest that comes with the default model is what its file implies', async (t) => {
  const { manifest, file } = await findModel(defaultModel);
  const inferred = await inferManifest(file);
  t.deepEqual(
    { ...inferred.manifest.input, tensor: inferred.manifest.featureTensor },
    { ...manifest.input, tensor: manifest.featureTensor },
  );
});

test('an unknown name lists what is there and what comes near', async (t) => {
  const home = temporaryFolder(t);
  await t.throwsAsync(findModel('whymach-s', { home }), {
    code: 'MODEL_NOT_FOUND',
    message:
      /"whymach-s" is not known; did you mean whymatch-s\?; installed: whymatch-s; to download: .*vgg16-12/,
  });
  await t.throwsAsync(findModel('resnet50', { home }), { message: /did you mean resnet50-v1-12\?/ });
  await t.throwsAsync(findModel('vgg16-12', { home }), {
    code: 'MODEL_NOT_FOUND',
    message: /whymatch model pull vgg16-12/,
  });
  await t.throwsAsync(findModel('..', { home }), { code: 'MODEL_NOT_FOUND' });
});

test('names are found in any case', async (t) => {
  t.is((await findModel('WhyMatch-S')).manifest.name, defaultModel);
});

test('an .onnx file without a manifest gets one inferred; with one beside it, that one counts', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.onnx');
  copyFileSync(networkFile, file);
  const inferred = await findModel(file);
  t.is(inferred.origin, 'path');
  t.is(inferred.manifestFile, undefined);
  t.true(inferred.assumed.length > 0);

  const manifestFile = file.replace('.onnx', '.json');
  const written = { ...inferred.manifest, name: 'by-hand', licence: 'MIT' };
  writeFileSync(manifestFile, JSON.stringify(written));
  for (const given of [file, manifestFile, path.relative(process.cwd(), file)]) {
    const found = await findModel(given);
    t.deepEqual(found, { manifest: written, file, manifestFile, origin: 'path', assumed: [] });
  }
});

test('a JSON file beside a model that is no manifest, or of another model, is left alone', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.onnx');
  copyFileSync(networkFile, file);
  const manifestFile = file.replace('.onnx', '.json');
  for (const text of ['{"epochs": 7}', '[1, 2]', 'no json at all']) {
    writeFileSync(manifestFile, text);
    t.is((await findModel(file)).manifestFile, undefined, text);
  }
  const { manifest } = await inferManifest(file);
  writeFileSync(manifestFile, JSON.stringify({ ...manifest, file: 'other.onnx' }));
  t.is((await findModel(file)).manifestFile, undefined);
});

test('a manifest with a mistake is reported, not passed over', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.onnx');
  copyFileSync(networkFile, file);
  const { manifest } = await inferManifest(file);
  writeFileSync(file.replace('.onnx', '.json'), JSON.stringify({ ...manifest, bytes: -1 }));
  await t.throwsAsync(findModel(file), { code: 'MANIFEST_INVALID', message: /bytes/ });
  writeFileSync(file.replace('.onnx', '.json'), JSON.stringify({ ...manifest, whymatch: 2 }));
  await t.throwsAsync(findModel(file), { code: 'MANIFEST_INVALID', message: /update whymatch/ });
});

test('a file that changed after its manifest was written is refused, by size or by checksum', async (t) => {
  const home = temporaryFolder(t);
  const { file } = await addModel(networkFile, { name: 'net' }, { home });
  appendFileSync(file, 'x');
  await t.throwsAsync(findModel('net', { home }), {
    code: 'MODEL_CHECKSUM',
    message: /expected 7616 bytes, received 7617; run "whymatch model remove net"/,
  });
  writeFileSync(file, Buffer.alloc(7616));
  await t.throwsAsync(findModel('net', { home }), {
    code: 'MODEL_CHECKSUM',
    message: /expected SHA-256 [0-9a-f]{64}, received [0-9a-f]{64}/,
  });
});

test('one broken manifest, or one whose file is gone, does not hide the other models', async (t) => {
  const home = temporaryFolder(t);
  await addModel(networkFile, { name: 'good' }, { home });
  const { file } = await addModel(networkFile, { name: 'lost' }, { home });
  rmSync(file);
  const { user } = modelFolders({ home });
  writeFileSync(path.join(user, 'broken.json'), '{');
  mkdirSync(path.join(user, 'folder.json'));
  const { models, broken } = await listModels({ home });
  t.deepEqual(
    models.map(({ manifest, origin }) => `${manifest.name} ${origin}`),
    ['whymatch-s embedded', 'good user'],
  );
  t.deepEqual(
    broken.map(({ manifestFile }) => path.basename(manifestFile)),
    ['broken.json', 'folder.json', 'lost.json'],
  );
});
