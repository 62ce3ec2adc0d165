import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import { lastEvent, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { patches } from './pictures.ts';

test('a catalogue’s explanations are measured into a page, JSON and CSV that agree', async (t) => {
  const folder = temporaryFolder(t);
  const [photos, catalog, output] = ['photos', 'shop', 'evaluation'].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  mkdirSync(photos);
  for (let i = 0; i < 4; i++)
    await patches(i)
      .png()
      .toFile(path.join(photos, `${i}.png`));
  t.is((await whymatch(['index', photos, '--catalog', catalog, '--model', tinyModel])).exitCode, 0);
  const command = [
    'evaluate',
    'explanations',
    '--catalog',
    catalog,
    '--model',
    tinyModel,
    '--method',
    'guided-match,gradient',
  ];

  const first = await whymatch([...command, '--pairs', '2', '--output', output]);
  t.is(first.exitCode, 0, first.stderr);
  t.regex(first.stdout, /guided-match +\d\.\d{3} \(\d\.\d{3} to \d\.\d{3}\)/);
  for (const name of ['report.html', 'results.json', 'results.csv'])
    t.true(first.stdout.includes(path.join(output, name)));

  const again = await whymatch([...command, '--pairs', '2', '--output', output]);
  t.is(again.exitCode, 3);
  t.true(again.stderr.includes('OUTPUT_EXISTS'));

  const resumed = await whymatch([...command, '--pairs', '3', '--output', output, '--resume', '--json']);
  t.is(resumed.exitCode, 0);
  const summary = lastEvent(resumed.stdout);
  t.like(summary, { event: 'summary', format: 'whymatch-evaluation', version: 1, pairs: 3, problems: [] });
  const written = JSON.parse(readFileSync(path.join(output, 'results.json'), 'utf8'));
  t.deepEqual(written.methods, summary.methods);
  const rows = parse<Record<string, string>>(readFileSync(path.join(output, 'results.csv')), {
    columns: true,
  });
  for (const { name, measures } of written.methods) {
    for (const [measure, { mean, count }] of Object.entries<{ mean: number; count: number }>(measures)) {
      const row = rows.find((row) => row['name'] === name && row['measure'] === measure)!;
      t.true(Math.abs(Number(row['mean']) - mean) < 1e-6);
      t.is(row['pairs'], String(count));
    }
  }

  const page = readFileSync(path.join(output, 'report.html'), 'utf8');
  for (const words of ['Guided match', 'Centre Gaussian', '3, mean similarity', '<polyline'])
    t.true(page.includes(words), words);
  t.false(/<script|(?:src|href)=/.test(page));
  t.false(/NaN|undefined|Infinity/.test(page));
});

test('to resume needs a folder to go on with', async (t) => {
  const { exitCode, stderr } = await whymatch(['evaluate', 'explanations', '--catalog', 'x', '--resume']);
  t.is(exitCode, 2);
  t.true(stderr.includes('--output'));
});
