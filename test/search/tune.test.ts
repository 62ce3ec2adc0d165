import test from 'ava';
import { clusteredVectors, newItem, openSmall, space, temporaryPath } from './support.ts';

test('tuning measures the graph by ef and others of a sample, suggests the smallest ef that finds enough, and keeps it', async (t) => {
  const path = temporaryPath(t);
  const catalog = openSmall(t, path);
  const vectors = clusteredVectors(1200, space.dimension, 9);
  catalog.put(vectors.map((embedding, i) => newItem(`i${i}`, i, { embedding })));
  const unbuilt = await catalog.tuning.measure({ sample: 300, queries: 50 });
  t.like(unbuilt, { items: 1200, byEf: [], ef: undefined, sample: 300 });
  await catalog.saveIndex();

  const report = await catalog.tuning.measure({ sample: 300, queries: 50, recall: 0.95 });
  const recalls = report.byEf.map(({ recall }) => recall);
  t.true(recalls.at(-1)! > 0.99);
  t.true(recalls.every((recall, i) => i === 0 || recall >= recalls[i - 1]! - 0.02));
  const suggested = report.byEf.findIndex(({ ef }) => ef === report.ef);
  t.true(recalls[suggested]! >= 0.95);
  t.true(recalls.slice(0, suggested).every((recall) => recall < 0.95));
  t.is(report.graphs.length, 5);
  t.true(report.graphs.every(({ addMs, p50, recall }) => addMs > 0 && p50 > 0 && recall > 0.8));

  t.deepEqual(catalog.tuning.kept(), {});
  catalog.tuning.keep({ ef: report.ef });
  catalog.tuning.keep({ ef: undefined, m: 8 });
  t.deepEqual(catalog.tuning.kept(), { ef: report.ef, m: 8 });
  catalog.close();
  const next = openSmall(t, path, { readonly: true });
  t.deepEqual(next.tuning.kept(), { ef: report.ef, m: 8 });
  t.is((await next.search(vectors[3]!, { k: 1 })).hits[0]!.item.id, 'i3');
});
