/** Explanations over HTTP: pictures, numbers, correspondence, caching, and queries that are forgotten. */
import sharp from 'sharp';
import {
  draw,
  jsonBody,
  rawBody,
  searchUrl,
  startServer,
  type Loose,
  test,
  sharedServer,
} from './support.ts';
import { learnFew } from '../support/names.ts';

const pair = '/v1/explanations/item%3Ashapes%2Fcircle-red.png/shapes%2Fcircle-blue.png';

test('overlays and maps of both sides have the size of their pictures, and maps are transparent', async (t) => {
  const { ask } = await sharedServer(t);
  for (const side of ['query', 'hit']) {
    for (const layer of ['overlay', 'map']) {
      const answer = await ask(`${pair}?format=png&side=${side}&layer=${layer}&method=match`);
      t.is(answer.headers.get('content-type'), 'image/png');
      const { width, height, channels } = await sharp(answer.bytes).metadata();
      t.deepEqual(
        { width, height, channels },
        { width: 160, height: 120, channels: layer === 'map' ? 4 : 3 },
      );
    }
  }
  const small = await ask(`${pair}?format=png&maxSide=80`);
  t.is((await sharp(small.bytes).metadata()).width, 80);
});

test('the shares of both sides add up to the score, and so do the correspondences', async (t) => {
  const { ask } = await sharedServer(t);
  const { json } = await ask(`${pair}?map=true&check=true`);
  t.regex(json.hit.check.sentence, /blur/i);
  const sum = (rows: number[][]) => rows.flat().reduce((a, b) => a + b, 0);
  t.true(Math.abs(sum(json.query.shares.rows) - json.score) < 1e-3);
  t.true(Math.abs(sum(json.hit.shares.rows) - json.score) < 1e-3);
  t.is(Buffer.from(json.query.map.data, 'base64').length, json.query.map.width * json.query.map.height);
  const all = (await ask(`${pair}/correspondence`)).json;
  const bytes = [...Buffer.from(all.data, 'base64')];
  t.is(bytes.length, all.query.width * all.query.height * all.hit.width * all.hit.height);
  const total = bytes.reduce((a, value) => a + all.scale * (value / 255) ** 2, 0);
  t.true(Math.abs(total - json.score) < 1e-3);
});

test('a point of the query is answered in the hit; one that the model did not see is refused', async (t) => {
  const { ask } = await sharedServer(t);
  const { json } = await ask(`${pair}/correspondence?x=80&y=60&side=query`);
  t.is(Math.max(...json.other.rows.flat()), 255);
  const { x, y } = json.peak;
  t.true(x >= 20 && x <= 140 && y >= 0 && y <= 120, `circle answers circle, at ${x},${y}`);
  t.is((await ask(`${pair}/correspondence?x=80&y=60&side=hit`)).json.side, 'hit');
  const outside = await ask(`${pair}/correspondence?x=1000&y=60`);
  t.is(outside.json.code, 'POINT_OUTSIDE');
  t.is((await ask(`${pair}/correspondence?x=10`)).json.code, 'USAGE');
});

test('an explanation that the client has is not sent again', async (t) => {
  const { ask } = await sharedServer(t);
  const first = await ask(`${pair}?format=png`);
  const etag = first.headers.get('etag')!;
  const again = await ask(`${pair}?format=png`, { headers: { 'if-none-match': etag } });
  t.is(again.status, 304);
  t.is(again.bytes.length, 0);
  const other = await ask(`${pair}?format=png&side=hit`, { headers: { 'if-none-match': etag } });
  t.is(other.status, 200);
});

test('asked for many at once, each is as if it were asked for alone', async (t) => {
  const { ask } = await sharedServer(t);
  const { json } = await ask(searchUrl({ k: '4' }), rawBody(await draw('square', 'gold', 7)));
  const links: string[] = json.hits.map(
    (hit: Loose) => `${hit.links.explanation}?method=guided-match&map=true`,
  );
  const together = await Promise.all(links.map((link) => ask(link)));
  const fresh = await startServer(t);
  const again = await fresh.ask(searchUrl({ k: '4' }), rawBody(await draw('square', 'gold', 7)));
  for (const [i, hit] of again.json.hits.entries()) {
    const alone = await fresh.ask(`${hit.links.explanation}?method=guided-match&map=true`);
    const bytes = (answer: { json: Loose }) => Buffer.from(answer.json.hit.map.data, 'base64');
    const worst = Math.max(...bytes(alone).map((value, j) => Math.abs(value - bytes(together[i]!)[j]!)));
    t.true(worst <= 1, `map ${i} differs by ${worst} of 255`);
    t.is(alone.json.itemId, together[i]!.json.itemId);
  }
});

test('an unknown query is gone, an unknown item not found, an unknown method named', async (t) => {
  const { ask } = await sharedServer(t);
  const gone = await ask('/v1/explanations/q_AAAAAAAAAAAAAAAAAAAAAA/shapes%2Fcircle-red.png');
  t.is(gone.status, 410);
  t.is(gone.json.code, 'QUERY_GONE');
  t.is((await ask('/v1/explanations/item%3Anobody/shapes%2Fcircle-red.png')).json.code, 'ITEM_NOT_FOUND');
  t.is((await ask('/v1/explanations/item%3Ashapes%2Fcircle-red.png/nobody')).status, 404);
  const method = await ask(`${pair}?method=magic`);
  t.is(method.status, 400);
  t.regex(method.json.detail, /guided-match/);
});

test('a server that is short of memory forgets the oldest queries', async (t) => {
  const picture = await draw('cross', 'red');
  const { ask } = await startServer(t, { limits: { queryBytes: 3 * (1024 + picture.length) } });
  const search = async () =>
    (await ask(searchUrl({ k: '1' }), rawBody(picture))).json.hits[0].links.explanation as string;
  const first = await search();
  t.is((await ask(first)).status, 200);
  for (let i = 0; i < 3; i++) await search();
  t.is((await ask(first)).json.code, 'QUERY_GONE');
});

test('an item whose file has changed says so, without its path', async (t) => {
  const { ask, catalog, directory } = await startServer(t);
  t.is((await ask('/v1/items/a', rawBody(await draw('cross', 'red', 20), 'PUT'))).status, 201);
  const { source } = catalog.get('a')!;
  const { writeFile } = await import('node:fs/promises');
  await writeFile(source, await draw('cross', 'blue', 21));
  for (const route of [
    '/v1/items/a/image',
    '/v1/explanations/item%3Ashapes%2Fcircle-red.png/a?method=deconvnet',
  ]) {
    const answer = await ask(route);
    // The picture may still be in memory from the upload.
    if (answer.status === 200) continue;
    t.is(answer.json.code, 'ITEM_CHANGED');
    t.false(answer.bytes.toString().includes(directory));
  }
  const inline = await ask(
    '/v1/search',
    jsonBody({ query: { item: 'shapes/cross-red.png' }, explain: 'inline', k: 2 }),
  );
  t.is(inline.status, 200);
});

test('a name is explained: its map adds up, other names have their own, and what was not learned is refused', async (t) => {
  const { ask, catalog } = await startServer(t);
  const found = await ask(searchUrl({ k: '3' }), rawBody(await draw('circle', 'red', 10)));
  t.like(found.json.category, { value: 'circle', by: 'vote', links: {} });
  const route = `/v1/queries/${found.json.queryId}/name`;
  const unknown = await ask(route);
  t.is(unknown.status, 404);
  t.is(unknown.json.code, 'NAMES_UNKNOWN');

  await learnFew(catalog, 'category');
  const again = (await ask(searchUrl({ k: '3' }), rawBody(await draw('circle', 'red', 10)))).json.category;
  t.like(again, { value: 'circle', by: 'learned' });
  const { json } = await ask(`${again.links.explanation}?map=true&check=true`);
  t.like(json, { field: 'category', value: 'circle', method: 'guided-match' });
  t.true(Math.abs(json.probability - again.votes[0].share) < 1e-4);
  t.is(json.names.length, 3);
  t.regex(json.query.check.sentence, /log-odds of the name/);
  t.is(Buffer.from(json.query.map.data, 'base64').length, json.query.map.width * json.query.map.height);

  const other = (await ask(`${again.links.explanation}?value=square`)).json;
  t.like(other, { value: 'square' });
  t.notDeepEqual(other.query.shares, json.query.shares);
  for (const layer of ['overlay', 'map']) {
    const drawn = await ask(json.query.links[layer]);
    const { width, height, channels } = await sharp(drawn.bytes).metadata();
    t.deepEqual({ width, height, channels }, { width: 160, height: 120, channels: layer === 'map' ? 4 : 3 });
    const etag = drawn.headers.get('etag')!;
    t.is((await ask(json.query.links[layer], { headers: { 'if-none-match': etag } })).status, 304);
  }
  for (const wrong of ['value=triangle', 'field=colour'])
    t.is((await ask(`${again.links.explanation}?${wrong}`)).json.code, 'NAMES_UNKNOWN', wrong);
  t.is((await ask(`${again.links.explanation}?method=magic`)).json.code, 'USAGE');
  t.is((await ask('/v1/queries/gone/name')).status, 410);
});
