/** The typed client against a real server: every method, and what a refusal looks like. */
import { setTimeout as sleep } from 'node:timers/promises';
import { WhymatchClient, WhymatchError } from '../../src/client/index.ts';
import { learnFew } from '../support/names.ts';
import { draw, startServer, test, sharedServer } from './support.ts';

const bytes = async (...thing: Parameters<typeof draw>) => new Uint8Array(await draw(...thing));

test('search, explain, draw and correspondence', async (t) => {
  const { url } = await sharedServer(t);
  const client = new WhymatchClient({ url });
  const image = await bytes('circle', 'red', 4);
  const answer = await client.search({
    query: [{ image }, { item: 'shapes/square-blue.png', weight: -0.3 }],
    k: 3,
  });
  t.is(answer.hits[0]!.id, 'shapes/circle-red.png');
  t.is(answer.query.length, 2);
  const [queryId, id] = [answer.queryId!, answer.hits[0]!.id];
  const why = await client.explain(queryId, id, { method: 'match' });
  t.is(why.method, 'match');
  t.is((await client.draw(queryId, id, { side: 'hit', method: 'match' })).type, 'image/png');
  t.true((await client.correspondences(queryId, id)).scale > 0);
  t.is((await client.correspondence(queryId, id, { x: 80, y: 60 })).side, 'query');
  t.is((await client.blob(answer.hits[0]!.links.thumbnail)).type, 'image/jpeg');
  t.is((await client.similar(id, { k: 2, filter: { colour: 'red' } })).hits.length, 2);
});

test('why a picture gets its name', async (t) => {
  const { url, catalog } = await startServer(t);
  await learnFew(catalog, 'category');
  const client = new WhymatchClient({ url });
  const { queryId, category } = await client.search({ query: { image: await bytes('cross', 'red', 4) } });
  t.like(category, { value: 'cross', by: 'learned' });
  const why = await client.explainName(queryId!, { value: 'square', method: 'match' });
  t.like(why, { value: 'square', method: 'match' });
  t.is((await client.drawName(queryId!, { layer: 'map' })).type, 'image/png');
});

test('items, batches and the catalogue', async (t) => {
  const { url } = await startServer(t);
  const client = new WhymatchClient({ url: `${url}/` });
  t.is((await client.putItem('a/b', { image: await bytes('cross', 'pink'), metadata: { n: 1 } })).id, 'a/b');
  t.deepEqual((await client.putItem('a/b', { metadata: { n: 2 } })).metadata, { n: 2 });
  t.is((await client.item('a/b')).width, 160);
  t.is((await client.items({ limit: 1, order: 'recent' })).items[0]!.id, 'a/b');
  await client.deleteItem('a/b');
  const results = await client.changeItems([{ op: 'delete', id: 'a/b' }]);
  t.is(results[0]!.error?.code, 'ITEM_NOT_FOUND');
  t.is((await client.stats()).items, 12);
  t.is((await client.facets({ fields: ['colour'] })).fields[0]!.distinct, 4);
  t.is((await client.facets({ fields: ['price'], filter: { colour: 'red' } })).items, 3);
  t.is((await client.items({ filter: { colour: 'red' }, limit: 2 })).items.length, 2);
  t.is((await client.info()).name, 'whymatch');
  let review = await client.duplicates();
  while (review.status === 'looking') {
    await sleep(20);
    review = await client.duplicates();
  }
  const [a, b] = [review.pairs[0]!.a.id, review.pairs[0]!.b.id];
  t.true(await client.decideDuplicate({ decision: 'not-duplicate', a, b }));
  t.false(await client.decideDuplicate({ decision: 'not-duplicate', a: b, b: a }));
  t.notDeepEqual((await client.duplicates()).pairs[0], review.pairs[0]);
  t.deepEqual((await client.failures()).failures, []);
});

test('a refusal is an error with the code, and a stopped call ends', async (t) => {
  const { url } = await sharedServer(t);
  const client = new WhymatchClient({ url, key: 'not needed here' });
  const error = await t.throwsAsync(() => client.item('nobody'), { instanceOf: WhymatchError });
  t.like(error, { code: 'ITEM_NOT_FOUND', status: 404 });
  const gone = AbortSignal.abort();
  t.is(
    await client.stats({ signal: gone }).then(
      () => 'answered',
      () => 'stopped',
    ),
    'stopped',
  );
});
