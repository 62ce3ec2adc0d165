import { copyFileSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { AppError } from '../../src/core/errors.ts';
import { pullModel } from '../../src/model/download.ts';
import { defaultModel, findModel, modelFolders } from '../../src/model/registry.ts';
import { addModel } from '../../src/model/user-models.ts';
import { classifierFile, entryFor, sendFile, serve, temporaryFolder } from './support.ts';

const bytes = classifierFile();

test('a pulled model has the input that the table says, features from its graph, and is found by name', async (t) => {
  const home = temporaryFolder(t);
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  const entry = entryFor('net', bytes, [`${server.url}/net.onnx`]);
  const pulled = await pullModel(entry, { home });
  const { input, licence, provenance, sources, description } = entry;
  t.like(pulled.manifest, { name: 'net', featureTensor: 'maps', logits: 'scores', licence, provenance });
  t.deepEqual(pulled.manifest.input, input);
  t.deepEqual([pulled.manifest.sources, pulled.manifest.description], [sources, description]);
  const found = await findModel('net', { home });
  t.deepEqual(found, pulled);
  t.true(readFileSync(found.file).equals(bytes));
});

test('what is installed is not pulled again, unless it is damaged', async (t) => {
  const home = temporaryFolder(t);
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  const entry = entryFor('net', bytes, [server.url]);
  const { file, manifestFile } = await pullModel(entry, { home });
  await pullModel(entry, { home });
  t.is(server.ranges.length, 1);
  truncateSync(file, 100);
  await pullModel(entry, { home });
  t.is(server.ranges.length, 2);
  t.true(readFileSync(file).equals(bytes));
  // As when it was killed between the file and its manifest.
  rmSync(manifestFile!);
  await pullModel(entry, { home });
  t.is(server.ranges.length, 2);
  t.is((await findModel('net', { home })).file, file);
});

test('a model that was added by hand keeps the manifest that its user gave it', async (t) => {
  const home = temporaryFolder(t);
  const source = path.join(temporaryFolder(t), 'net.onnx');
  writeFileSync(source, bytes);
  await addModel(source, { fit: 'cover' }, { home });
  const pulled = await pullModel(entryFor('net', bytes, []), { home });
  t.is(pulled.manifest.input.fit, 'cover');
});

test('the name of another model is not taken over', async (t) => {
  const home = temporaryFolder(t);
  const source = path.join(temporaryFolder(t), 'net.onnx');
  writeFileSync(source, classifierFile(2));
  const { manifest } = await addModel(source, {}, { home });
  await t.throwsAsync(pullModel(entryFor('net', bytes, []), { home }), { code: 'USAGE' });
  t.is((await findModel('net', { home })).manifest.sha256, manifest.sha256);
});

test('embedded models need no pull; unknown names are told what there is', async (t) => {
  const home = temporaryFolder(t);
  t.is((await pullModel(defaultModel, { home })).origin, 'embedded');
  await t.throwsAsync(pullModel('resnet18', { home }), {
    code: 'MODEL_NOT_FOUND',
    message: /did you mean resnet18-v1-7/,
  });
});

test('a mirror of one’s own is asked first, under the model’s name', async (t) => {
  const home = temporaryFolder(t);
  const asked: string[] = [];
  const server = await serve(t, (request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/theirs') sendFile(request, response, bytes);
    else response.writeHead(404).end();
  });
  await pullModel(entryFor('net', bytes, [`${server.url}/theirs`]), {
    home,
    mirrors: [`${server.url}/ours/`],
  });
  t.deepEqual(asked, ['/ours/net.onnx', '/theirs']);
});

test('when no mirror helps, the error says why for each, and how to do it by hand', async (t) => {
  const home = temporaryFolder(t);
  const server = await serve(t, (request, response) => {
    if (request.url === '/cut')
      sendFile(request, response, bytes, { cutAfter: request.headers.range ? 0 : 100 });
    else response.writeHead(410).end();
  });
  const entry = entryFor('net', bytes, [`${server.url}/gone`, `${server.url}/cut`]);
  const error = await t.throwsAsync<AppError>(pullModel(entry, { home, retryDelay: 1 }), {
    code: 'MODEL_DOWNLOAD',
  });
  for (const part of ['/gone: HTTP 410', '/cut: ', '100 of ', entry.sha256, 'whymatch model add FILE'])
    t.true(error?.message.includes(part), `${part} in ${error?.message}`);
  t.true(Array.isArray(error?.details['mirrors']));
  await t.throwsAsync(findModel('net', { home }), { code: 'MODEL_NOT_FOUND' });

  // By hand: the same bytes under any name are recognised when they are in the table; here they only have to be found.
  const copy = path.join(temporaryFolder(t), 'net.onnx');
  writeFileSync(copy, bytes);
  copyFileSync(copy, copy.replace('net', 'net2'));
  await addModel(copy, {}, { home });
  t.is((await findModel('net', { home })).manifest.sha256, entry.sha256);
});

test('two pulls at once both succeed and leave one file', async (t) => {
  const home = temporaryFolder(t);
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  const entry = entryFor('net', bytes, [server.url]);
  const [a, b] = await Promise.all([pullModel(entry, { home }), pullModel(entry, { home })]);
  t.deepEqual(a, b);
  t.deepEqual(readdirSync(modelFolders({ home }).user).sort(), [path.basename(a.file), 'net.json'].sort());
});
