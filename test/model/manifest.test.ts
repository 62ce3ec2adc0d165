import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { ModelManifest } from '../../src/model/manifest.ts';
import {
  fingerprint,
  isModelName,
  parseManifest,
  readLabels,
  readManifest,
  toModelName,
} from '../../src/model/manifest.ts';
import { temporaryFolder } from './support.ts';
import { checkout } from '../support/checkout.ts';

const manifest: ModelManifest = {
  whymatch: 1,
  name: 'net',
  file: 'net.onnx',
  sha256: 'ab'.repeat(32),
  bytes: 1000,
  description: 'a net',
  input: {
    width: 224,
    height: 192,
    channels: 'rgb',
    fit: 'contain',
    background: [128, 128, 128],
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  featureTensor: 'features',
  licence: 'MIT',
  provenance: 'a test',
};

test('a manifest survives its JSON, down to the last bit of its numbers', (t) => {
  const file = path.join(temporaryFolder(t), 'net.json');
  writeFileSync(file, JSON.stringify(manifest));
  return readManifest(file).then((read) => t.deepEqual(read, manifest));
});

test('every wrong field is named, with what was expected there', (t) => {
  const input = { ...manifest.input, std: [0.2, 0, 0.2], fit: 'crop', channels: undefined };
  const wrong = { ...manifest, bytes: '1000', name: 'My Net', sha256: 'abc', input, labels: 7 };
  const error = t.throws(() => parseManifest(wrong, 'net.json'), { code: 'MANIFEST_INVALID' });
  for (const field of ['bytes', 'name', 'sha256', 'input.std.1', 'input.fit', 'input.channels', 'labels']) {
    t.true(error?.message.includes(`${field}: `), `${field} in: ${error?.message}`);
  }
  t.regex(error?.message ?? '', /^net\.json: /);
});

test('a misspelt field is refused rather than passed over', (t) => {
  const error = t.throws(() => parseManifest({ ...manifest, featuretensor: 'x' }, 'net.json'), {
    code: 'MANIFEST_INVALID',
  });
  t.regex(error?.message ?? '', /featuretensor/);
  t.throws(() => parseManifest({ ...manifest, input: { ...manifest.input, means: [0, 0, 0] } }, 'net.json'), {
    code: 'MANIFEST_INVALID',
    message: /input: .*means/,
  });
});

test('a manifest of a newer version asks for a newer whymatch; JSON that is none says what is missing', (t) => {
  t.throws(() => parseManifest({ ...manifest, whymatch: 2, colours: 4 }, 'net.json'), {
    code: 'MANIFEST_INVALID',
    message: /version 2; update whymatch/,
  });
  for (const value of [null, 3, [], {}, 'text'])
    t.throws(() => parseManifest(value, 'net.json'), { code: 'MANIFEST_INVALID' });
});

test('a missing file and broken JSON have their own errors, both with the path', async (t) => {
  const folder = temporaryFolder(t);
  const missing = path.join(folder, 'no.json');
  await t.throwsAsync(readManifest(missing), { code: 'MODEL_NOT_FOUND', message: /no\.json/ });
  const broken = path.join(folder, 'broken.json');
  writeFileSync(broken, '{"whymatch": 1,');
  await t.throwsAsync(readManifest(broken), { code: 'MANIFEST_INVALID', message: /broken\.json.*JSON/ });
});

test('labels are a list, or a text file beside the manifest', async (t) => {
  const folder = temporaryFolder(t);
  const at = path.join(folder, 'net.json');
  t.is(await readLabels(manifest, at), undefined);
  t.deepEqual(await readLabels({ ...manifest, labels: ['hat', 'shoe'] }, at), ['hat', 'shoe']);
  writeFileSync(path.join(folder, 'classes.txt'), 'hat\r\nshoe, left\n');
  t.deepEqual(await readLabels({ ...manifest, labels: 'classes.txt' }, at), ['hat', 'shoe, left']);
  await t.throwsAsync(readLabels({ ...manifest, labels: 'none.txt' }, at), {
    code: 'MANIFEST_INVALID',
    message: /labels: .*none\.txt/,
  });
});

test('the fingerprint changes with all that decides an embedding, and with nothing else', (t) => {
  const { input } = manifest;
  const changed = (part: Partial<typeof input>): ModelManifest => ({
    ...manifest,
    input: { ...input, ...part },
  });
  const others = [
    { ...manifest, sha256: 'ac'.repeat(32) },
    { ...manifest, featureTensor: 'other' },
    changed({ width: 225 }),
    changed({ height: 193 }),
    changed({ width: input.height, height: input.width }),
    changed({ channels: 'bgr' }),
    changed({ fit: 'cover' }),
    changed({ background: [128, 128, 127] }),
    changed({ scale: 1 / 256 }),
    changed({ mean: [0.485, 0.456, 0.4061] }),
    changed({ std: [0.229, 0.225, 0.224] }),
    changed({ mean: input.std, std: input.mean }),
  ];
  const print = fingerprint(manifest);
  const prints = [print, ...others.map(fingerprint)];
  t.is(new Set(prints).size, prints.length);
  t.regex(print, /^[0-9a-f]{32}$/);
  const same = { ...manifest, name: 'n', file: 'o', description: '', licence: '', labels: ['a'] };
  t.is(fingerprint(same), print);
  const reordered = JSON.parse(
    JSON.stringify(Object.fromEntries(Object.entries(input).reverse())),
  ) as typeof input;
  t.is(fingerprint({ ...manifest, input: reordered }), print);
});

test('the fingerprint of the default model does not change by accident: catalogues depend on it', (t) => {
  const file = checkout('data/models/whymatch-s.json');
  const embedded = parseManifest(JSON.parse(readFileSync(file, 'utf8')), 'whymatch-s.json');
  t.is(embedded.input.scale, 1 / 255);
  t.is(fingerprint(embedded), '7b9aa38c3a7765b45a566378a198dbe8');
});

test('any text makes a valid model name, and a valid name stays as it is', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 90 }), fc.string({ maxLength: 90 })),
      (text) => {
        const name = toModelName(text);
        return isModelName(name) && toModelName(name) === name;
      },
    ),
  );
  t.is(toModelName('ResNet 50 (v1.5)'), 'resnet-50-v1.5');
  t.is(toModelName('../..'), 'model');
  t.false(isModelName('../etc'));
  t.false(isModelName('a/b'));
});
