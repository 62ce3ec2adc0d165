/** Duplicates over HTTP: found, decided, and gone from the review. */
import sharp from 'sharp';
import { setTimeout as sleep } from 'node:timers/promises';
import { draw, jsonBody, rawBody, startServer, type Loose, type Server, test } from './support.ts';

async function reviewed({ ask }: Server, query = ''): Promise<Loose> {
  for (;;) {
    const { json } = await ask(`/v1/duplicates${query}`);
    if (json.status === 'ready') return json;
    await sleep(50);
  }
}

test('copies are proposed in tiers, until somebody decides', async (t) => {
  const server = await startServer(t);
  const { ask } = server;
  const red = await draw('circle', 'red');
  // Other bytes of the same pixels: the tier is that of any model.
  const copy = await sharp(red).png({ compressionLevel: 1 }).toBuffer();
  await ask('/v1/items/copy', rawBody(red, 'PUT'));
  await ask('/v1/items/encoded', rawBody(copy, 'PUT'));
  const found = await reviewed(server);
  t.is(found.tiers.identical, 1);
  t.is(found.tiers['same-picture'], 1);
  t.false(found.changed);
  const [identical] = found.pairs;
  t.deepEqual(
    [identical.tier, identical.a.id, identical.b.id],
    ['identical', 'shapes/circle-red.png', 'copy'],
  );
  const [same] = (await reviewed(server, '?tier=same-picture')).pairs;
  t.true(same.pixels.difference < 5);

  const decide = (decision: string, a: string, b: string) =>
    ask('/v1/duplicates/decisions', jsonBody({ decision, a, b }));
  t.deepEqual((await decide('not-duplicate', same.a.id, same.b.id)).json, { changed: true });
  t.is((await reviewed(server)).tiers['same-picture'], 0);
  t.deepEqual((await decide('undo', same.b.id, same.a.id)).json, { changed: true });
  t.is((await reviewed(server)).tiers['same-picture'], 1);
  t.deepEqual((await decide('delete', 'shapes/circle-red.png', 'copy')).json, { changed: true });
  t.is((await ask('/v1/items/copy')).status, 404);
  const after = await reviewed(server);
  t.is(after.tiers.identical, 0);
  t.true(after.changed, 'as of a change before');
  await ask('/v1/duplicates?again=true');
  t.false((await reviewed(server)).changed);

  t.is((await decide('delete', 'encoded', 'nobody')).json.code, 'ITEM_NOT_FOUND');
  t.is((await decide('delete', 'encoded', 'encoded')).json.code, 'USAGE');
  t.is((await decide('burn', 'encoded', 'copy')).status, 400);
});

test('a search says which hits are copies of the query or of a better hit, but for pairs that somebody decided about', async (t) => {
  const { ask } = await startServer(t);
  const red = await draw('circle', 'red');
  const copy = await sharp(red).png({ compressionLevel: 1 }).toBuffer();
  const brighter = await sharp(red).modulate({ brightness: 0.9 }).png().toBuffer();
  await ask('/v1/items/encoded', rawBody(copy, 'PUT'));
  await ask('/v1/items/edited', rawBody(brighter, 'PUT'));
  const copies = async (query: object, options: object = {}): Promise<Loose> => {
    const { json } = await ask(
      '/v1/search',
      jsonBody({ query, k: 14, filter: { colour: { exists: false } }, duplicates: true, ...options }),
    );
    return Object.fromEntries(json.hits.map(({ id, duplicateOf }: Loose) => [id, duplicateOf]));
  };
  const image = red.toString('base64');
  const ofQuery = (tier: string) => ({ picture: 0, hit: null, tier });
  t.deepEqual(await copies({ image }), {
    encoded: ofQuery('same-picture'),
    edited: ofQuery('near-duplicate'),
  });
  const same = { image: copy.toString('base64') };
  t.like(await copies(same), { encoded: ofQuery('identical') });
  t.deepEqual(await copies({ image }, { duplicates: false }), { encoded: undefined, edited: undefined });
  const part = { image, region: { x: 0, y: 0, width: 150, height: 110 } };
  const [[best], [other, copied]] = Object.entries(await copies(part)) as [[string], [string, Loose]];
  t.deepEqual([copied.hit, copied.picture, [best, other].sort()], [best, null, ['edited', 'encoded']]);

  await ask('/v1/items/red', rawBody(red, 'PUT'));
  await ask('/v1/duplicates/decisions', jsonBody({ decision: 'not-duplicate', a: 'red', b: 'encoded' }));
  const { encoded, edited } = await copies({ item: 'red' });
  t.not(encoded?.picture, 0, 'remembered');
  t.is(edited.tier, 'near-duplicate');
});
