/** `whymatch serve` as users start it. */
import { once } from 'node:events';
import path from 'node:path';
import { ended, startCommand, temporaryFolder, whymatch } from '../cli/cli.ts';
import { writePictures } from '../cli/pictures.ts';
import { quickModel } from '../support/quick-model.ts';
import { makeCatalog, test } from './support.ts';

test('serve says where it listens, answers, and ends in order when it is told to stop', async (t) => {
  const folder = temporaryFolder(t);
  const [pictures, catalog] = ['pictures', 'shop'].map((name) => path.join(folder, name)) as [string, string];
  await writePictures(pictures, 12);
  t.is((await whymatch(['index', pictures, '--catalog', catalog])).exitCode, 0);
  const child = startCommand(t, ['serve', '--catalog', catalog, '--port', '0', '--json', '--log', 'silent']);
  const [line] = (await once(child.stdout, 'data')) as [string];
  const { event, url, items } = JSON.parse(line) as { event: string; url: string; items: number };
  t.is(event, 'listening');
  t.is(items, 12);
  t.is((await fetch(`${url}/healthz`)).status, 200);
  const found = await fetch(`${url}/v1/items/07.png/similar?k=1`);
  t.is(found.status, 200);
  child.kill('SIGTERM');
  t.is((await ended(child)).exitCode, 0);
});

test('serve refuses to order hits by a field that no item has', async (t) => {
  const outcome = await whymatch([
    'serve',
    '--catalog',
    await makeCatalog(t),
    '--model',
    quickModel(),
    '--agree-on',
    'taste',
  ]);
  t.is(outcome.exitCode, 2);
  t.regex(outcome.stderr, /colour.* to agree on, received "taste"/);
});

test('serve refuses to let everybody in', async (t) => {
  const outcome = await whymatch(['serve', '--catalog', await makeCatalog(t), '--host', '0.0.0.0']);
  t.is(outcome.exitCode, 2);
  t.regex(outcome.stderr, /--keys/);
});
