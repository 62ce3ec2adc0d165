import test from 'ava';
import fc from 'fast-check';
import { IdMap } from '../../src/indexer/id-map.ts';

test('property: it answers as a Map does', (t) => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string(), fc.integer({ min: 1, max: 0xffff_ffff }))), (entries) => {
      const ids = new IdMap();
      const oracle = new Map<string, number>();
      for (const [id, number] of entries) {
        t.is(ids.add(id, number), oracle.get(id));
        if (!oracle.has(id)) oracle.set(id, number);
      }
      t.is(ids.size, oracle.size);
      for (const id of ['', 'a', 'b', ...oracle.keys()]) t.is(ids.has(id), oracle.has(id));
    }),
  );
});

test('100,000 ids take the room of 100,000 hashes, however long they are', (t) => {
  const ids = new IdMap();
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 1; i <= 100_000; i++) ids.add(`https://shop.example/${'a'.repeat(200)}/${i}.jpg`, i);
  for (let i = 1; i <= 100_000; i += 997)
    t.is(ids.add(`https://shop.example/${'a'.repeat(200)}/${i}.jpg`, 1), i);
  t.is(ids.size, 100_000);
  t.true(process.memoryUsage().arrayBuffers - before < 20_000_000);
});
