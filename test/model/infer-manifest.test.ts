import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import type { ManifestOverrides } from '../../src/model/infer-manifest.ts';
import { inferManifest } from '../../src/model/infer-manifest.ts';
import { parseManifest } from '../../src/model/manifest.ts';
import { imagenetInput, zoo } from '../../src/model/zoo.ts';
import { floatTensor, onnxFile, onnxNode } from '../support/onnx-file.ts';
import { tensor } from '../../src/core/tensor.ts';
import { classifierFile, networkFile, sha256, temporaryFolder } from './support.ts';
import { checkout } from '../support/checkout.ts';

test('the file gives size, checksum, features and scores; the rest is assumed, and said to be', async (t) => {
  const file = path.join(temporaryFolder(t), 'My Net.onnx');
  const bytes = classifierFile();
  writeFileSync(file, bytes);
  const { manifest, assumed } = await inferManifest(file);
  t.is(manifest.name, 'my-net');
  t.is(manifest.file, 'My Net.onnx');
  t.is(manifest.sha256, sha256(bytes));
  t.is(manifest.bytes, bytes.length);
  t.deepEqual(manifest.input, { ...imagenetInput, width: 8, height: 8 });
  t.is(manifest.featureTensor, 'maps');
  t.is(manifest.logits, 'scores', 'before the softmax');
  const fields = assumed.map((line) => line.slice(0, line.indexOf(':')));
  t.deepEqual(fields.toSorted(), [
    'background',
    'channels',
    'featureTensor',
    'fit',
    'logits',
    'mean',
    'scale',
    'std',
  ]);
});

test('whatever the user says is taken, and no longer listed as assumed', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.onnx');
  writeFileSync(file, classifierFile());
  const overrides: ManifestOverrides = {
    name: 'shoes',
    channels: 'bgr',
    scale: 1,
    mean: [104, 117, 123],
    std: [1, 1, 1],
    fit: 'cover',
    background: [0, 0, 0],
    size: { width: 8, height: 8 },
    featureTensor: 'sums',
    logits: 'y',
    labels: ['a', 'b', 'c', 'd', 'e'],
    licence: 'MIT',
    provenance: 'ours',
    description: 'finds shoes',
    sources: ['https://models.example/shoes.onnx'],
  };
  const { manifest, assumed } = await inferManifest(file, overrides);
  t.deepEqual(assumed, []);
  const { size: _, ...said } = overrides;
  t.like({ ...manifest, ...manifest.input }, said);
});

test('a size that the file leaves open is 224 unless the user says another', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.onnx');
  writeFileSync(file, classifierFile(1, ['height', 'width']));
  const open = await inferManifest(file);
  t.like(open.manifest.input, { width: 224, height: 224 });
  t.true(open.assumed.some((line) => line.startsWith('size: 224×224')));
  const said = await inferManifest(file, { size: { width: 64, height: 32 } });
  t.like(said.manifest.input, { width: 64, height: 32 });
  t.false(said.assumed.some((line) => line.startsWith('size')));
});

test('channels that come last do not mix up the size', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.onnx');
  const kernel = floatTensor('kernel', tensor([2, 3, 1, 1], Float32Array.from([1, 2, 3, 4, 5, 6])));
  const nodes = [
    onnxNode('Transpose', ['image'], ['planes'], { perm: [0, 3, 1, 2] }),
    onnxNode('Conv', ['planes', 'kernel'], ['y']),
  ];
  writeFileSync(
    file,
    onnxFile({ opset: 13, nodes, initializers: [kernel], inputs: { image: [1, 7, 9, 3] } }),
  );
  const { manifest } = await inferManifest(file);
  t.like(manifest.input, { height: 7, width: 9 });
});

test('a network that ends in features has no scores', async (t) => {
  const { manifest } = await inferManifest(networkFile);
  t.is(manifest.featureTensor, 'features');
  t.false('logits' in manifest);
});

test('what the user says is checked against the file', async (t) => {
  const wrong = (overrides: ManifestOverrides) => inferManifest(networkFile, overrides);
  await t.throwsAsync(wrong({ size: { width: 30, height: 24 } }), {
    code: 'MANIFEST_INVALID',
    message: /size: expected 24×24, which the file fixes, received 30×24/,
  });
  await t.throwsAsync(wrong({ featureTensor: 'conv99' }), { code: 'MODEL_NO_FEATURES', message: /conv99/ });
  await t.throwsAsync(wrong({ logits: 'features' }), { code: 'MANIFEST_INVALID', message: /logits/ });
  await t.throwsAsync(wrong({ std: [1, 1, 0] }), { code: 'MANIFEST_INVALID', message: /input\.std\.2/ });
  await t.throwsAsync(wrong({ name: 'a b' }), { code: 'MANIFEST_INVALID', message: /name/ });
});

test('what is no model is refused with a code', async (t) => {
  const folder = temporaryFolder(t);
  await t.throwsAsync(inferManifest(path.join(folder, 'none.onnx')), { code: 'MODEL_NOT_FOUND' });
  await t.throwsAsync(inferManifest(folder), { code: 'MODEL_INVALID' });
  const text = path.join(folder, 'text.onnx');
  writeFileSync(text, 'version https://git-lfs.github.com/spec/v1\n');
  await t.throwsAsync(inferManifest(text), { code: 'MODEL_INVALID' });
});

test('every known model makes a valid manifest, from mirrors that serve https', (t) => {
  for (const { name, sources, bytes, sha256, input, description, licence, provenance } of zoo) {
    const base = { whymatch: 1, file: `${name}.onnx`, featureTensor: 'x' };
    parseManifest({ ...base, name, sources, bytes, sha256, input, description, licence, provenance }, name);
    t.true(sources.length > 1 && sources.every((url) => url.startsWith('https://')));
  }
  t.is(new Set(zoo.map(({ sha256 }) => sha256)).size, zoo.length);
});

test('a file of the table is known by its bytes, whatever it is called', async (t) => {
  const file = checkout('../shared/models/squeezenet1.1-fp16.onnx');
  if (!existsSync(file)) {
    t.log('skipped: ../shared/models/squeezenet1.1-fp16.onnx is not there');
    t.pass();
    return;
  }
  const { manifest, assumed } = await inferManifest(file);
  t.deepEqual(assumed, []);
  t.like(manifest, {
    name: 'squeezenet1.1-fp16',
    featureTensor: 'fire9/concat_1',
    logits: 'pool10_1',
    licence: 'MIT',
  });
  t.like(manifest.input, { channels: 'bgr', scale: 1, width: 224, height: 224, fit: 'contain' });
  t.deepEqual(manifest.input.mean, [104, 117, 123]);
});
