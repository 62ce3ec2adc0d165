/** What the server refuses, each with a code, and that it goes on afterwards. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import {
  draw,
  jsonBody,
  rawBody,
  searchUrl,
  startServer,
  temporaryFolder,
  test,
  sharedServer,
} from './support.ts';
import { readKeys } from '../../src/server/keys.ts';
import { writeFileSync } from 'node:fs';
import path from 'node:path';

test('bodies that are no pictures, or too much of one', async (t) => {
  const { ask } = await startServer(t, { limits: { pictureBytes: 100_000, picturePixels: 1_000_000 } });
  const png = await draw('circle', 'red');
  const bomb = await sharp({ create: { width: 4000, height: 4000, channels: 3, background: 'white' } })
    .png()
    .toBuffer();
  const html = Buffer.from('<html><script>alert(1)</script></html>');
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>');
  const cases: [string, Uint8Array, number, string][] = [
    ['empty', Buffer.alloc(0), 422, 'IMAGE_EMPTY'],
    ['noise', randomBytes(1000), 415, 'IMAGE_UNSUPPORTED'],
    ['HTML that says it is a picture', html, 415, 'IMAGE_UNSUPPORTED'],
    ['SVG, which can load files', svg, 415, 'IMAGE_UNSUPPORTED'],
    ['cut', png.subarray(0, png.length / 2), 422, 'IMAGE_CORRUPT'],
    ['16 megapixels in few bytes', bomb, 413, 'IMAGE_TOO_LARGE'],
    ['too many bytes', randomBytes(100_001), 413, 'BODY_TOO_LARGE'],
  ];
  for (const [name, bytes, status, code] of cases) {
    const answer = await ask('/v1/search', rawBody(bytes));
    t.deepEqual([answer.status, answer.json?.code], [status, code], name);
    t.is((await ask('/v1/items/x', rawBody(bytes, 'PUT'))).json.code, code, name);
  }
  const polyglot = Buffer.concat([png, html]);
  t.is((await ask('/v1/items/polyglot', rawBody(polyglot, 'PUT'))).status, 201);
  const sent = await ask('/v1/items/polyglot/image');
  t.is(sent.headers.get('content-type'), 'image/png');
  t.is(sent.headers.get('x-content-type-options'), 'nosniff');
});

test('requests that the schemas do not take, with the field named', async (t) => {
  const { ask } = await sharedServer(t);
  const item = { item: 'shapes/circle-red.png' };
  const cases: [unknown, RegExp][] = [
    [{}, /query/],
    [{ query: [] }, /query/],
    [{ query: { ...item, image: 'aaaa' } }, /exactly one/],
    [{ query: item, k: 0 }, /k/],
    [{ query: item, k: '5' }, /k/],
    [{ query: item, magic: 1 }, /magic/],
    [{ query: { ...item, weight: -1 } }, /weight/],
    [{ query: { ...item, region: { x: 0, y: 0, width: 0, height: 5 } } }, /region/],
    [{ query: { image: '???' } }, /base64/],
    [{ query: item, methods: ['magic'] }, /guided-match/],
    [{ query: Array.from({ length: 9 }, () => item) }, /query/],
    [{ query: { part: 'a' } }, /part/],
    [[], /query|object/],
  ];
  for (const [body, expected] of cases) {
    const answer = await ask('/v1/search', jsonBody(body));
    t.is(answer.status, 400, JSON.stringify(body));
    t.is(answer.json.code, 'USAGE');
    t.regex(answer.json.detail, expected);
  }
  t.is(
    (await ask('/v1/search', jsonBody({ query: item, filter: { a: { magic: 1 } } }))).json.code,
    'FILTER_INVALID',
  );
  t.is(
    (await ask('/v1/search', jsonBody({ query: { ...item, region: { x: 500, y: 0, width: 9, height: 9 } } })))
      .json.code,
    'CROP_OUTSIDE',
  );
  for (const url of [
    '/v1/items?limit=0',
    '/v1/items?limit=1&limit=2',
    '/v1/items?magic=1',
    '/v1/items/%E0%A4%A',
  ]) {
    t.is((await ask(url)).status, 400, url);
  }
});

test('JSON bombs, broken JSON, other types, compressed bodies and unknown paths', async (t) => {
  const { ask, url } = await startServer(t);
  const json = (body: string, headers = {}) =>
    ask('/v1/search', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
  t.is((await json('['.repeat(100_000))).json.code, 'BODY_TOO_LARGE');
  t.is((await json(`{"query":${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}}`)).json.code, 'BODY_TOO_LARGE');
  t.is((await json('{"query":')).json.code, 'USAGE');
  t.is((await json('"[[[["')).status, 400);
  t.is((await json('x', { 'content-encoding': 'gzip' })).status, 415);
  const text = await ask('/v1/search', {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'text/plain' },
  });
  t.is(text.json.code, 'BODY_UNSUPPORTED');
  t.is((await ask('/v1/search', { method: 'POST' })).status, 400);
  t.is((await ask('/v1/nothing')).json.code, 'ROUTE_NOT_FOUND');
  const wrong = await fetch(`${url}/v1/stats`, { method: 'DELETE' });
  t.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, HEAD']);
  const polluted = await ask(
    '/v1/items/p',
    jsonBody(
      {
        image: (await draw('cross', 'red')).toString('base64'),
        metadata: JSON.parse('{"__proto__":{"x":1}}') as unknown,
      },
      'PUT',
    ),
  );
  t.deepEqual(polluted.json.metadata, {}, 'a name that means something to JavaScript is dropped');
  const headers = await fetch(`${url}/healthz`, { headers: { 'x-bomb': 'a'.repeat(20_000) } });
  t.is(headers.status, 431);
  t.is((await ask('/healthz')).status, 200);
});

test('ids are keys, not paths', async (t) => {
  const { ask, url } = await startServer(t);
  for (const id of [
    '../../catalog.db',
    '..%2F..%2Fcatalog.db',
    '%2Fetc%2Fpasswd',
    '..%5C..%5Ccatalog.db',
    'a%00b',
  ]) {
    const answer = await fetch(`${url}/v1/items/${id}/image`);
    t.true([400, 404].includes(answer.status), id);
  }
  const put = await ask(
    `/v1/items/${encodeURIComponent('../../../evil.png')}`,
    rawBody(await draw('cross', 'red'), 'PUT'),
  );
  t.is(put.status, 201, 'any text is an id');
  t.is((await ask(put.json.links.image)).status, 200);
});

test('a server with as much work as it takes says so, and its health can still be asked', async (t) => {
  const { ask } = await startServer(t, { limits: { inFlight: 2 } });
  const picture = await draw('circle', 'red');
  const answers = await Promise.all(Array.from({ length: 12 }, () => ask(searchUrl(), rawBody(picture))));
  const refused = answers.filter(({ status }) => status === 503);
  t.true(refused.length > 0 && refused.length < 12);
  t.true(
    refused.every(({ json, headers }) => json.code === 'SERVER_BUSY' && headers.get('retry-after') === '1'),
  );
  t.is((await ask(searchUrl(), rawBody(picture))).status, 200, 'and then goes on');
});

test('whoever is refused and asks again at once waits for room, or for the second to pass', async (t) => {
  const { url } = await startServer(t, { limits: { inFlight: 1 } });
  const picture = await draw('circle', 'red');
  const busy = post(url, new Agent());
  busy.write(picture.subarray(0, 10));
  const impatient = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => impatient.destroy());
  const ask = () => answerOf(post(url, impatient).end(picture));
  // The first request is known to the server once another is refused.
  while ((await ask()).status !== 503);
  const second = ask();
  const others = fetch(`${url}/healthz`).then(({ status }) => ({ status }));
  t.is(await Promise.race([second, others]), await others, 'nobody else waits');
  t.is((await second).status, 503);
  const third = ask();
  busy.end(picture.subarray(10));
  t.is((await answerOf(busy)).status, 200);
  t.is((await third).status, 200, 'there was room before the second had passed');
});

test('a picture that takes too long to decode is given up', async (t) => {
  const { ask } = await startServer(t, { limits: { decodeMs: 5 } });
  const noise = { type: 'gaussian', mean: 128, sigma: 60 } as const;
  const large = await sharp({
    create: { width: 2000, height: 2000, channels: 3, noise, background: 'white' },
  })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const answer = await ask('/v1/search', rawBody(large));
  t.is(answer.json.code, 'SERVER_TIMEOUT');
});

test('a client that goes away leaves nothing behind', async (t) => {
  const { ask, url } = await startServer(t, { limits: { inFlight: 1 } });
  const controller = new AbortController();
  const slow = fetch(`${url}/v1/search`, {
    ...rawBody(await draw('circle', 'red')),
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(), 5);
  t.is(
    await slow.then(
      () => 'answered',
      () => 'gone',
    ),
    'gone',
  );
  const similar = async () => (await ask('/v1/items/shapes%2Fcross-red.png/similar')).status;
  // What runs in the engine is finished first; how long that takes is the machine's affair.
  const becomes = async (status: number) => {
    while ((await similar()) !== status) await sleep(20);
  };
  await becomes(200);
  const halfSent = () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      'POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nhalf',
    );
    return socket;
  };
  let socket = halfSent();
  // It may arrive while our own question has the one place, and is refused itself: then another one.
  while ((await similar()) !== 503) {
    socket.destroy();
    socket = halfSent();
    await sleep(20);
  }
  socket.destroy();
  await becomes(200);
});

test('keys: who may search may not write, and wrong ones are told nothing', async (t) => {
  const sha256 = (key: string) => createHash('sha256').update(key).digest('hex');
  const keys = [
    { name: 'shop', scopes: ['search'], sha256: sha256('search-key-0123456789') },
    { name: 'indexer', scopes: ['write'], key: 'write-key-0123456789' },
    { name: 'operator', scopes: ['admin'], sha256: sha256('admin-key-0123456789') },
  ];
  const file = path.join(temporaryFolder(t), 'keys.json');
  writeFileSync(file, JSON.stringify({ keys }));
  const { ask } = await startServer(t, { keys: await readKeys(file), limits: { requestsPerMinute: 20 } });
  const as = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });
  const none = await ask('/v1/stats');
  t.deepEqual(
    [none.status, none.json.code, none.headers.get('www-authenticate')],
    [401, 'UNAUTHENTICATED', 'Bearer'],
  );
  t.is((await ask('/v1/stats', as('other-key-0123456789'))).status, 401);
  t.is((await ask('/v1/stats', as('search-key-0123456789'))).status, 200);
  t.is((await ask('/v1/stats', { headers: { 'x-api-key': 'search-key-0123456789' } })).status, 200);
  const remove = { method: 'DELETE', ...as('search-key-0123456789') };
  t.is((await ask('/v1/items/shapes%2Fcross-red.png', remove)).json.code, 'FORBIDDEN');
  t.is(
    (await ask('/v1/items/shapes%2Fcross-red.png', { method: 'DELETE', ...as('write-key-0123456789') }))
      .status,
    204,
  );
  t.is((await ask('/metrics', as('write-key-0123456789'))).status, 403);
  t.is((await ask('/metrics', as('admin-key-0123456789'))).status, 200);
  t.deepEqual((await ask('/v1/info', as('write-key-0123456789'))).json.scopes, ['search', 'write']);
  t.is((await ask('/healthz')).status, 200);
  const many = await Promise.all(
    Array.from({ length: 25 }, () => ask('/v1/stats', as('search-key-0123456789'))),
  );
  const limited = many.filter(({ status }) => status === 429);
  t.true(
    limited.length > 0 &&
      limited.every(({ json, headers }) => json.code === 'RATE_LIMITED' && headers.has('retry-after')),
  );
  t.is((await ask('/v1/stats', as('admin-key-0123456789'))).status, 200, 'another key is not held back');
  writeFileSync(file, '{"keys":[{"name":"a","scopes":["magic"],"key":"0123456789abcdef"}]}');
  await t.throwsAsync(() => readKeys(file), { message: /scopes/ });
});

test('pages of elsewhere: no CORS unless configured, no changes, no other names for this machine', async (t) => {
  const { ask, url } = await startServer(t, { localOnly: true });
  const foreign = { origin: 'https://evil.example' };
  const read = await ask('/v1/stats', { headers: foreign });
  t.is(read.headers.get('access-control-allow-origin'), null);
  const form = new FormData();
  form.set('image', new Blob([new Uint8Array(await draw('cross', 'red'))]));
  t.is((await ask('/v1/items/x', { method: 'PUT', body: form, headers: foreign })).json.code, 'FORBIDDEN');
  t.is((await ask('/v1/stats', { headers: { origin: url } })).status, 200);
  const rebound = await statusWithHost(url, 'evil.example');
  t.is(rebound, 403);
  const open = await startServer(t, { corsOrigins: ['https://shop.example'] });
  const preflight = await fetch(`${open.url}/v1/search`, {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example' },
  });
  t.is(preflight.status, 204);
  t.is(preflight.headers.get('access-control-allow-origin'), 'https://shop.example');
  t.is((await open.ask('/v1/stats', { headers: foreign })).headers.get('access-control-allow-origin'), null);
});

/** fetch sets Host itself. */
function statusWithHost(url: string, host: string): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(`GET /v1/stats HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    socket.once('data', (data) => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1])));
  });
}

function post(url: string, agent: Agent): ClientRequest {
  return request(`${url}/v1/search`, { agent, method: 'POST', headers: { 'content-type': 'image/png' } });
}

async function answerOf(sent: ClientRequest): Promise<{ status: number | undefined }> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return { status: answer.statusCode };
}
