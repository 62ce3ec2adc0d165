/** POST /v1/search and its neighbours: every way to name a picture, and every option. */
import { createServer } from 'node:http';
import type { ExecutionContext } from 'ava';
import sharp from 'sharp';
import { saveCalibration } from '../../src/search/calibration-file.ts';
import type { AddressInfo } from 'node:net';
import {
  draw,
  jsonBody,
  rawBody,
  searchUrl,
  startServer,
  type Answer,
  type Loose,
  test,
  sharedServer,
} from './support.ts';

const ids = (answer: { json: Loose }): string[] => answer.json.hits.map(({ id }: { id: string }) => id);

test('a raw picture finds what is most like it, with links that work', async (t) => {
  const { ask } = await sharedServer(t);
  const answer = await ask(searchUrl({ k: '3' }), rawBody(await draw('circle', 'red', 5)));
  t.is(answer.status, 200, answer.bytes.toString());
  t.is(answer.json.hits.length, 3);
  t.is(answer.json.hits[0].id, 'shapes/circle-red.png');
  t.true(answer.json.more);
  t.is(answer.json.matching, 12);
  t.is(answer.json.category.value, 'circle');
  t.regex(answer.json.queryId, /^q_[\w-]{22}$/);
  const { links } = answer.json.hits[0];
  for (const link of [
    links.item,
    links.image,
    links.thumbnail,
    links.explanation,
    answer.json.query[0].links.image,
  ]) {
    t.is((await ask(link)).status, 200, link);
  }
});

test('the same picture as base64, data URI, form, URL, item and earlier query finds the same', async (t) => {
  const picture = await draw('square', 'blue', 3);
  const source = createServer((_req, res) => res.setHeader('content-type', 'image/png').end(picture)).listen(
    0,
    '127.0.0.1',
  );
  t.teardown(() => source.close());
  const { ask } = await startServer(t, { allowPrivateUrls: true });
  const raw = await ask(searchUrl(), rawBody(picture));
  const image = picture.toString('base64');
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(picture)]), 'a.png');
  form.set('request', JSON.stringify({ k: 10 }));
  const url = `http://127.0.0.1:${(source.address() as AddressInfo).port}/a.png`;
  const others = [
    await ask('/v1/search', jsonBody({ query: { image } })),
    await ask('/v1/search', jsonBody({ query: [{ image: `data:image/png;base64,${image}` }] })),
    await ask('/v1/search', { method: 'POST', body: form }),
    await ask('/v1/search', jsonBody({ query: { url } })),
    await ask('/v1/search', jsonBody({ query: { queryId: raw.json.queryId } })),
  ];
  for (const answer of others) {
    t.is(answer.status, 200, answer.bytes.toString());
    t.deepEqual(ids(answer), ids(raw));
    t.deepEqual(
      answer.json.hits.map((hit: Loose) => hit.score),
      raw.json.hits.map((hit: Loose) => hit.score),
    );
  }
});

test('an item finds its like and not itself; its query id reproduces the search', async (t) => {
  const { ask } = await sharedServer(t);
  const similar = await ask('/v1/items/shapes%2Fcross-gold.png/similar?k=5');
  t.is(similar.json.queryId, 'item:shapes/cross-gold.png');
  t.false(ids(similar).includes('shapes/cross-gold.png'));
  const posted = await ask('/v1/search', jsonBody({ query: { item: 'shapes/cross-gold.png' }, k: 5 }));
  t.deepEqual(ids(posted), ids(similar));
  const self = await ask('/v1/items/shapes%2Fcross-gold.png/similar?excludeSelf=false');
  t.is(ids(self)[0], 'shapes/cross-gold.png');
  t.true(self.json.hits[0].score > 0.9999);
  t.is((await ask(similar.json.hits[0].links.explanation)).status, 200);
});

test('filter, pages, groups, least score and fields', async (t) => {
  const { ask } = await sharedServer(t);
  const search = (options: object) =>
    ask('/v1/search', jsonBody({ query: { item: 'shapes/circle-red.png' }, excludeSelf: false, ...options }));
  const blue = await search({ filter: { colour: 'blue' } });
  t.is(blue.json.matching, 3);
  t.true(blue.json.hits.every(({ metadata }: Loose) => metadata.colour === 'blue'));
  const all = await search({ k: 12 });
  t.deepEqual([...ids(await search({ k: 5 })), ...ids(await search({ k: 7, offset: 5 }))], ids(all));
  t.false(all.json.more);
  const groups = await search({ groupBy: 'product' });
  t.deepEqual(
    new Set(groups.json.hits.map(({ productId }: Loose) => productId)),
    new Set(['circle', 'square', 'cross']),
  );
  t.is(groups.json.hits.length, 3);
  const cut = all.json.hits[3].score as number;
  t.true((await search({ minScore: cut - 1e-5 })).json.hits.length >= 4);
  t.true((await search({ minScore: cut + 1e-4 })).json.hits.length <= 3);
  t.deepEqual(Object.keys((await search({ fields: ['price'] })).json.hits[0].metadata), ['price']);
  t.is((await search({ diversity: 0.8 })).status, 200);
});

test('pictures with weights: a negative one pushes its like down', async (t) => {
  const { ask } = await sharedServer(t);
  const plus = { item: 'shapes/circle-red.png' };
  const only = await ask('/v1/search', jsonBody({ query: plus, k: 12 }));
  const both = await ask(
    '/v1/search',
    jsonBody({ query: [plus, { item: 'shapes/square-red.png', weight: -0.8 }], k: 12 }),
  );
  const rank = (answer: { json: Loose }, word: string) => ids(answer).findIndex((id) => id.includes(word));
  t.true(rank(both, 'square') >= rank(only, 'square'));
  t.regex(both.json.queryId, /^q_/);
  t.is(both.json.query[1].weight, -0.8);
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(await draw('circle', 'red'))]), 'a.png');
  form.append('negative', new Blob([new Uint8Array(await draw('square', 'red'))]), 'b.png');
  const sent = await ask('/v1/search?k=3', { method: 'POST', body: form });
  t.deepEqual(
    sent.json.query.map(({ weight }: Loose) => weight),
    [1, -1],
  );
});

test('a region, the proposed region, ignored parts, and what matched change what counts', async (t) => {
  const { ask } = await sharedServer(t);
  const image = (await draw('circle', 'red')).toString('base64');
  const score = async (picture: object) => {
    const answer = await ask('/v1/search', jsonBody({ query: { image, ...picture }, k: 12 }));
    t.is(answer.status, 200, answer.bytes.toString());
    return answer;
  };
  const whole = await score({});
  const part = await score({ region: { x: 30, y: 10, width: 100, height: 100 } });
  t.deepEqual(part.json.query[0].region, { x: 30, y: 10, width: 100, height: 100 });
  t.notDeepEqual(part.json.hits, whole.json.hits);
  const auto = await score({ region: 'auto' });
  t.is(auto.json.query[0].regions.length > 0, auto.json.query[0].region !== null);
  const ignored = await score({ ignore: [{ x: 0, y: 0, width: 80, height: 120 }] });
  t.not(ignored.json.hits[0].score, whole.json.hits[0].score);
  const everything = { image, ignore: [{ x: 0, y: 0, width: 160, height: 120 }] };
  const refused = await ask('/v1/search', jsonBody({ query: everything }));
  t.is(refused.json.code, 'IMAGE_TOO_SMALL', 'nothing is left to compare');
  const focused = await score({ focus: 'shapes/circle-blue.png' });
  t.notDeepEqual(focused.json.hits, whole.json.hits);
  t.is((await ask(focused.json.hits[0].links.explanation)).status, 200);
});

test('explain none gives no id, inline gives explanations', async (t) => {
  const { ask } = await sharedServer(t);
  const none = await ask(searchUrl({ explain: 'none', k: '2' }), rawBody(await draw('cross', 'green')));
  t.is(none.json.queryId, null);
  t.is(none.json.hits[0].links.explanation, undefined);
  const inline = await ask(
    searchUrl({ explain: 'inline', k: '2', methods: 'match,guided-match' }),
    rawBody(await draw('cross', 'green')),
  );
  const [first] = inline.json.hits;
  t.deepEqual(
    first.explanations.map(({ method }: Loose) => method),
    ['match', 'guided-match'],
  );
  t.true(Math.abs(first.explanations[0].score - first.score) < 1e-4);
});

test('a search sees what another process has written, and an empty catalogue answers with no hits', async (t) => {
  const { ask, catalog } = await startServer(t);
  const before = await ask('/v1/items/shapes%2Fcross-red.png/similar');
  for (const { id } of Array.from(catalog.items()))
    t.is((await ask(`/v1/items/${encodeURIComponent(id)}`, { method: 'DELETE' })).status, 204);
  const after = await ask(searchUrl(), rawBody(await draw('cross', 'red')));
  t.deepEqual(after.json.hits, []);
  t.is(after.json.category, null);
  t.true(after.json.indexSeq > before.json.indexSeq);
});

test('a frame around the picture is looked past, unless it is to count', async (t) => {
  const { ask } = await sharedServer(t);
  const picture = await draw('circle', 'red', 8);
  const framed = await sharp(picture)
    .extend({ top: 40, bottom: 40, left: 30, right: 30, background: '#20242c' })
    .png()
    .toBuffer();
  const scores = (answer: Answer) => answer.json.hits.map((hit: Loose) => [hit.id, hit.score]);
  const plain = await ask(searchUrl(), rawBody(picture));
  t.like(plain.json.query[0], { unframed: false, region: null });
  const within = await ask(searchUrl(), rawBody(framed));
  t.like(within.json.query[0], { unframed: true, region: { x: 30, y: 40, width: 160, height: 120 } });
  t.deepEqual(scores(within), scores(plain));
  const why = await ask(within.json.hits[0].links.explanation);
  t.deepEqual(why.json.query.placement.source, within.json.query[0].region, 'the same part is explained');

  const whole = await ask(searchUrl({ unframe: 'false' }), rawBody(framed));
  t.like(whole.json.query[0], { unframed: false, region: null });
  t.notDeepEqual(scores(whole), scores(plain));
  const again = (options: object) =>
    ask('/v1/search', jsonBody({ query: { queryId: whole.json.queryId, ...options } }));
  t.deepEqual(scores(await again({})), scores(plain));
  const part = { x: 0, y: 0, width: 200, height: 100 };
  t.like((await again({ region: part })).json.query[0], { unframed: false, region: part });
});

test('where the catalogue was measured, a word says what a score means, and the name comes with its confidence', async (t) => {
  const { ask, catalog } = await startServer(t);
  const search = () => ask('/v1/items/shapes%2Fcircle-red.png/similar?k=8');
  const before = (await search()).json;
  t.true(before.hits.every((hit: Loose) => hit.likeness === undefined));
  const scores: number[] = before.hits.map(({ score }: Loose) => score);
  const between = (i: number) => (scores[i - 1]! + scores[i]!) / 2;
  // The answer's scores are rounded: thresholds between two that differ.
  const [one, two] = scores.flatMap((score, i) => (i > 0 && scores[i - 1]! - score > 1e-3 ? [i] : []));
  const curve = { at: [0, 1], probability: [0.625, 0.625] };
  const date = '2026-01-01T00:00:00.000Z';
  const limits = { same: between(one!), similar: between(two!) };
  await saveCalibration(catalog, {
    scores: { label: 'category', date, queries: 12, curve, ...limits, error: 0.05 },
    names: { category: curve },
  });
  const after = (await search()).json;
  t.deepEqual(
    after.hits.map((hit: Loose) => hit.likeness),
    scores.map((_, i) => (i < one! ? 'same' : i < two! ? 'similar' : 'weak')),
  );
  t.is(after.category.value, before.category.value);
  t.is(after.category.confidence, 0.625, 'how often such a name was right');
  const circle = { item: 'shapes/circle-red.png' };
  const both = await ask('/v1/search', jsonBody({ query: [circle, { ...circle, weight: 0.5 }] }));
  t.is(both.json.hits[0].likeness, undefined, 'scores of several pictures were not measured');
});

async function middleOf(picture: Buffer): Promise<Buffer> {
  const { width, height } = await sharp(picture).metadata();
  const part = { left: width >> 2, top: height >> 2, width: width >> 1, height: height >> 1 };
  return sharp(picture).extract(part).png().toBuffer();
}

type Ask = Awaited<ReturnType<typeof sharedServer>>['ask'];

/** The links of a hit that was looked at more closely lead to what is said of the parts that placed it. */
async function explainedAsCompared(t: ExecutionContext, ask: Ask, { looks, links }: Loose): Promise<void> {
  const { json } = await ask(links.explanation);
  for (const side of ['query', 'hit']) {
    const { source, picture } = json[side].placement;
    t.deepEqual(source, looks[side] ?? { x: 0, y: 0, ...picture }, side);
  }
  t.regex(json.summary, /^Compared are .*framed part.* similarity is [01]\.\d+/);
  t.is((await ask(json.hit.links.overlay)).status, 200);
  const [path, parts] = links.explanation.split('?');
  const answers = await ask(`${path}/correspondence?${parts}`);
  const bytes = Buffer.from(answers.json.data, 'base64');
  const total = bytes.reduce((sum, byte) => sum + answers.json.scale * (byte / 255) ** 2, 0);
  t.true(Math.abs(total - json.score) < 0.01, 'the shares are of the same comparison');
  const whole = await ask(path);
  t.not(whole.json.score, json.score);
  for (const part of ['1,2,3', 'a,b,c,d', '0,0,0,10']) {
    t.is((await ask(`${path}?hitPart=${part}`)).status, 400, part);
  }
  t.is((await ask(`${path}?hitPart=5000,0,100,100`)).json.code, 'CROP_OUTSIDE');
}

test('re-ranking orders the first hits anew and keeps their scores; with several pictures or diversity it is refused', async (t) => {
  const { ask } = await sharedServer(t);
  const picture = rawBody(await draw('circle', 'red', 5));
  const plain = await ask(searchUrl({ k: '12' }), picture);
  const reranked = await ask(searchUrl({ k: '12', rerank: '6' }), picture);
  t.is(reranked.status, 200, reranked.bytes.toString());
  t.deepEqual(ids(reranked).slice(6), ids(plain).slice(6));
  for (const [i, { looks }] of reranked.json.hits.entries())
    t.is(looks !== undefined, i < 6, 'seen more closely');
  const scores = ({ json }: Answer) =>
    Object.fromEntries(json.hits.map(({ id, score }: Loose) => [id, score] as const));
  t.deepEqual(scores(reranked), scores(plain));
  const near = await middleOf(await draw('circle', 'red', 5));
  const fromNear = (await ask(searchUrl({ k: '12', rerank: '12' }), rawBody(near))).json.hits;
  await explainedAsCompared(
    t,
    ask,
    fromNear.find(({ looks }: Loose) => looks.hit),
  );
  const item = await ask('/v1/items/shapes%2Fcross-gold.png/similar?k=3&rerank=6');
  t.is(item.status, 200, item.bytes.toString());
  t.is(item.json.hits.length, 3);

  const query = [{ item: 'shapes/cross-gold.png' }, { item: 'shapes/circle-red.png' }];
  const agreeing = await ask(searchUrl({ k: '12', agreeOn: 'colour' }), picture);
  t.is(agreeing.status, 200, agreeing.bytes.toString());
  t.deepEqual(scores(agreeing), scores(plain));
  t.notDeepEqual(ids(agreeing), ids(plain));
  t.is((await ask('/v1/search', jsonBody({ query, agreeOn: 'colour' }))).status, 200);
  const nothing = await ask(searchUrl({ agreeOn: 'taste' }), picture);
  t.is(nothing.status, 400);
  t.regex(nothing.json.detail, /agree on/);
  for (const body of [
    { query: query[0], agreeOn: 'colour', diversity: 0.5 },
    { query, rerank: 6 },
    { query: query[0], rerank: 6, diversity: 0.5 },
  ]) {
    const refused = await ask('/v1/search', jsonBody(body));
    t.is(refused.status, 400, refused.bytes.toString());
    t.regex(refused.json.detail, /rerank/);
  }
});

test('hits are ordered as the server is set up, unless a search says otherwise', async (t) => {
  const { ask } = await startServer(t, { order: { rerank: 12, agreeOn: 'colour' } });
  t.deepEqual((await ask('/v1/info')).json.order, { rerank: 12, agreeOn: 'colour' });
  const picture = rawBody(await draw('circle', 'red', 5));
  const found = (options: Record<string, string>) => ask(searchUrl({ k: '12', ...options }), picture);
  const usual = await found({});
  t.deepEqual(ids(usual), ids(await found({ rerank: '12', agreeOn: 'colour' })));
  t.true(usual.json.hits[0].looks !== undefined);
  const plain = await found({ rerank: '0', agreeOn: '' });
  const scores = plain.json.hits.map(({ score }: Loose) => score);
  t.deepEqual(
    scores,
    scores.toSorted((a: number, b: number) => b - a),
  );
  t.notDeepEqual(ids(plain), ids(usual));
  t.is(plain.json.hits[0].looks, undefined);
  const query = [{ item: 'shapes/cross-gold.png' }, { item: 'shapes/circle-red.png' }];
  for (const body of [{ query }, { query: query[0], diversity: 0.5 }]) {
    const answer = await ask('/v1/search', jsonBody(body));
    t.is(answer.status, 200, 'what does not go together with it is done without');
    t.is(answer.json.hits[0].looks, undefined);
  }
});

test('a server may be set up to agree on a field that no item has yet', async (t) => {
  const { ask } = await startServer(t, { order: { agreeOn: 'taste' } });
  const picture = rawBody(await draw('circle', 'red', 5));
  const usual = await ask(searchUrl({ k: '12' }), picture);
  t.is(usual.status, 200, usual.bytes.toString());
  t.deepEqual(ids(usual), ids(await ask(searchUrl({ k: '12', agreeOn: '' }), picture)));
});
