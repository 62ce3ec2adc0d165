import { renameSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import type { Metadata } from '../../src/core/item.ts';
import { newItem, newItems, openSmall, space, temporaryPath, unitVector } from './support.ts';

test('what was put is what comes back, after reopening too', (t) => {
  const path = temporaryPath(t);
  const metadata: Metadata = {
    price: 12.5,
    tags: ['a', 'ü', '👟'],
    nested: { none: null, yes: true },
    count: 3,
  };
  const before = Date.now();
  const first = openSmall(t, path);
  first.put([newItem('shoe-1', 7, { productId: 'shoe', metadata })]);
  first.close();

  const catalog = openSmall(t, path);
  const { embedding, ...fields } = newItem('shoe-1', 7, { productId: 'shoe', metadata });
  const { seq, indexedAt, ...item } = catalog.get('shoe-1')!;
  t.deepEqual(item, { ...fields, origin: null, version: null, collection: null });
  t.true(seq > 0);
  t.true(indexedAt >= before && indexedAt <= Date.now());
  t.deepEqual(catalog.embeddingOf('shoe-1'), embedding);
  t.deepEqual(catalog.space, space);
});

test('where a picture came from is kept, and its own copy of it is found when the catalogue has moved', (t) => {
  const path = temporaryPath(t);
  const first = openSmall(t, path);
  const facts = { origin: 'https://shop.example/a.jpg', version: '"v1"', collection: 'shop' };
  first.put([newItem('a', 1, { ...facts, source: join(path, 'pictures', '00', 'a.jpg') })]);
  first.put([newItem('b', 2)]);
  t.is(first.get('a')!.source, join(path, 'pictures', '00', 'a.jpg'));
  first.close();
  renameSync(path, `${path}-moved`);
  const moved = openSmall(t, `${path}-moved`);
  t.like(moved.get('a'), { ...facts, source: join(`${path}-moved`, 'pictures', '00', 'a.jpg') });
  t.is(moved.get('b')!.source, newItem('b', 2).source);
});

test('collections know their items, and a run that goes on counts from the start of the interrupted one', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const started = catalog.collections.begin('shop', '/data/shop.csv');
  catalog.put([2, 1, 3].map((i) => newItem(`i${i}`, i, { collection: 'shop' })));
  catalog.put([newItem('other', 4, { collection: 'x' }), newItem('by-hand', 5)]);
  t.is(catalog.collections.count('shop'), 3);
  t.deepEqual(catalog.collections.ids('shop', { limit: 2, after: '' }), ['i1', 'i2']);
  t.deepEqual(catalog.collections.ids('shop', { limit: 2, after: 'i2' }), ['i3']);
  t.like(catalog.collections.all(), [{ name: 'shop', items: 3, completedAt: null }]);
  while (Date.now() === started);
  t.is(catalog.collections.begin('shop', '/data/shop2.csv'), started);
  catalog.collections.end('shop');
  t.true(catalog.collections.all()[0]!.completedAt! > started);
  t.true(catalog.collections.begin('shop', '/data/shop2.csv') > started);
  t.like(catalog.collections.all(), [{ location: '/data/shop2.csv', completedAt: null }]);
});

test('what is not there is undefined, false or empty', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  t.is(catalog.get('x'), undefined);
  t.is(catalog.embeddingOf('x'), undefined);
  t.is(catalog.findByHash('x'), undefined);
  t.false(catalog.has('x'));
  t.is(catalog.delete(['x']), 0);
  t.is(catalog.count(), 0);
  t.deepEqual(catalog.list(), []);
  t.deepEqual([...catalog.items()], []);
  t.deepEqual(catalog.failures.all(), []);
  t.deepEqual(catalog.metadataFields(), []);
});

test('putting an id again replaces the item', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put([newItem('a', 1), newItem('b', 2)]);
  const before = catalog.get('a')!.seq;
  catalog.put([newItem('a', 3, { width: 10, metadata: { new: true } })]);
  t.is(catalog.count(), 2);
  const after = catalog.get('a')!;
  t.is(after.width, 10);
  t.deepEqual(after.metadata, { new: true });
  t.true(after.seq > before);
  t.deepEqual(catalog.embeddingOf('a'), unitVector(3));
});

test('of equal ids in one batch the last counts', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put([newItem('a', 1), newItem('a', 2), newItem('a', 3)]);
  t.is(catalog.count(), 1);
  t.deepEqual(catalog.embeddingOf('a'), unitVector(3));
});

test('a batch with an unusable item changes nothing', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const bad = [
    { item: newItem('', 1), error: { code: 'ITEM_INVALID' } },
    { item: newItem('x', 1, { embedding: unitVector(1, 8) }), error: { instanceOf: RangeError } },
    { item: newItem('x', 1, { embedding: unitVector(1).fill(0.5) }), error: { message: /length 1/ } },
    {
      item: newItem('x', 1, { embedding: unitVector(1).fill(Number.NaN) }),
      error: { instanceOf: RangeError },
    },
  ];
  for (const { item, error } of bad) {
    t.throws(() => catalog.put([newItem('good', 5), item]), error);
    t.is(catalog.count(), 0);
  }
  catalog.put([newItem('black', 1, { embedding: new Float32Array(space.dimension) })]);
  t.true(catalog.has('black'));
});

test('deleting says how many there were, and every change gets a new seq', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 5));
  const { seq } = catalog.info();
  t.is(catalog.delete(['i1', 'nobody', 'i3', 'i1']), 2);
  t.is(catalog.count(), 3);
  t.false(catalog.has('i1'));
  t.true(catalog.info().seq > seq);
  catalog.put([newItem('i1', 1)]);
  t.true(catalog.get('i1')!.seq > seq + 2);
});

test('a seq is never used again, whatever was deleted before a restart', (t) => {
  const path = temporaryPath(t);
  const first = openSmall(t, path);
  first.put(newItems(0, 3));
  first.delete(['i2', 'i1', 'i0']);
  const { seq } = first.info();
  first.close();
  const catalog = openSmall(t, path);
  catalog.put([newItem('a', 1)]);
  t.true(catalog.get('a')!.seq > seq);
});

test('list pages through the ids in order, and items() through them all', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 1203));
  const ids = newItems(0, 1203)
    .map(({ id }) => id)
    .sort();
  t.deepEqual(
    catalog.list({ limit: 10 }).map(({ id }) => id),
    ids.slice(0, 10),
  );
  t.deepEqual(
    catalog.list({ limit: 3, after: ids[9]! }).map(({ id }) => id),
    ids.slice(10, 13),
  );
  t.deepEqual(
    [...catalog.items()].map(({ id }) => id),
    ids,
  );
});

test('items may be changed while items() runs', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put(newItems(0, 600));
  for (const { id } of catalog.items()) catalog.delete([id]);
  t.is(catalog.count(), 0);
});

test('the bytes of a picture lead to its embedding', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put([newItem('a', 4, { contentHash: 'same' }), newItem('b', 4, { contentHash: 'same' })]);
  const found = catalog.findByHash('same')!;
  t.true(['a', 'b'].includes(found.item.id));
  t.deepEqual(found.embedding, unitVector(4));
  catalog.delete(['a', 'b']);
  t.is(catalog.findByHash('same'), undefined);
});

test('metadataFields names every field once, in order', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  catalog.put([
    newItem('a', 1, { metadata: { price: 1, colour: 'red' } }),
    newItem('b', 2, { metadata: { price: 2, size: { eu: 40 } } }),
    newItem('c', 3),
  ]);
  t.deepEqual(catalog.metadataFields(), ['colour', 'price', 'size']);
});

test('failures count their attempts, and end when the item is indexed or the failure cleared', (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const fail = (source: string, id: string | null, message: string) =>
    catalog.failures.record({ source, id, code: 'IMAGE_CORRUPT', message });
  fail('/pictures/a.jpg', 'a', 'cut');
  fail('/pictures/a.jpg', 'a', 'still cut');
  fail('/pictures/b.jpg', null, 'cut');
  fail('/pictures/c.jpg', 'c', 'cut');
  t.like(catalog.failures.all(), [
    { source: '/pictures/a.jpg', id: 'a', code: 'IMAGE_CORRUPT', message: 'still cut', attempt: 2 },
    { source: '/pictures/b.jpg', id: null, attempt: 1 },
    { source: '/pictures/c.jpg', id: 'c', attempt: 1 },
  ]);
  t.is(catalog.info().failures, 3);
  catalog.put([newItem('a', 1), newItem('b', 2)]);
  t.deepEqual(
    catalog.failures.all().map(({ id }) => id),
    ['c'],
  );
  t.true(catalog.failures.clear('/pictures/c.jpg', 'c'));
  t.false(catalog.failures.clear('/pictures/c.jpg', 'c'));
  t.deepEqual(catalog.failures.all(), []);
});

test('info says what the catalogue is', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  catalog.put(newItems(0, 120));
  t.is(catalog.info().index.method, 'none');
  await catalog.saveIndex();
  const info = catalog.info();
  t.like(info, { directory: path, formatVersion: 4, readonly: false, items: 120, failures: 0, seq: 120 });
  t.deepEqual(info.space, space);
  t.is(info.index.method, 'none');
  await catalog.search(unitVector(1));
  t.like(catalog.info().index, { method: 'hnsw', size: 120, tail: 0, seq: 120 });
  t.true(info.bytes.database > 120 * space.dimension * 4);
  t.true(info.bytes.index > 120 * space.dimension * 4);
});
