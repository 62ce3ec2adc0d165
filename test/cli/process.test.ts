/** The command as users start it: a process with exit codes, signals and pipes. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { openCatalog } from '../../src/search/open-catalog.ts';
import {
  ended,
  json,
  lastEvent,
  type Parsed,
  startCommand,
  temporaryFolder,
  tinyModel,
  whymatch,
} from './cli.ts';
import { patches, writePictures } from './pictures.ts';

test('--version and --help succeed; no command, and an error, do not', async (t) => {
  const run = (...argv: string[]) => ended(startCommand(t, argv));
  const [version, help, none, missing] = await Promise.all([
    run('--version'),
    run('search', '--help'),
    run(),
    run('search', 'gone.jpg', '--catalog', '/nowhere/at/all', '--json'),
  ]);
  t.deepEqual({ ...version, stdout: '' }, { exitCode: 0, stdout: '', stderr: '' });
  t.regex(version.stdout, /^\d+\.\d+\.\d+\n$/);
  t.is(help.exitCode, 0);
  t.regex(help.stdout, /Usage: whymatch search \[options\] <image>[^]*Examples:/);
  t.is(none.exitCode, 2);
  t.regex(none.stderr, /Usage: whymatch/);
  t.is(missing.exitCode, 4);
  t.is(missing.stderr, '');
  t.is(JSON.parse(missing.stdout).error.code, 'CATALOG_NOT_FOUND');
});

test.serial(
  'Ctrl+C finishes the pictures in hand: what was reported is kept, and the next run goes on',
  async (t) => {
    const folder = temporaryFolder(t);
    await manyPictures(path.join(folder, 'photos'));
    const catalog = path.join(folder, 'shop');
    const index = ['index', path.join(folder, 'photos'), '--catalog', catalog, '--threads', '1'];
    const child = startCommand(t, [...index, '--batch-size', '4', '--json']);
    const outcome = ended(child);
    await output(child.stdout, ({ done }) => done > 0);
    child.kill('SIGINT');
    const { exitCode, stdout } = await outcome;
    t.is(exitCode, 130);
    const summary = lastEvent(stdout);
    t.like(summary, { event: 'summary', aborted: true, failed: 0 });
    t.true(summary.indexed > 0 && summary.indexed < manyCount, String(summary.indexed));
    const info = await json(t, ['catalog', 'info', '--catalog', catalog]);
    t.is(info.items, summary.indexed);
  },
);

test.serial('a second Ctrl+C stops at once', async (t) => {
  const folder = temporaryFolder(t);
  await manyPictures(path.join(folder, 'photos'));
  const catalog = path.join(folder, 'shop');
  // One batch of all: to finish what is in hand takes much longer than the test waits.
  const index = ['index', path.join(folder, 'photos'), '--catalog', catalog, '--batch-size', '10000'];
  const child = startCommand(t, index);
  const outcome = ended(child);
  await begun(catalog);
  child.kill('SIGINT');
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  const { exitCode, stdout, stderr } = await outcome;
  t.is(exitCode, 130);
  t.is(stdout, '');
  t.regex(stderr, /once more to stop at once/);
  t.is((await json(t, ['catalog', 'info', '--catalog', catalog])).items, 0);
});

test('a run leaves nothing in the user’s home, and onnxruntime reports nothing', async (t) => {
  const [folder, home] = [temporaryFolder(t), temporaryFolder(t)];
  await writePictures(folder, 2);
  const pictures = ['00.png', '01.png'].map((name) => path.join(folder, name));
  const explain = ['explain', ...pictures, '--model', tinyModel, '--output', path.join(folder, 'why')];
  // Under CI it would be silent anyway.
  const { CI: _, XDG_CACHE_HOME: __, ...env } = process.env;
  const { exitCode, stderr } = await ended(startCommand(t, explain, { ...env, HOME: home }));
  t.is(exitCode, 0, stderr);
  t.is(stderr, '');
  t.deepEqual(readdirSync(home), []);
});

test('a reader that leaves early is no error', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 2);
  const catalog = path.join(folder, 'shop');
  await whymatch(['index', folder, '--catalog', catalog, '--model', tinyModel]);
  const child = startCommand(t, ['catalog', 'info', '--catalog', catalog]);
  child.stdout.destroy();
  const { exitCode, stderr } = await ended(child);
  t.is(stderr, '');
  t.is(exitCode, 0);
});

test('an unexpected error shows its stack only with --debug, or WHYMATCH_DEBUG', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 1);
  const index = ['index', folder, '--catalog', path.join(folder, 'shop'), '--model', tinyModel];
  // A stream that fails is nothing that the commands know of.
  const broken = {
    write: () => {
      throw new TypeError('the stream is broken');
    },
  };
  const { run } = await import('../../src/cli/run.ts');
  const attempt = async (argv: readonly string[], env = {}) => {
    let stderr = '';
    const sink = { write: (text: string) => (stderr += text) };
    const { signal } = new AbortController();
    t.is(await run(argv, { stdout: broken, stderr: sink, env, signal }), 1);
    return stderr;
  };
  const plain = await attempt(index);
  t.regex(plain, /^error UNEXPECTED: the stream is broken\n {2}This is a defect in whymatch/);
  t.notRegex(plain, /\n {4}at /);
  t.regex(await attempt([...index, '--debug']), /\n {4}at /);
  t.regex(await attempt(index, { WHYMATCH_DEBUG: '1' }), /\n {4}at /);
});

const manyCount = 500;

/** Enough for the default model to be busy for seconds on any machine. */
async function manyPictures(folder: string): Promise<void> {
  await writePictures(folder, 0);
  const numbers = Array.from({ length: manyCount }, (_, i) => i);
  await Promise.all(
    numbers.map((i) =>
      patches(1000 + i, 16, 16)
        .png()
        .toFile(path.join(folder, `${i}.png`)),
    ),
  );
}

/** Waits for a line of JSON for which `matches` is true. */
async function output(stream: NodeJS.ReadableStream, matches: (event: Parsed) => boolean): Promise<void> {
  let text = '';
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk: string) => {
      text += chunk;
      const lines = text.split('\n').slice(0, -1);
      if (lines.some((line) => matches(JSON.parse(line)))) resolve();
    });
  });
}

/** Waits until the run has begun, and had the time to list its folder: from then on it works on pictures, for seconds. */
async function begun(catalog: string): Promise<void> {
  const opened = async () => (await whymatch(['catalog', 'info', '--catalog', catalog])).exitCode === 0;
  while (!(await opened())) await sleep(50);
  const reader = openCatalog(catalog, { readonly: true });
  while (reader.collections.all().length === 0) await sleep(50);
  reader.close();
  await sleep(300);
}
