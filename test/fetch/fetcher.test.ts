/** Many downloads: limits on what goes on at once, patience with what may pass, and none with what does not. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { AppError } from '../../src/core/errors.ts';
import { Fetcher, type FetcherOptions } from '../../src/fetch/fetcher.ts';
import { serve } from './servers.ts';

function fetcherFor(t: ExecutionContext, options: FetcherOptions = {}): Fetcher {
  const fetcher = new Fetcher({ allowPrivate: true, backoffMs: 1, ...options });
  t.teardown(() => fetcher.close());
  return fetcher;
}

async function textOf(answer: ReturnType<Fetcher['fetch']>): Promise<string> {
  const got = await answer;
  return got === 'unmodified' ? got : Buffer.from(got.bytes).toString();
}

const failureOf = (t: ExecutionContext, work: Promise<unknown>): Promise<AppError> =>
  t.throwsAsync<AppError>(() => work);

/** Answers by path and how often it was asked for: /503,503,200 is fine the third time. Counts what it was asked. */
function script(headers: Record<string, string> = {}) {
  const asked = new Map<string, number>();
  const handler = ({ url = '' }: IncomingMessage, res: ServerResponse) => {
    const nth = asked.get(url) ?? 0;
    asked.set(url, nth + 1);
    const steps = url.slice(1).split(',');
    const step = steps[Math.min(nth, steps.length - 1)]!;
    if (step === 'reset') res.destroy();
    else if (step === 'cut') {
      res.writeHead(200, { 'content-length': 100 });
      res.write('half');
      setTimeout(() => res.destroy(), 5);
    } else if (step === 'silent') res.write('x');
    else res.writeHead(Number(step), headers).end(step === '200' ? 'picture' : 'no');
  };
  return { asked, handler };
}

test('what may pass is asked again: overload, resets, bodies that break off; a good answer ends it', async (t) => {
  const { asked, handler } = script();
  const url = await serve(t, handler);
  const fetcher = fetcherFor(t, { idleMs: 100 });
  for (const path of ['/503,429,200', '/reset,200', '/cut,500,200', '/silent,200'])
    t.is(await textOf(fetcher.fetch(url + path)), 'picture', path);
  t.deepEqual([...asked.values()], [3, 2, 3, 2]);
});

test('what will not pass is asked once, and what does not pass a few times', async (t) => {
  const { asked, handler } = script();
  const url = await serve(t, handler);
  const fetcher = fetcherFor(t, { attempts: 3 });
  for (const [path, times] of [
    ['/404', 1],
    ['/403', 1],
    ['/410', 1],
    ['/503', 3],
    ['/reset', 3],
  ] as const) {
    t.is((await failureOf(t, fetcher.fetch(url + path))).code, 'URL_FAILED');
    t.is(asked.get(path), times, path);
  }
});

test('Retry-After is waited for by all requests to the host; too long a wait is a failure', async (t) => {
  const patient = script({ 'retry-after': '1' });
  const url = await serve(t, patient.handler);
  const fetcher = fetcherFor(t, { connectionsPerHost: 1 });
  const start = performance.now();
  const first = textOf(fetcher.fetch(`${url}/503,200`));
  await sleep(100);
  t.is(await textOf(fetcher.fetch(`${url}/200`)), 'picture');
  t.true(performance.now() - start >= 990, 'the second request waited too');
  t.is(await first, 'picture');

  const tomorrow = script({ 'retry-after': new Date(Date.now() + 86_400_000).toUTCString() });
  const failure = await failureOf(t, fetcher.fetch(`${await serve(t, tomorrow.handler)}/429,200`));
  t.is(failure.details['status'], 429);
  t.is(tomorrow.asked.get('/429,200'), 1);
});

test('at once are as many as allowed, of a host and of all, and connections are used again', async (t) => {
  let [now, most] = [0, 0];
  const connections = new Set<unknown>();
  const perHost = [0, 0, 0];
  const mostOfHost = [0, 0, 0];
  const hosts = await Promise.all(
    perHost.map((_, host) =>
      serve(t, (_req, res) => {
        connections.add(res.socket);
        most = Math.max(most, ++now);
        mostOfHost[host] = Math.max(mostOfHost[host]!, ++perHost[host]!);
        setTimeout(() => {
          now--;
          perHost[host]!--;
          res.end('picture');
        }, 5);
      }),
    ),
  );
  const fetcher = fetcherFor(t, { connections: 5, connectionsPerHost: 2 });
  await Promise.all(Array.from({ length: 60 }, (_, i) => fetcher.fetch(`${hosts[i % 3]!}/${i}`)));
  t.deepEqual(mostOfHost, [2, 2, 2]);
  t.is(most, 5);
  t.true(connections.size <= 6, `${connections.size} connections`);
});

test('a version that is known is not sent again', async (t) => {
  const url = await serve(t, (req, res) => {
    const { 'if-none-match': match, 'if-modified-since': since } = req.headers;
    const known = req.url === '/etag' ? match === '"v1"' : since === 'Thu, 01 Jan 2026 00:00:00 GMT';
    if (known) res.writeHead(304).end();
    else if (req.url === '/etag') res.writeHead(200, { etag: '"v1"' }).end('picture');
    else res.writeHead(200, { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }).end('picture');
  });
  const fetcher = fetcherFor(t);
  for (const [path, etag, lastModified] of [
    ['/etag', '"v1"', null],
    ['/date', null, Date.UTC(2026, 0, 1)],
  ] as const) {
    const first = await fetcher.fetch(url + path);
    if (first === 'unmodified') return t.fail();
    t.like(first, { etag, lastModified });
    t.is(await fetcher.fetch(url + path, first), 'unmodified');
    t.is(await textOf(fetcher.fetch(url + path, { etag: '"v0"', lastModified: 0 })), 'picture');
  }
});

test('a page, and what is too large, are refused before they are read', async (t) => {
  let sent = 0;
  const url = await serve(t, (req, res) => {
    const type = req.url === '/page' ? 'text/html' : 'image/jpeg';
    res.writeHead(200, { 'content-type': type, ...(req.url === '/said' ? { 'content-length': 1e9 } : {}) });
    const timer = setInterval(() => {
      sent += 10_000;
      res.write(Buffer.alloc(10_000));
    }, 1);
    res.on('close', () => clearInterval(timer));
  });
  const fetcher = fetcherFor(t, { maxBytes: 50_000 });
  t.is((await failureOf(t, fetcher.fetch(`${url}/page`))).code, 'IMAGE_UNSUPPORTED');
  t.is((await failureOf(t, fetcher.fetch(`${url}/said`))).code, 'IMAGE_TOO_LARGE');
  t.is((await failureOf(t, fetcher.fetch(`${url}/streamed`))).code, 'IMAGE_TOO_LARGE');
  t.true(sent < 2_000_000, `${sent} bytes`);
});

test('a host that is down is left alone for a while, and asked again after it', async (t) => {
  let up = false;
  let asked = 0;
  const url = await serve(t, (_req, res) => {
    asked++;
    if (up) res.end('picture');
    else res.destroy();
  });
  const fetcher = fetcherFor(t, { attempts: 2, strikes: 3, restMs: 300, connectionsPerHost: 1 });
  for (let i = 0; i < 3; i++) await failureOf(t, fetcher.fetch(`${url}/${i}`));
  const before = asked;
  const failure = await failureOf(t, fetcher.fetch(`${url}/3`));
  t.regex(failure.message, /3 URLs of 127\.0\.0\.1:\d+ failed in a row/);
  t.is(asked, before);
  // Other hosts have nothing to do with it.
  const other = await serve(t, (_req, res) => res.end('picture'));
  t.is(await textOf(fetcher.fetch(other)), 'picture');
  up = true;
  await sleep(350);
  t.is(await textOf(fetcher.fetch(`${url}/3`)), 'picture');
});

test('redirects into the own network are refused although connections are kept, and nobody is reached there', async (t) => {
  let reached = 0;
  const inside = await serve(t, (_req, res) => {
    reached++;
    res.end('secret');
  });
  const { port } = new URL(inside);
  // "shop.example" is here; the name service calls every other name private, as it is.
  const fetcher = new Fetcher({
    attempts: 2,
    backoffMs: 1,
    resolve: (host) =>
      Promise.resolve([{ address: host === 'shop.example' ? '192.0.2.1' : '127.0.0.1', family: 4 }]),
  });
  t.teardown(() => fetcher.close());
  for (const target of [
    `http://localhost:${port}/`,
    `http://127.0.0.1:${port}/`,
    `http://intra.example:${port}/`,
  ])
    t.is((await failureOf(t, fetcher.fetch(target))).code, 'URL_REFUSED', target);
  const open = fetcherFor(t);
  const redirecting = await serve(t, (_req, res) =>
    res.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  );
  t.is((await failureOf(t, open.fetch(redirecting))).code, 'URL_REFUSED');
  t.is(reached, 0);
});

test('a server that accepts and says nothing costs idleMs an attempt, and a signal ends everything at once', async (t) => {
  const mute = createServer(() => undefined);
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  t.teardown(() => mute.close());
  const url = `http://127.0.0.1:${(mute.address() as AddressInfo).port}/`;
  const start = performance.now();
  const failure = await failureOf(t, fetcherFor(t, { idleMs: 50, attempts: 2 }).fetch(url));
  t.regex(failure.message, /silent for 50 ms/);
  t.true(performance.now() - start < 2000);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  const aborted = await failureOf(t, fetcherFor(t, { backoffMs: 60_000 }).fetch(url, undefined, stop.signal));
  t.is(aborted.code, 'ABORTED');
});
