import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import type { AppError } from '../../src/core/errors.ts';
import type { Progress } from '../../src/core/progress.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { RemoteFile } from '../../src/model/fetch-file.ts';
import { fetchFile } from '../../src/model/fetch-file.ts';
import { moduleBesides } from '../../src/threads/thread.ts';
import { sendFile, serve, sha256, temporaryFolder } from './support.ts';

const bytes = randomBytes(300_000, 1);

const remote = (...sources: string[]): RemoteFile => ({
  bytes: bytes.length,
  sha256: sha256(bytes),
  sources,
});
const fast = { retryDelay: 1 };

function randomBytes(length: number, seed: number): Buffer {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length }, () => random() * 256));
}

/** A port on which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

// These two measure time, so they run before the others and not beside them.
test.serial(
  'a mirror that is or falls silent is given up for the next, which continues the part',
  async (t) => {
    const target = path.join(temporaryFolder(t), 'net.onnx');
    const server = await serve(t, (request, response) => {
      if (request.url === '/file') return sendFile(request, response, bytes);
      if (request.url === '/mute') return;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 20_000));
    });
    const file = remote(...['/mute', '/silent', '/file'].map((name) => server.url + name));
    await fetchFile(file, target, { timeout: 1500, attempts: 1 });
    t.true(readFileSync(target).equals(bytes));
    t.deepEqual(server.ranges, [undefined, undefined, 'bytes=20000-']);
  },
);

test.serial('slow is not silent: the time-out counts from the last byte', async (t) => {
  const target = path.join(temporaryFolder(t), 'net.onnx');
  const server = await serve(t, async (_, response) => {
    for (let i = 0; i < bytes.length; i += 50_000) {
      response.write(bytes.subarray(i, i + 50_000));
      await new Promise((resolve) => void setTimeout(resolve, 300));
    }
    response.end();
  });
  await fetchFile(remote(server.url), target, { timeout: 1500, attempts: 1 });
  t.is(server.ranges.length, 1);
});

test('the file appears whole under its name, with nothing beside it, and progress counts its bytes', async (t) => {
  const folder = temporaryFolder(t);
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  const reports: Progress[] = [];
  await fetchFile(remote(server.url), path.join(folder, 'net.onnx'), {
    onProgress: (progress) => {
      reports.push(progress);
      t.false(existsSync(path.join(folder, 'net.onnx')), 'not before it is verified');
    },
  });
  t.deepEqual(readdirSync(folder), ['net.onnx']);
  t.true(readFileSync(path.join(folder, 'net.onnx')).equals(bytes));
  const downloads = reports.filter(({ phase }) => phase === 'download');
  t.deepEqual(
    downloads.map(({ done }) => done),
    downloads.map(({ done }) => done).sort((a, b) => a - b),
  );
  t.deepEqual(downloads.at(-1), { phase: 'download', done: bytes.length, total: bytes.length });
  t.deepEqual(reports.at(-1), { phase: 'verify', done: bytes.length, total: bytes.length });
});

test('a connection that breaks is taken up where it broke', async (t) => {
  const target = path.join(temporaryFolder(t), 'net.onnx');
  const server = await serve(t, (request, response) =>
    sendFile(request, response, bytes, request.headers.range ? {} : { cutAfter: 100_000 }),
  );
  await fetchFile(remote(server.url), target, fast);
  t.true(readFileSync(target).equals(bytes));
  t.deepEqual(server.ranges, [undefined, 'bytes=100000-']);
});

test('however often and wherever connections break, the file is right in the end', async (t) => {
  const folder = temporaryFolder(t);
  let cuts: number[] = [];
  let ranges = true;
  const server = await serve(t, (request, response) => {
    const cutAfter = cuts.shift();
    sendFile(request, response, bytes, { ranges, ...(cutAfter === undefined ? {} : { cutAfter }) });
  });
  let run = 0;
  const lengths = fc.array(fc.integer({ min: 1, max: 100_000 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.boolean(), async (lengths, honoursRange) => {
      cuts = lengths;
      ranges = honoursRange;
      const target = path.join(folder, `net${run++}.onnx`);
      await fetchFile(remote(server.url), target, { ...fast, attempts: 9 });
      t.true(readFileSync(target).equals(bytes));
    }),
    { numRuns: 10 },
  );
  t.is(readdirSync(folder).length, run);
});

test('a download that is killed goes on where it was, in another process', async (t) => {
  const folder = temporaryFolder(t);
  const target = path.join(folder, 'net.onnx');
  let stalled: (() => void) | undefined;
  const half = new Promise<void>((resolve) => (stalled = resolve));
  const server = await serve(t, (request, response) => {
    if (request.headers.range) return sendFile(request, response, bytes);
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 150_000), stalled);
  });
  const module = moduleBesides(import.meta, '../../src/model/fetch-file');
  const script = `
    const { fetchFile } = await import(${JSON.stringify(module)});
    const onProgress = ({ done }) => done === 150000 && console.log('half');
    await fetchFile(${JSON.stringify(remote(server.url))}, ${JSON.stringify(target)}, { onProgress });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  await Promise.all([half, once(child.stdout, 'data')]);
  child.kill('SIGKILL');
  await once(child, 'exit');
  t.false(existsSync(target));
  t.is(readdirSync(folder).length, 1);

  await fetchFile(remote(server.url), target, fast);
  t.is(server.ranges.at(-1), 'bytes=150000-');
  t.true(readFileSync(target).equals(bytes));
  t.deepEqual(readdirSync(folder), ['net.onnx']);
});

test('a part that another process writes to is left alone, until it has not grown for an hour', async (t) => {
  const folder = temporaryFolder(t);
  const target = path.join(folder, 'net.onnx');
  const theirs = `${target}.${process.ppid}-0123abcd.part`;
  writeFileSync(theirs, bytes.subarray(0, 40_000));
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  await fetchFile(remote(server.url), target, fast);
  t.deepEqual(readdirSync(folder).sort(), [path.basename(target), path.basename(theirs)]);
  const longAgo = Date.now() / 1000 - 3700;
  utimesSync(theirs, longAgo, longAgo);
  await fetchFile(remote(server.url), target, fast);
  t.deepEqual(server.ranges, [undefined, 'bytes=40000-']);
  t.deepEqual(readdirSync(folder), [path.basename(target)]);
});

test('a server that does not know ranges starts over', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'net.onnx.part'), bytes.subarray(0, 50_000));
  const server = await serve(t, (request, response) => sendFile(request, response, bytes, { ranges: false }));
  await fetchFile(remote(server.url), path.join(folder, 'net.onnx'), fast);
  t.deepEqual(server.ranges, ['bytes=50000-']);
  t.true(readFileSync(path.join(folder, 'net.onnx')).equals(bytes));
  t.deepEqual(readdirSync(folder), ['net.onnx']);
});

test('a part that is already whole is verified without a request', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'net.onnx.part'), bytes);
  const server = await serve(t, (_, response) => void response.writeHead(500).end());
  await fetchFile(remote(server.url), path.join(folder, 'net.onnx'), fast);
  t.deepEqual(server.ranges, []);
  t.true(readFileSync(path.join(folder, 'net.onnx')).equals(bytes));
});

test('a left part of other bytes, or too many of them, is thrown away and the file loaded from its start', async (t) => {
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  for (const left of [
    randomBytes(50_000, 2),
    randomBytes(bytes.length, 2),
    randomBytes(bytes.length + 1, 2),
  ]) {
    const folder = temporaryFolder(t);
    writeFileSync(path.join(folder, 'net.onnx.part'), left);
    await fetchFile(remote(server.url), path.join(folder, 'net.onnx'), fast);
    t.true(readFileSync(path.join(folder, 'net.onnx')).equals(bytes));
  }
});

test('a mirror without the file is passed over, with its reason kept in case all fail', async (t) => {
  const folder = temporaryFolder(t);
  const target = path.join(folder, 'net.onnx');
  const server = await serve(t, ({ url }, response) => {
    if (url === '/gone') response.writeHead(404).end('no such file');
    else if (url === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Log in</p>');
    else if (url === '/pointer') response.writeHead(200, { 'content-length': 9 }).end('version 1');
    else if (url === '/longer') response.writeHead(200).end(Buffer.concat([bytes, bytes]));
    else if (url === '/other') response.writeHead(200).end(randomBytes(bytes.length, 3));
    else if (url === '/range') response.writeHead(206, { 'content-range': 'bytes 7-9/10' }).end('abc');
    else response.writeHead(200).end(bytes);
  });
  const wrong = ['/gone', '/page', '/pointer', '/longer', '/other', '/range'].map(
    (file) => server.url + file,
  );
  const error = await t.throwsAsync<AppError>(fetchFile(remote(...wrong), target, fast), {
    code: 'MODEL_DOWNLOAD',
  });
  t.is(server.ranges.length, wrong.length, 'none of these is worth another try');
  const reasons = [
    /HTTP 404/,
    /web page/,
    /expected 300000 bytes, received 9/,
    /more than/,
    /SHA-256/,
    /range/,
  ];
  const mirrors = error?.details['mirrors'] as { url: string; reason: string }[];
  for (const [i, { url, reason }] of mirrors.entries()) {
    t.is(url, wrong[i]!);
    t.regex(reason, reasons[i]!);
    t.true(error?.message.includes(`${url}: ${reason}`));
  }
  t.deepEqual(readdirSync(folder), [], 'nothing of the wrong content is kept');

  await fetchFile(remote(...wrong, `${server.url}/file`), target, fast);
  t.true(readFileSync(target).equals(bytes));
});

test('a server in trouble gets other chances, but not for ever', async (t) => {
  const folder = temporaryFolder(t);
  let failures = 2;
  const server = await serve(t, (request, response) => {
    if (failures-- > 0) response.writeHead(503).end();
    else sendFile(request, response, bytes);
  });
  await fetchFile(remote(server.url), path.join(folder, 'first.onnx'), fast);
  t.is(server.ranges.length, 3);
  failures = 3;
  await t.throwsAsync(fetchFile(remote(server.url), path.join(folder, 'second.onnx'), fast), {
    code: 'MODEL_DOWNLOAD',
    message: /HTTP 503/,
  });
  t.is(server.ranges.length, 6);
});

test('redirects are followed with the range', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, 'net.onnx.part'), bytes.subarray(0, 1234));
  const server = await serve(t, (request, response) => {
    if (request.url === '/file') sendFile(request, response, bytes);
    else response.writeHead(302, { location: '/file' }).end();
  });
  await fetchFile(remote(server.url), path.join(folder, 'net.onnx'), fast);
  t.deepEqual(server.ranges, ['bytes=1234-', 'bytes=1234-']);
  t.true(readFileSync(path.join(folder, 'net.onnx')).equals(bytes));
});

test('stopping on request keeps what was received', async (t) => {
  const folder = temporaryFolder(t);
  const target = path.join(folder, 'net.onnx');
  const server = await serve(t, (request, response) => {
    if (request.headers.range) return sendFile(request, response, bytes);
    response.writeHead(200, { 'content-length': bytes.length });
    response.write(bytes.subarray(0, 70_000));
  });
  const stop = new AbortController();
  const onProgress = ({ done }: Progress) => done === 70_000 && stop.abort();
  await t.throwsAsync(fetchFile(remote(server.url), target, { signal: stop.signal, onProgress }), {
    code: 'ABORTED',
  });
  t.deepEqual(readdirSync(folder), ['net.onnx.part']);
  await t.throwsAsync(fetchFile(remote(server.url), target, { signal: stop.signal }), { code: 'ABORTED' });
  t.is(server.ranges.length, 1, 'a signal that has fired already starts nothing');
  await fetchFile(remote(server.url), target);
  t.is(server.ranges.at(-1), 'bytes=70000-');
  t.true(readFileSync(target).equals(bytes));
});

test('stopping works while it waits before another try', async (t) => {
  const target = path.join(temporaryFolder(t), 'net.onnx');
  const stop = new AbortController();
  const server = await serve(t, (_, response) => {
    response.writeHead(503).end();
    setTimeout(() => stop.abort(), 100);
  });
  const started = performance.now();
  await t.throwsAsync(fetchFile(remote(server.url), target, { signal: stop.signal, retryDelay: 60_000 }), {
    code: 'ABORTED',
  });
  t.true(performance.now() - started < 20_000);
});

test('offline, every mirror’s reason is told at once', async (t) => {
  const folder = temporaryFolder(t);
  const url = `http://127.0.0.1:${await closedPort()}/net.onnx`;
  const started = performance.now();
  await t.throwsAsync(
    fetchFile(remote(url, `${url}?2`), path.join(folder, 'net.onnx'), { retryDelay: 60_000 }),
    {
      code: 'MODEL_DOWNLOAD',
      message: /net\.onnx: the connection is refused\n.*net\.onnx\?2: the connection is refused/,
    },
  );
  t.true(performance.now() - started < 20_000, 'without waiting for a second try');
  t.deepEqual(readdirSync(folder), []);
});

test('downloads of one file at the same time do not disturb each other', async (t) => {
  const folder = temporaryFolder(t);
  const target = path.join(folder, 'net.onnx');
  writeFileSync(`${target}.part`, bytes.subarray(0, 10_000));
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  await Promise.all(Array.from({ length: 4 }, () => fetchFile(remote(server.url), target, fast)));
  t.true(readFileSync(target).equals(bytes));
  t.deepEqual(readdirSync(folder), ['net.onnx']);
  t.is(server.ranges.filter((range) => range === 'bytes=10000-').length, 1, 'one of them has the part');
});

test('a target that cannot be written is no fault of the mirrors', async (t) => {
  const folder = temporaryFolder(t);
  const server = await serve(t, (request, response) => sendFile(request, response, bytes));
  await t.throwsAsync(fetchFile(remote(server.url), path.join(folder, 'none', 'net.onnx')), {
    code: 'OUTPUT_UNWRITABLE',
  });
  t.is(server.ranges.length, 0);
  mkdirSync(path.join(folder, 'net.onnx', 'x'), { recursive: true });
  await t.throwsAsync(fetchFile(remote(server.url), path.join(folder, 'net.onnx')), {
    code: 'OUTPUT_UNWRITABLE',
  });
});
