import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { likenessOf, type Measured, probabilityOf } from '../../src/search/calibration.ts';
import { readCalibration, saveCalibration } from '../../src/search/calibration-file.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { space, temporaryPath } from './support.ts';

const curve = { at: [0.4, 0.8], probability: [0.1, 0.95] };
const measured = (label: string): Measured => ({
  scores: {
    label,
    date: '2026-01-01T00:00:00.000Z',
    queries: 80,
    curve,
    same: 0.7,
    similar: 0.5,
    error: 0.02,
  },
  names: { [label]: curve },
});

test('what was measured is kept with the catalogue; names of another field stay when one is measured anew', async (t) => {
  const directory = temporaryPath(t);
  const catalog = openCatalog(directory, { space, create: true });
  t.is(await readCalibration(catalog), undefined);
  await saveCalibration(catalog, measured('category'));
  catalog.close();

  // While another process writes: measuring must not wait for a server.
  const writer = openCatalog(directory);
  const reader = openCatalog(directory, { readonly: true });
  await saveCalibration(reader, measured('brand'));
  const known = (await readCalibration(reader))!;
  t.is(known.scores.label, 'brand');
  t.deepEqual(Object.keys(known.names).sort(), ['brand', 'category']);
  t.deepEqual(
    [0.9, 0.7, 0.6, 0.49].map((score) => likenessOf(known, score)),
    ['same', 'same', 'similar', 'weak'],
  );
  t.is(probabilityOf(known, 0.9), 0.95);
  reader.close();
  writer.close();
});

test('a calibration of another model, of a catalogue that was here before, or a damaged one is not used', async (t) => {
  const directory = temporaryPath(t);
  const catalog = openCatalog(directory, { space, create: true });
  t.teardown(() => catalog.close());
  const file = await saveCalibration(catalog, measured('category'));
  const good = readFileSync(file, 'utf8');
  t.truthy(await readCalibration(catalog));
  for (const change of [{ fingerprint: 'other' }, { createdAt: 1 }, { version: 2 }, { scores: null }]) {
    writeFileSync(file, JSON.stringify({ ...JSON.parse(good), ...change }));
    t.is(await readCalibration(catalog), undefined, JSON.stringify(change));
  }
  writeFileSync(file, good.slice(0, 40));
  t.is(await readCalibration(catalog), undefined);
  t.is(file, join(catalog.directory, 'calibration.json'));
});
