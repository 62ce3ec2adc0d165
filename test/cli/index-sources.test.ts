/** whymatch index as operators use it: sources of every kind, nightly runs, what is broken, and who else is writing. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import test, { type ExecutionContext } from 'ava';
import { serve } from '../fetch/servers.ts';
import { tarOf, zipOf } from '../indexer/archives.ts';
import { ended, json, lastEvent, startCommand, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { patches, writePictures } from './pictures.ts';

const png = (seed: number) => patches(seed).png().toBuffer();

/** A folder with four pictures in photos/, and the beginning of a command that indexes into shop/. */
async function desk(t: ExecutionContext) {
  const folder = temporaryFolder(t);
  await writePictures(path.join(folder, 'photos'), 4);
  const catalog = path.join(folder, 'shop');
  const index = (source: string, ...flags: string[]) => [
    'index',
    ...(source === '' ? [] : [source === '-' ? '-' : path.join(folder, source)]),
    '--catalog',
    catalog,
    '--model',
    tinyModel,
    ...flags,
  ];
  const summary = async (source: string, ...flags: string[]) => {
    const outcome = await whymatch([...index(source, ...flags), '--json']);
    return { ...lastEvent(outcome.stdout), exitCode: outcome.exitCode };
  };
  return { folder, catalog, index, summary };
}

test('a night: archive, table and URLs in one catalogue, whose pictures can be searched and explained afterwards', async (t) => {
  const { folder, catalog, summary } = await desk(t);
  const [a, b, c] = await Promise.all([71, 72, 73].map(png));
  writeFileSync(path.join(folder, 'a.zip'), zipOf([{ name: 'a.png', content: a! }]));
  const table = '{"id":"b","file":"in/b.png","price":5,"tags":["x"]}\n';
  const tar = await tarOf(
    [
      ['items.jsonl', table],
      ['in/b.png', b!],
    ],
    { gzip: true },
  );
  writeFileSync(path.join(folder, 'b.tgz'), tar);
  const url = await serve(t, (_req, res) => res.writeHead(200, { 'content-type': 'image/png' }).end(c));
  writeFileSync(path.join(folder, 'c.csv'), `id,url,price\nc,${url}/c.png,7\n`);

  for (const source of ['a.zip', 'b.tgz'])
    t.like(await summary(source), { added: 1, failed: 0, exitCode: 0 });
  t.like(await summary('c.csv'), { added: 0, failed: 1, exitCode: 6 });
  t.like(await summary('c.csv', '--allow-private-hosts'), { added: 1, failed: 0, exitCode: 0 });
  // Nothing of it is needed any more.
  for (const name of ['a.zip', 'b.tgz', 'c.csv']) rmSync(path.join(folder, name));
  const query = path.join(folder, 'query.png');
  writeFileSync(query, c!);
  const found = await json(t, [
    'search',
    query,
    '--catalog',
    catalog,
    '--filter',
    '{"price":{"gte":5}}',
    '--model',
    tinyModel,
  ]);
  t.deepEqual(
    found.hits.map(({ id }: { id: string }) => id),
    ['c', 'b'],
  );
  const report = path.join(folder, 'report.html');
  const explained = await whymatch([
    'search',
    query,
    '--catalog',
    catalog,
    '--report',
    report,
    '--model',
    tinyModel,
  ]);
  t.is(explained.exitCode, 0, explained.stderr);
  t.true(
    readFileSync(report, 'utf8').includes(`${url}/c.png`),
    'the report says where the picture came from',
  );
  const verified = await json(t, ['catalog', 'verify', '--catalog', catalog, '--sources']);
  t.true(verified.ok, JSON.stringify(verified.checks));
});

test('sync, and what keeps it from removing too much', async (t) => {
  const { folder, catalog, index, summary } = await desk(t);
  await summary('photos');
  rmSync(path.join(folder, 'photos/00.png'));
  t.like(await summary('photos', '--mode', 'sync', '--dry-run'), { removed: 1, dryRun: true, items: 4 });
  t.like(await summary('photos', '--mode', 'sync'), { removed: 1, items: 3, exitCode: 0 });
  for (const name of ['01.png', '02.png']) rmSync(path.join(folder, 'photos', name));
  const refused = await whymatch(index('photos', '--mode', 'sync'));
  t.is(refused.exitCode, 6);
  t.regex(
    refused.stdout,
    /2 pictures not in the source any more were kept: that is more than half[^]*--allow-mass-delete/,
  );
  const allowed = await whymatch(index('photos', '--mode', 'sync', '--allow-mass-delete'));
  t.regex(allowed.stdout, /read 1 picture in .*: 2 removed\n[^]*2 {2}removed +not in the source any more/);
  t.is((await json(t, ['catalog', 'info', '--catalog', catalog])).items, 1);
});

test('a dry run makes no catalogue, and says what would fail', async (t) => {
  const { folder, catalog, index } = await desk(t);
  writeFileSync(path.join(folder, 'photos/bad.png'), 'bad');
  const errors = path.join(folder, 'errors.jsonl');
  const { stdout, exitCode } = await whymatch(index('photos', '--dry-run', '--errors', errors));
  t.is(exitCode, 6);
  t.regex(
    stdout,
    /dry run over 5 pictures in .*: 4 new\n +4 {2}to index[^]*1 {2}failed[^]*Nothing was changed/,
  );
  t.like(JSON.parse(readFileSync(errors, 'utf8')), { id: 'bad.png', code: 'IMAGE_UNSUPPORTED' });
  t.false(existsSync(catalog));
});

test('--errors has a line a failure, with the attempt; --retry-failed tries them again, wherever they came from', async (t) => {
  const { folder, catalog, summary } = await desk(t);
  const errors = path.join(folder, 'errors.jsonl');
  writeFileSync(path.join(folder, 'photos/bad.png'), 'bad');
  writeFileSync(path.join(folder, 'items.csv'), `id,file\nx,photos/gone.png\ny,photos/00.png\n,\n`);
  await summary('photos', '--errors', errors);
  await summary('items.csv', '--errors', errors);
  const lines = () =>
    readFileSync(errors, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map(
        (line) =>
          JSON.parse(line) as { id: string; code: string; attempt: number; at: string; collection: string },
      );
  t.like(lines(), [
    { id: 'x', code: 'IMAGE_NOT_FOUND', attempt: 1, collection: path.join(folder, 'items.csv') },
  ]);
  t.is(lines().length, 1, 'a file of an earlier run is replaced, and blank rows are no rows');
  t.like(await summary('', '--retry-failed', '--errors', errors), { added: 0, failed: 2, exitCode: 6 });
  t.deepEqual(
    lines().map(({ id, attempt }) => [id, attempt]),
    [
      ['x', 2],
      ['bad.png', 2],
    ],
  );
  writeFileSync(path.join(folder, 'photos/bad.png'), await png(80));
  writeFileSync(path.join(folder, 'photos/gone.png'), await png(81));
  t.like(await summary('', '--retry-failed'), { added: 2, unchanged: 0, failed: 0, items: 7, exitCode: 0 });
  t.deepEqual(await json(t, ['catalog', 'failures', '--catalog', catalog]), []);
  t.like(await summary('', '--retry-failed'), { added: 0, failed: 0, exitCode: 0 });
});

test('standard input: what another program prints is indexed as it comes', async (t) => {
  const { folder, index } = await desk(t);
  const child = startCommand(t, [
    ...index('-', '--format', 'csv', '--name', 'feed', '--mode', 'sync'),
    '--json',
  ]);
  const outcome = ended(child);
  const rows = ['00', '01'].map((name) => `${name},${path.join(folder, 'photos', name)}.png\n`);
  Readable.from(['id,file\n', ...rows]).pipe(child.stdin);
  const { stdout, exitCode } = await outcome;
  t.is(exitCode, 0, stdout);
  t.like(lastEvent(stdout), { added: 2, failed: 0, items: 2 });
});

test('Ctrl+C does not wait for a pipe that nobody writes to', async (t) => {
  const { catalog, index } = await desk(t);
  const child = startCommand(t, index('-', '--format', 'csv'));
  const outcome = ended(child);
  child.stdin.write('id,file\n1,gone.png\n');
  await made(catalog);
  child.kill('SIGINT');
  const { exitCode, stdout } = await outcome;
  t.is(exitCode, 130, stdout);
  t.regex(stdout, /stopped after/);
});

/** Waits until a run in another process has made its catalogue. */
async function made(catalog: string): Promise<void> {
  for (;;) {
    const { exitCode } = await whymatch(['catalog', 'info', '--catalog', catalog]);
    if (exitCode === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a run that is stopped before it came to a picture does not say that there are none', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 2);
  const index = ['index', folder, '--catalog', path.join(folder, 'catalog'), '--model', tinyModel];
  const stopped = await whymatch(index, { signal: AbortSignal.abort() });
  t.regex(stopped.stdout, /stopped after 0 pictures/);
  t.regex(stopped.stdout, /Run the same command again to go on/);
  t.notRegex(stopped.stdout, /no pictures/);
  const empty = await whymatch(['index', temporaryFolder(t), ...index.slice(2)]);
  t.regex(empty.stdout, /The source has no pictures/);
});

test('two indexers at once: the second is refused with the pid of the first, or waits for its turn', async (t) => {
  const { folder, catalog, index } = await desk(t);
  // The first one waits for its input, and has the catalogue meanwhile.
  const first = startCommand(t, index('-', '--format', 'urls'));
  const firstEnd = ended(first);
  await made(catalog);
  const refused = await whymatch([...index('photos'), '--json']);
  t.is(refused.exitCode, 4);
  t.like(JSON.parse(refused.stdout).error, { code: 'CATALOG_BUSY', details: { pid: first.pid } });
  const waiting = startCommand(t, index('photos', '--wait', '2'));
  const waitingEnd = ended(waiting);
  await new Promise<void>((resolve) =>
    waiting.stderr.on('data', (text: string) => {
      if (text.includes(`waiting: the catalogue ${catalog} is being written by process ${first.pid}`))
        resolve();
    }),
  );
  first.stdin.end();
  t.is((await firstEnd).exitCode, 0);
  const { exitCode, stdout } = await waitingEnd;
  t.is(exitCode, 0, stdout);
  t.regex(stdout, /4 {2}indexed/);
  t.true(existsSync(folder));
});

test('options that do not go together are refused before anything is done', async (t) => {
  const { catalog, index } = await desk(t);
  for (const [argv, message] of [
    [index(''), /name a source to index, or --retry-failed/],
    [index('-'), /standard input needs a format/],
    [index('-', '--format', 'csv', '--mode', 'sync'), /give standard input a --name/],
    [index('photos', '--mode', 'sync', '--retry-failed'), /--retry-failed reads only a part/],
    [index('photos', '--allow-mass-delete'), /goes with --mode sync/],
    [index('', '--retry-failed', '--name', 'x'), /--name goes with a source/],
    [index('photos', '--mode', 'mirror'), /upsert, sync/],
    [index('photos', '--errors', '/nowhere/at/all.jsonl'), /all\.jsonl cannot be written/],
  ] as const) {
    const { exitCode, stderr } = await whymatch(argv);
    t.true(exitCode === 2 || exitCode === 3, `${argv.join(' ')}: ${exitCode} ${stderr}`);
    t.regex(stderr, message);
  }
  t.false(existsSync(catalog));
});
