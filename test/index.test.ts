/** The package as a library: what src/index.ts shows in its first lines works as it stands there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import * as whymatch from '../src/index.ts';
import { tinyModel } from './cli/cli.ts';
import { writePictures } from './cli/pictures.ts';

test('index, search, explain, report, with nothing but the public surface', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-library-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  await writePictures(path.join(folder, 'photos'), 4);
  const query = { source: path.join(folder, 'photos', '02.png') };

  const model = await whymatch.loadModel(tinyModel);
  const catalog = whymatch.openCatalog(path.join(folder, 'shop'), { space: model, create: true });
  const source = await whymatch.openSource(path.join(folder, 'photos'));
  const indexed = await whymatch.indexItems(source, { store: catalog, embedder: model });
  t.is(indexed.indexed, 4);
  const search = await whymatch.searchByPicture(catalog, model, query, { k: 2 });
  t.is(search.hits[0]?.item.id, '02.png');
  const hits = await whymatch.explainSearch(model, search.query, search.hits, {
    methods: ['guided', 'guided-match'],
  });
  const about = { name: 'shop', items: catalog.count() };
  const html = await whymatch.renderReport({ search, hits, catalog: about, model: model.model });
  t.regex(html, /^<!doctype html>/i);
  catalog.close();

  const pair = await whymatch.explainPair(model, query, { source: path.join(folder, 'photos', '00.png') });
  t.deepEqual(Object.keys(pair.explanation.maps), [whymatch.defaultMethod]);
  const { graph, activations } = whymatch.differentiate(model.graph, { rule: 'guided' });
  t.is(activations, 3);
  t.deepEqual(whymatch.readOnnx(whymatch.writeOnnx(model.graph)).outputs, model.graph.outputs);
  t.deepEqual(graph.inputs, ['image', 'seed']);
  await model.dispose();
  await t.throwsAsync(whymatch.loadModel('no-such-model'), {
    instanceOf: whymatch.AppError,
    code: 'MODEL_NOT_FOUND',
  });
});
