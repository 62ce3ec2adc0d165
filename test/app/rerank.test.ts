import { rmSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { readPlaces } from '../../src/app/rerank.ts';
import { searchByPicture } from '../../src/app/search.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { patches, writePictures } from '../cli/pictures.ts';
import { temporaryFolder } from '../cli/cli.ts';

const model = await loadModel();
test.after.always(() => model.dispose());

test('re-ranking orders the first hits anew, keeps their cosines, and pages fit together', async (t) => {
  const folder = temporaryFolder(t);
  const pictures = path.join(folder, 'pictures');
  await writePictures(pictures, 12);
  const catalog = openCatalog(path.join(folder, 'shop'), { space: model, create: true });
  t.teardown(() => catalog.close());
  await indexItems(await openSource(pictures), { store: catalog, embedder: model });
  const input = { source: await patches(3).blur(2).png().toBuffer() };
  const search = async (options: object) => (await searchByPicture(catalog, model, input, options)).hits;

  const plain = await search({ k: 12 });
  const reranked = await search({ k: 12, rerank: 8 });
  t.is(reranked[0]!.item.id, '02.png', 'the picture itself, somewhat blurred');
  t.deepEqual(reranked.slice(8), plain.slice(8), 'what comes behind stays');
  const byId = (hits: typeof plain) =>
    Object.fromEntries(hits.map(({ item, score }) => [item.id, score] as const));
  t.deepEqual(byId(reranked), byId(plain));
  const pages = [
    ...(await search({ k: 5, rerank: 8 })),
    ...(await search({ k: 5, offset: 5, rerank: 8 })),
    ...(await search({ k: 5, offset: 10, rerank: 8 })),
  ];
  t.deepEqual(pages, reranked);

  rmSync(path.join(pictures, '02.png'));
  const gone = await readPlaces(model)(reranked.slice(0, 2).map(({ item }) => item));
  t.is(gone[0], undefined);
  t.is(gone[1]!.count, 36);
  t.is((await search({ k: 12, rerank: 8 })).length, 12, 'a hit whose picture is gone is still a hit');

  await t.throwsAsync(search({ rerank: 8, diversity: 0.5 }), { code: 'USAGE' });
  await t.throwsAsync(search({ rerank: 8, offset: -1 }), { instanceOf: RangeError });
  for (const rerank of [0, 1.5, 101]) await t.throwsAsync(search({ rerank }), { code: 'USAGE' });
});
