import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { AppError } from '../../src/core/errors.ts';
import { matchesFacts, verifyFile, writeFileAtomic, writing } from '../../src/model/model-files.ts';
import { sha256, temporaryFolder } from './support.ts';

test('a file is replaced as a whole, or stays as it was, and nothing is left beside it', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'net.json');
  await writeFileAtomic(file, 'first');
  await writeFileAtomic(file, 'second');
  t.is(readFileSync(file, 'utf8'), 'second');
  const blocked = path.join(folder, 'blocked.json');
  mkdirSync(path.join(blocked, 'x'), { recursive: true });
  await t.throwsAsync(writeFileAtomic(blocked, 'text'), {
    code: 'OUTPUT_UNWRITABLE',
    message: /blocked\.json cannot be written/,
  });
  t.deepEqual(readdirSync(folder), ['blocked.json', 'net.json']);
});

test('only what the system says becomes a write error', async (t) => {
  const own = new AppError('MODEL_CHECKSUM', 'changed');
  t.is(await t.throwsAsync(writing('x', () => Promise.reject(own))), own);
  const bug = new TypeError('a bug');
  t.is(await t.throwsAsync(writing('x', () => Promise.reject(bug))), bug);
});

test('a checksum finds one changed bit, and a missing file is not a wrong one', async (t) => {
  const file = path.join(temporaryFolder(t), 'net.onnx');
  const bytes = Buffer.from('weights');
  const facts = { bytes: bytes.length, sha256: sha256(bytes) };
  t.false(await matchesFacts(file, facts));
  await t.throwsAsync(verifyFile(file, facts), { code: 'MODEL_NOT_FOUND' });
  writeFileSync(file, bytes);
  t.true(await matchesFacts(file, facts));
  await t.notThrowsAsync(verifyFile(file, facts));
  bytes[3]! ^= 1;
  writeFileSync(file, bytes);
  t.false(await matchesFacts(file, facts));
  await t.throwsAsync(verifyFile(file, facts, 'do this'), { code: 'MODEL_CHECKSUM', message: /do this$/ });
});
