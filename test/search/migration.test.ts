// Catalogues of older formats, as the whymatch of their time wrote them (test/search/fixtures).
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { newItem, openSmall, temporaryPath, unitVector } from './support.ts';
import { checkout } from '../support/checkout.ts';

function oldCatalog(t: ExecutionContext, format: number): string {
  const path = temporaryPath(t);
  mkdirSync(path);
  const file = checkout(`test/search/fixtures/format-${format}/catalog.db`);
  copyFileSync(file, join(path, 'catalog.db'));
  return path;
}

test('a catalogue of format 1 is brought up to date when it is opened for writing, with all it has', async (t) => {
  const path = oldCatalog(t, 1);
  t.throws(() => openCatalog(path, { readonly: true }), {
    code: 'CATALOG_READ_ONLY',
    message: /format 1\. Open it once for writing/,
  });
  const catalog = openSmall(t, path);
  t.like(catalog.info(), { formatVersion: 4, items: 2, failures: 1, seq: 4 });
  t.like(catalog.get('a'), { productId: 'p', metadata: { price: 5, tags: ['x'] } });
  t.deepEqual(catalog.embeddingOf('b'), unitVector(2));

  catalog.fieldIndexes.add('price');
  catalog.put([newItem('d', 4, { metadata: { price: 7 } })]);
  const { hits } = await catalog.search(unitVector(1), { filter: { price: { gte: 5 } } });
  t.deepEqual(
    hits.map(({ item }) => item.id),
    ['a', 'd'],
  );
  catalog.close();
  t.is(openSmall(t, path, { readonly: true }).count(), 3);
});
