import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { closerPart, likenessOfLooks, looksOf } from '../../src/app/looks.ts';
import { examinePicture, type ExaminedPicture } from '../../src/app/pictures.ts';
import { lookAtObject } from '../../src/app/query.ts';
import { readLooks, reordered, valuesOf } from '../../src/app/rerank.ts';
import type { Rect } from '../../src/core/geometry.ts';
import type { Item } from '../../src/core/item.ts';
import { dot } from '../../src/core/vector.ts';
import { explainSearch, type PictureSearch, searchByPicture } from '../../src/app/search.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { loadModel } from '../../src/model/load-model.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { encode } from '../../src/image/encode.ts';
import { pictureOf } from '../../src/image/transform/render.ts';
import { filled, pasted } from '../../src/image/transform/raster.ts';
import type { Pixels } from '../../src/image/pixels.ts';
import { renderReport } from '../../src/report/report.ts';
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
  const input = { source: await patches(1).blur(2).png().toBuffer() };
  const search = async (options: object) => (await searchByPicture(catalog, model, input, options)).hits;

  const plain = await search({ k: 12 });
  const reranked = await search({ k: 12, rerank: 8 });
  t.is(reranked[0]!.item.id, '00.png', 'the picture itself, somewhat blurred');
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

  rmSync(path.join(pictures, '00.png'));
  const [gone, there] = await readLooks(model)(reranked.slice(0, 2).map(({ item }) => item));
  t.is(gone, undefined);
  t.deepEqual(
    there!.map(({ places }) => places.count),
    [36, 36],
    'the whole and its middle',
  );
  t.is((await search({ k: 12, rerank: 8 })).length, 12, 'a hit whose picture is gone is still a hit');

  await t.throwsAsync(search({ rerank: 8, diversity: 0.5 }), { code: 'USAGE' });
  await t.throwsAsync(search({ rerank: 8, offset: -1 }), { instanceOf: RangeError });
  for (const rerank of [0, 1.5, 101]) await t.throwsAsync(search({ rerank }), { code: 'USAGE' });
});

const side = 192;

const pixelsOfPatches = async (seed: number, size: number): Promise<Pixels> => ({
  width: size,
  height: size,
  channels: 3,
  data: new Uint8Array(await patches(seed, size, size).raw().toBuffer()),
});

const placed = (share: number) => ({ x: share * side, y: share * side });

/** Two patterns: one in the middle, the other around it. */
const nested = async (i: number): Promise<Pixels> =>
  pasted(await pixelsOfPatches(i, side), await pixelsOfPatches(100 + i, side / 2), placed(1 / 4));

/** The same, small: on a plain ground, every time somewhere else. */
const small = async (i: number): Promise<Pixels> =>
  pasted(filled({ width: 2 * side, height: 2 * side }, [230, 230, 225]), await nested(i), {
    x: 24 * i,
    y: side - 24 * i,
  });

/** Maps and figures are of the parts that placed a hit, and go back to where these are in the whole pictures. */
async function explainedAsCompared(t: ExecutionContext, { query, hits }: PictureSearch): Promise<void> {
  const explained = await explainSearch(model, query, hits, { methods: ['guided-match'] });
  t.deepEqual(
    explained.map(({ item, looks }) => [item.id, looks]),
    hits.map(({ item, looks }) => [item.id, looks]),
  );
  for (const [i, { looks, score, explained: pair }] of explained.entries()) {
    const { query: asked, picture, explanation } = pair!;
    const seenOf = (part: Rect | null, { placement }: ExaminedPicture) =>
      t.deepEqual(placement.source, part ?? { x: 0, y: 0, ...placement.picture });
    seenOf(looks!.query, asked);
    seenOf(looks!.hit, picture);
    t.true(Math.abs(explanation.score - dot(asked.subject.unit, picture.subject.unit)) < 1e-6);
    if (!looks!.query && !looks!.hit) t.true(Math.abs(explanation.score - score) < 1e-4, `hit ${i}`);
  }
  const near = explained.find(({ item }) => item.id === '2.png')!;
  t.true(near.explained!.explanation.score > near.score + 0.1, 'the middle is more alike than the whole');
  const catalog = { name: 'shop', items: hits.length };
  const search = { query, method: 'exact', timings: { query: 1, search: 1 } } as const;
  const page = await renderReport({ search, hits: explained, catalog, model: model.model });
  t.regex(page, /Compared are the query and the framed part of the hit, which were found most alike/);
}

test('what is photographed from near is found by the middles of the items, what is small by the object of the query', async (t) => {
  const folder = temporaryFolder(t);
  const pictures = path.join(folder, 'pictures');
  mkdirSync(pictures);
  const count = 8;
  for (let i = 0; i < count; i++) {
    writeFileSync(path.join(pictures, `${i}.png`), await encode(await nested(i)));
  }
  const catalog = openCatalog(path.join(folder, 'shop'), { space: model, create: true });
  t.teardown(() => catalog.close());
  await indexItems(await openSource(pictures), { store: catalog, embedder: model });
  const found = async (query: (i: number) => Promise<Pixels>, rerank?: number) => {
    let right = 0;
    for (let i = 0; i < count; i++) {
      const input = { source: await pictureOf(await query(i)) };
      const { hits } = await searchByPicture(catalog, model, input, { unframe: false, rerank });
      if (hits[0]!.item.id === `${i}.png`) right++;
    }
    return right;
  };
  const near = (i: number) => pixelsOfPatches(100 + i, side);
  const photo = { source: await pictureOf(await near(2)) };
  const closely = await searchByPicture(catalog, model, photo, { unframe: false, rerank: count });
  const first = closely.hits.find(({ item }) => item.id === '2.png');
  t.deepEqual(
    first!.looks!.hit,
    closerPart({ width: side, height: side }),
    'the middle of what is seen from near',
  );
  await explainedAsCompared(t, closely);
  t.true((await found(near)) <= count / 2);
  t.true((await found(near, count)) >= count - 1);
  t.true((await found(small, count)) >= (await found(small)) + 2);

  const query = await examinePicture(model, { source: await pictureOf(await small(3)) });
  const { embedding, seen } = await lookAtObject(model, query, { object: true });
  t.is(embedding, query.subject.unit, 'the direction stays that of the whole picture');
  t.is(seen.length, 2);
  const [item] = await readLooks(model)([catalog.get('3.png')!]);
  const looks = looksOf(seen);
  const best = likenessOfLooks(looks, item!);
  t.true(best.value > likenessOfLooks(looks.slice(0, 1), item!).value + 0.03);
  t.true(Math.abs(best.value - likenessOfLooks(item!, looks).value) < 1e-9);
  t.deepEqual(best.query, looks[1]!.part, 'the object of the query was more alike than the whole');
});

test('the middle of a picture is half of either side, and nothing where that is too small', (t) => {
  t.deepEqual(closerPart({ width: 400, height: 300 }), { x: 100, y: 75, width: 200, height: 150 });
  t.is(closerPart({ width: 400, height: 14 }), undefined);
});

test('a hit that cannot be looked at gains what the others gain in the mean', (t) => {
  const hits = [0.9, 0.8, 0.7].map((score) => ({ score }));
  const rounded = (likenesses: (number | undefined)[]) =>
    valuesOf(
      hits,
      likenesses.map((value) => (value === undefined ? undefined : { value })),
    ).map((value) => Math.round(1000 * value) / 1000);
  t.deepEqual(rounded([undefined, 1.3, 0.8]), [1.2, 1.3, 0.8]);
  t.deepEqual(rounded([undefined, undefined, undefined]), [0.9, 0.8, 0.7]);
});

test('a kind that was not there yet when names were learned is agreed on by the vote', async (t) => {
  const hit = (id: string, category: string, score: number) => ({
    item: { id, metadata: { category } } as unknown as Item,
    score,
  });
  const learned = () => new Map([['hat', 0.99], ['shoe', 0.01]]); // prettier-ignore
  const order = async (...hits: ReturnType<typeof hit>[]) =>
    (await reordered(hits, { agreeOn: 'category', learned })).map(({ item }) => item.id);
  t.deepEqual(await order(hit('a', 'scarf', 0.9), hit('b', 'hat', 0.8), hit('c', 'scarf', 0.79)), [
    'a',
    'c',
    'b',
  ]);
  t.deepEqual(
    await order(hit('a', 'shoe', 0.9), hit('b', 'hat', 0.8)),
    ['b', 'a'],
    'what was there is known better',
  );
});
