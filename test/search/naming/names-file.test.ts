import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { probabilitiesOf } from '../../../src/search/naming/namer.ts';
import { forgetNames, type KnownNames, readNames, saveNames } from '../../../src/search/naming/names-file.ts';
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { space, temporaryPath, unitVector } from '../support.ts';

const known = (field: string, names = ['hat', 'shoe', 'sock']): KnownNames => ({
  field,
  namer: {
    names,
    trust: { scores: 0.3, vote: 0.25 },
    discriminant: {
      weights: Float32Array.from({ length: names.length * space.dimension }, (_, i) => Math.sin(i)),
      biases: Float32Array.from(names, (_, k) => (k === 2 ? -Infinity : -k)),
    },
  },
  examples: 60,
  accuracy: { value: 0.8, low: 0.7, high: 0.9 },
  date: '2026-01-01T00:00:00.000Z',
  seq: 60,
  ignoreSame: 'shelf',
});

test('what was learned is kept by field, beside an open writer, and read again when it changes', async (t) => {
  const directory = temporaryPath(t);
  const writer = openCatalog(directory, { space, create: true });
  t.teardown(() => writer.close());
  const reader = openCatalog(directory, { readonly: true });
  t.teardown(() => reader.close());
  t.is((await readNames(reader)).size, 0);
  await saveNames(writer, known('category'));
  const read = (await readNames(reader)).get('category')!;
  t.deepEqual(read, known('category'));
  const embedding = unitVector(1);
  const vote = [{ value: 'shoe', share: 1 }];
  t.deepEqual(
    probabilitiesOf(read.namer, embedding, vote),
    probabilitiesOf(known('category').namer, embedding, vote),
    'to the last bit',
  );
  t.is(probabilitiesOf(read.namer, embedding, vote).get('sock'), 0);
  t.is((await readNames(reader)).get('category'), read, 'not parsed again');

  await saveNames(reader, known('brand', ['a', 'b', 'c', 'd']));
  await saveNames(reader, known('category', ['x', 'y', 'z']));
  const both = await readNames(writer);
  t.deepEqual([...both.keys()], ['category', 'brand']);
  t.deepEqual(both.get('category')!.namer.names, ['x', 'y', 'z']);
  t.true(await forgetNames(writer, 'category'));
  t.false(await forgetNames(writer, 'category'));
  t.deepEqual([...(await readNames(reader)).keys()], ['brand']);
});

test('names of another model, of a catalogue that was here before, or damaged ones are not used', async (t) => {
  const catalog = openCatalog(temporaryPath(t), { space, create: true });
  t.teardown(() => catalog.close());
  const file = await saveNames(catalog, known('category'));
  t.is(file, join(catalog.directory, 'names.json'));
  const good = readFileSync(file, 'utf8');
  // As files were before it was kept how it was asked for.
  writeFileSync(file, good.replace(/"ignoreSame":\s*"shelf",/, ''));
  t.deepEqual((await readNames(catalog)).get('category'), { ...known('category'), ignoreSame: null });
  writeFileSync(file, good);
  for (const change of [
    { fingerprint: 'other' },
    { createdAt: 1 },
    { version: 2 },
    { fields: 3 },
    { dimension: 8 },
  ]) {
    writeFileSync(file, JSON.stringify({ ...JSON.parse(good), ...change }));
    t.is((await readNames(catalog)).size, 0, JSON.stringify(change));
  }
  writeFileSync(file, good.slice(0, 40));
  t.is((await readNames(catalog)).size, 0);
});
