// A source that is broken in twenty ways. `npm run bench -- broken-source` does the same with 10,000 pictures and the default model.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { makeBrokenFolder } from '../../scripts/bench/broken-folder.ts';
import { countsOf, workshop } from './workshop.ts';

test('2,000 pictures, 3 % broken in twenty ways: the run ends, each fault is listed, a second run embeds nothing', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const shop = path.join(folder, 'shop');
  mkdirSync(shop);
  const { table, rows, faults } = await makeBrokenFolder(shop, 2000);
  t.is(faults.length, 60);
  const expected = faults.map(([idOrLine, code]) => `${idOrLine} ${code}`).sort();
  const listed = () =>
    catalog.failures
      .all()
      .map(
        ({ id, source, code }) =>
          `${source.startsWith(`${table}:`) ? source.slice(table.length + 1) : id} ${code}`,
      )
      .sort();

  const first = await index({}, 'shop/items.csv');
  t.is(first.failed, 60);
  t.is(first.indexed + first.reused, rows - 60);
  t.is(first.reused > 0 && first.indexed > 1900, true);
  t.deepEqual(listed(), expected);
  t.is(catalog.count(), rows - 60);
  t.is(embedder.embedded, first.indexed);

  const again = await index({}, 'shop/items.csv');
  t.deepEqual(countsOf(again), { unchanged: rows - 60, failed: 60 });
  t.is(embedder.embedded, first.indexed);
  t.deepEqual(listed(), expected);
  t.true(catalog.failures.all().every(({ attempt }) => attempt === 2));
});
