/** Documents, probes, metrics, the page, and the start and end of a server. */
import { execFile } from 'node:child_process';
import type { RequestListener } from 'node:http';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { createApp } from '../../src/server/app.ts';
import { networkOf } from '../../src/server/compute/network.ts';
import { studio } from '../../src/server/compute/studio.ts';
import { listen } from '../../src/server/listen.ts';
import { draw, rawBody, searchUrl, startServer, temporaryFolder, test, sharedServer } from './support.ts';
import { checkout } from '../support/checkout.ts';

const redocly = checkout('node_modules/@redocly/cli/bin/cli.js');

test('a public linter finds nothing in the OpenAPI document', async (t) => {
  const { url } = await sharedServer(t);
  const file = path.join(temporaryFolder(t), 'openapi.json');
  writeFileSync(file, await (await fetch(`${url}/openapi.json`)).text());
  if (!existsSync(redocly)) return void t.pass('no linter installed');
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const rules = ['--extends=recommended', '--format=json', '--skip-rule=no-server-example.com'];
  const run = promisify(execFile)(process.execPath, [redocly, 'lint', file, ...rules], {
    env,
    cwd: path.dirname(file),
  });
  const output = await run.catch((error: { stdout: string }) => error);
  const { problems } = JSON.parse(output.stdout) as {
    problems: { ruleId: string; message: string; location: unknown }[];
  };
  t.deepEqual(
    problems.map(({ ruleId, message, location }) => ({
      ruleId,
      message,
      location: JSON.stringify(location),
    })),
    [],
  );
});

test('every parameter of the API says what it is', async (t) => {
  const { ask } = await sharedServer(t);
  const { paths } = (await ask('/openapi.json')).json as {
    paths: Record<string, Record<string, { parameters: { name: string; description?: string }[] }>>;
  };
  const silent = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ parameters }) =>
      parameters.filter(({ description }) => !description).map(({ name }) => `${path}: ${name}`),
    ),
  );
  t.deepEqual(silent, []);
});

test('the API is described to people on one page that loads nothing from elsewhere', async (t) => {
  const { ask } = await sharedServer(t);
  const page = await ask('/docs');
  t.is(page.status, 200);
  t.regex(page.bytes.toString(), /\/v1\/explanations\/\{queryId\}/);
  t.regex(page.bytes.toString(), /<code>k<\/code><\/td><td>query<\/td><td>How many hits, at most/);
  t.notRegex(page.bytes.toString(), /(src|href)="(https?:)?\/\//);
  t.regex(page.headers.get('content-security-policy')!, /default-src 'none'/);
  t.is((await ask('/docs/style.css')).headers.get('content-type'), 'text/css; charset=utf-8');
  t.is(page.headers.get('x-powered-by'), null);
});

test('health, readiness and metrics', async (t) => {
  const { ask, app } = await startServer(t);
  await app.warmUp();
  t.deepEqual((await ask('/readyz')).json, { status: 'ok' });
  await ask(searchUrl(), rawBody(await draw('circle', 'red')));
  const metrics = (await ask('/metrics')).bytes.toString();
  t.regex(
    metrics,
    /whymatch_http_request_seconds_count\{route="\/v1\/search",method="post",status="200"\} 1/,
  );
  t.regex(metrics, /whymatch_items 12/);
  app.retire();
  t.is((await ask('/readyz')).status, 503);
  t.is((await ask('/healthz')).status, 200);
});

test('every answer has a request id, the one that was sent if there was one', async (t) => {
  const { ask } = await sharedServer(t);
  t.is(
    (await ask('/v1/stats', { headers: { 'x-request-id': 'abc-1' } })).headers.get('x-request-id'),
    'abc-1',
  );
  const refused = await ask('/v1/nothing', { headers: { 'x-request-id': 'bad id\u00e9' } });
  t.regex(refused.json.requestId, /^[0-9a-f-]{36}$/);
  t.is(refused.headers.get('content-type'), 'application/problem+json; charset=utf-8');
});

test('the page is served with its assets, and nothing beside it', async (t) => {
  const folder = temporaryFolder(t);
  const webRoot = path.join(folder, 'web');
  mkdirSync(path.join(webRoot, 'assets'), { recursive: true });
  writeFileSync(path.join(webRoot, 'index.html'), '<title>page</title>');
  writeFileSync(path.join(webRoot, 'assets', 'a-123.js'), '1');
  writeFileSync(path.join(folder, 'secret'), 'secret');
  const { ask } = await startServer(t, { webRoot });
  t.regex((await ask('/')).bytes.toString(), /page/);
  t.regex((await ask('/assets/a-123.js')).headers.get('cache-control')!, /immutable/);
  for (const route of ['/../secret', '/..%2fsecret', '/assets/..%2f..%2fsecret'])
    t.is((await ask(route)).status, 404, route);
});

test('a server that stops finishes what is in hand and takes no more', async (t) => {
  const first = await startServer(t);
  const { theModel } = await import('./support.ts');
  const { pino } = await import('pino');
  const app = createApp({
    catalog: first.catalog,
    network: networkOf(await theModel()),
    studio,
    options: {},
    log: pino({ level: 'silent' }),
  });
  let arrive: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const handler: RequestListener = (req, res) => {
    arrive();
    app.handler(req, res);
  };
  const server = await listen(handler, { host: '127.0.0.1', port: 0 });
  const inHand = fetch(`${server.url}/v1/search`, rawBody(await draw('square', 'red')));
  await arrived;
  await Promise.all([server.close(), inHand.then((answer) => t.is(answer.status, 200))]);
  await app.close();
  await t.throwsAsync(() => fetch(`${server.url}/healthz`));
  await t.throwsAsync(
    () => listen(app.handler, { host: '127.0.0.1', port: Number(new URL(first.url).port) }),
    { message: /--port/ },
  );
});
