import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { exitCodes } from '../../src/core/errors.ts';
import { json, lastEvent, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { patches, writePictures } from './pictures.ts';
import { checkout } from '../support/checkout.ts';

/** Eight pictures of four products in two colours, indexed with a model that was added under a name. */
async function shop(t: ExecutionContext) {
  const folder = temporaryFolder(t);
  await writePictures(folder, 8);
  const rows = Array.from(
    { length: 8 },
    (_, i) => `0${i}.png,i${i},p${i >> 1},${i % 2 ? 'red' : 'blue'},${i + 0.5}`,
  );
  writeFileSync(path.join(folder, 'items.csv'), ['file,id,product_id,colour,price', ...rows].join('\n'));
  const catalog = path.join(folder, 'shop');
  await whymatch(['model', 'add', tinyModel, '--name', 'tiny']);
  const index = ['index', path.join(folder, 'items.csv'), '--catalog', catalog];
  return { folder, catalog, index, query: path.join(folder, '03.png') };
}

test('index, search, get, delete: the whole way, for people', async (t) => {
  const { catalog, index, query } = await shop(t);
  const first = await whymatch([...index, '--model', 'tiny']);
  t.is(first.exitCode, 0, first.stderr);
  t.regex(first.stdout, /read 8 pictures in .*\n +8 {2}indexed +at [\d.]+\/s\n/);
  t.regex(first.stdout, /holds 8 pictures by model tiny/);

  const again = await whymatch(index);
  t.regex(again.stdout, /8 {2}unchanged/, 'the catalogue’s own model is the default');

  const found = await whymatch(['search', query, '--catalog', catalog, '-k', '3']);
  t.is(found.exitCode, 0, found.stderr);
  const [title, , columns, best, ...others] = found.stdout.trimEnd().split('\n');
  t.regex(title!, /03\.png: 3 nearest of 8 pictures {2}\(.*exact search, tiny\)/);
  t.is(columns, '#   score  id  product  colour  price');
  t.is(best, '1  1.0000  i3  p1       red     3.5');
  t.is(others.length, 2);

  t.regex(
    (await whymatch(['catalog', 'info', '--catalog', catalog])).stdout,
    /model +tiny, 12 values[^]*colour, price/,
  );
  t.regex(
    (await whymatch(['catalog', 'get', 'i3', '--catalog', catalog])).stdout,
    /product +p1\n[^]*price +3.5/,
  );
  const gone = await whymatch(['catalog', 'delete', 'i3', 'i9', '--catalog', catalog]);
  t.is(gone.exitCode, exitCodes.partial);
  t.regex(gone.stdout, /deleted 1 item; .* holds 7 pictures/);
  t.is(gone.stderr, 'not in the catalogue: i9\n');
  const after = await whymatch(['search', query, '--catalog', catalog, '-k', '99']);
  t.notRegex(after.stdout, / i3 /);
});

test('index, search, catalog, with --json: every document parses, and stderr is empty', async (t) => {
  const { catalog, index, query } = await shop(t);
  const indexed = await whymatch([...index, '--model', 'tiny', '--json']);
  t.is(indexed.stderr, '');
  const events = indexed.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.true(events.length > 1 && events.slice(0, -1).every(({ event }) => event === 'progress'));
  t.like(events.at(-1), { event: 'summary', indexed: 8, failed: 0, aborted: false, items: 8, model: 'tiny' });

  const forced = await whymatch([...index, '--force', '--json', '--batch-size', '3', '--threads', '1']);
  t.like(lastEvent(forced.stdout), { indexed: 8, unchanged: 0 });

  const found = await json(t, ['search', query, '--catalog', catalog, '-k', '2', '--exact']);
  t.like(found, {
    method: 'exact',
    query: { name: query, format: 'png', width: 48 },
    model: { name: 'tiny' },
  });
  t.like(found.hits[0], { rank: 1, id: 'i3', productId: 'p1', metadata: { colour: 'red', price: 3.5 } });
  t.true(Math.abs(found.hits[0].score - 1) < 1e-6);

  const others = await json(t, ['search', '--id', 'i3', '--catalog', catalog]);
  t.is(others.query.id, 'i3');
  t.deepEqual(others.hits.map(({ id }: { id: string }) => id).toSorted(), [
    'i0',
    'i1',
    'i2',
    'i4',
    'i5',
    'i6',
    'i7',
  ]);

  const part = await json(t, ['search', query, '--catalog', catalog, '--crop', '0,0,24,20']);
  t.like(part.query.placement.source, { x: 0, y: 0, width: 24, height: 20 });
  t.true(part.hits[0].score < 0.9999, 'a part is not the whole');

  t.like(await json(t, ['catalog', 'info', '--catalog', catalog]), {
    items: 8,
    metadataFields: ['colour', 'price'],
  });
  t.deepEqual(await json(t, ['catalog', 'failures', '--catalog', catalog]), []);
  t.like(await json(t, ['catalog', 'delete', 'i0', '--catalog', catalog]), {
    deleted: 1,
    missing: [],
    items: 7,
  });
});

test('--report writes a page, --explain overlays of both sides and their numbers', async (t) => {
  const { catalog, index, query, folder } = await shop(t);
  await whymatch([...index, '--model', 'tiny']);
  const report = path.join(folder, 'out', 'report.html');
  const why = path.join(folder, 'why');
  const search = ['search', query, '--catalog', catalog, '-k', '2'];
  const methods = ['--method', 'guided-match', '--method', 'match'];
  const done = await whymatch([...search, '--report', report, '--explain', why, ...methods]);
  t.is(done.exitCode, 0, done.stderr);
  t.regex(done.stdout, /report: .*report\.html\nmaps: 8 pictures and explanation\.json in /);
  t.regex(readFileSync(report, 'utf8'), /^<!doctype html>[^]*p1/i);

  const names = ['hit', 'query'].flatMap((side) => [`${side}-match.png`, `${side}.png`]);
  t.deepEqual(readdirSync(why).toSorted(), [
    ...names.map((n) => `01-${n}`),
    ...names.map((n) => `02-${n}`),
    'explanation.json',
  ]);
  t.like(await sharp(path.join(why, '02-hit.png')).metadata(), { format: 'png', width: 48, height: 40 });
  const document = JSON.parse(readFileSync(path.join(why, 'explanation.json'), 'utf8'));
  t.like(document, {
    format: 'whymatch-explanation',
    version: 1,
    model: { name: 'tiny' },
    target: 'similarity',
  });
  t.like(document.methods[0], { name: 'guided-match', rule: 'guided', activations: 3 });
  t.is(document.hits.length, 2);
  for (const { score, shares } of document.hits) {
    for (const side of ['query', 'hit']) {
      const sum = shares[side].rows.flat().reduce((a: number, b: number) => a + b, 0);
      t.true(Math.abs(sum - score) < 1e-5, `${side}: the shares sum to the score`);
    }
  }
});

test('a hit whose picture is gone is listed, the others are explained, exit code 6', async (t) => {
  const { catalog, index, query, folder } = await shop(t);
  await whymatch([...index, '--model', 'tiny']);
  writeFileSync(path.join(folder, '03.png.keep'), readFileSync(query));
  writeFileSync(query, await patches(77).png().toBuffer());
  const why = path.join(folder, 'why');
  const search = [
    'search',
    path.join(folder, '03.png.keep'),
    '--catalog',
    catalog,
    '-k',
    '2',
    '--explain',
    why,
  ];
  const done = await whymatch(search);
  t.is(done.exitCode, exitCodes.partial);
  t.regex(done.stderr, /not explained: i3: ITEM_CHANGED: /);
  t.false(existsSync(path.join(why, '01-hit.png')));
  t.true(existsSync(path.join(why, '02-hit.png')));
  const document = await json(t, search, exitCodes.partial);
  t.like(document.notExplained, [{ id: 'i3', code: 'ITEM_CHANGED' }]);
});

test('an empty folder makes an empty catalogue, and searching it says so', async (t) => {
  const folder = temporaryFolder(t);
  const catalog = path.join(folder, 'shop');
  const empty = temporaryFolder(t);
  const done = await whymatch(['index', empty, '--catalog', catalog, '--model', tinyModel]);
  t.is(done.exitCode, 0, done.stderr);
  t.regex(done.stdout, /The source has no pictures/);
  await writePictures(folder, 1);
  const query = path.join(folder, '00.png');
  const found = await whymatch(['search', query, '--catalog', catalog, '--model', tinyModel]);
  t.is(found.exitCode, exitCodes.catalog);
  t.regex(found.stderr, /^error CATALOG_EMPTY: .*index some pictures first/);
});

test('on a terminal there is a bar and colour; NO_COLOR takes the colour away', async (t) => {
  const { index, catalog, query } = await shop(t);
  const indexed = await whymatch([...index, '--model', 'tiny'], { columns: 100 });
  t.regex(indexed.stderr, /Indexing {2}[█░]{24} +100 % {2}8 of 8/);
  t.true(indexed.stdout.includes('\u001B[1m'));
  const search = ['search', query, '--catalog', catalog];
  const plain = await whymatch(search, { columns: 100, env: { NO_COLOR: '1' } });
  t.false(plain.stdout.includes('\u001B'));
  const piped = await whymatch(search);
  t.is(piped.stdout.replaceAll(/\([^)]*\)/g, ''), plain.stdout.replaceAll(/\([^)]*\)/g, ''));
  t.is((await whymatch(index)).stderr, '', 'short runs leave no lines in a log');
});

test('a catalogue of an older format is brought up to date by whoever reads it first', async (t) => {
  const catalog = temporaryFolder(t);
  const old = checkout('test/search/fixtures/format-1/catalog.db');
  copyFileSync(old, path.join(catalog, 'catalog.db'));
  t.like(await json(t, ['catalog', 'info', '--catalog', catalog]), {
    items: 2,
    space: { model: 'test-model' },
  });
});
