/** The commands that choose among hits and keep a catalogue in order, as users call them. */
import { copyFileSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import Database from 'better-sqlite3';
import { exitCodes } from '../../src/core/errors.ts';
import { json, lastEvent, otherModel, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { zipOf } from '../indexer/archives.ts';
import { patches, writePictures } from './pictures.ts';

/** Eight pictures of four products in two colours, indexed. */
async function shop(t: ExecutionContext) {
  const folder = temporaryFolder(t);
  await writePictures(folder, 8);
  const rows = Array.from(
    { length: 8 },
    (_, i) => `0${i}.png,i${i},p${i >> 1},${i % 2 ? 'red' : 'blue'},${i + 0.5}`,
  );
  writeFileSync(path.join(folder, 'items.csv'), ['file,id,product_id,colour,price', ...rows].join('\n'));
  const catalog = path.join(folder, 'shop');
  const indexed = await whymatch([
    'index',
    path.join(folder, 'items.csv'),
    '--catalog',
    catalog,
    '--model',
    tinyModel,
  ]);
  t.is(indexed.exitCode, 0, indexed.stderr);
  return { folder, catalog, query: path.join(folder, '03.png') };
}

test('search takes a filter, groups, a threshold, an offset and diversity', async (t) => {
  const { catalog, query } = await shop(t);
  const search = async (...flags: string[]): Promise<string[]> => {
    const { hits } = await json(t, ['search', query, '--catalog', catalog, '--model', tinyModel, ...flags]);
    return hits.map(({ id }: { id: string }) => id);
  };
  const all = await search();
  t.deepEqual((await search('--filter', '{"colour": "red"}')).sort(), ['i1', 'i3', 'i5', 'i7']);
  t.deepEqual(await search('--filter', '{"price": {"gt": 3, "lte": 3.5}}'), ['i3']);
  t.is((await search('--group-by-product')).length, 4);
  t.deepEqual(await search('--offset', '2', '-k', '3'), all.slice(2, 5));
  t.deepEqual(await search('--min-score', '0.99999'), ['i3']);
  t.deepEqual((await search('--diversity', '0.9')).sort(), [...all].sort());
});

test('a wrong filter names its place, before a model is loaded', async (t) => {
  const { catalog, query } = await shop(t);
  const search = ['search', query, '--catalog', catalog, '--model', 'no-such-model'];
  const wrong = await whymatch([...search, '--filter', '{"price": {"gteq": 3}}']);
  t.is(wrong.exitCode, exitCodes.usage);
  t.regex(wrong.stderr, /FILTER_INVALID[^]*\$\.price\.gteq[^]*Did you mean "gte"/);
  t.regex((await whymatch([...search, '--filter', 'colour=red'])).stderr, /expected JSON/);
  t.is((await whymatch([...search, '--diversity', '2'])).exitCode, exitCodes.usage);
});

test('verify says that all is well, or what is not and what to do, with exit code 4', async (t) => {
  const { folder, catalog } = await shop(t);
  const good = await whymatch(['catalog', 'verify', '--catalog', catalog, '--sources']);
  t.is(good.exitCode, 0, good.stderr);
  t.regex(good.stdout, /ok +sources +8 files are as they were\n\n.*is sound\n$/);
  rmSync(path.join(folder, '05.png'));
  const gone = await json(t, ['catalog', 'verify', '--catalog', catalog, '--sources'], exitCodes.catalog);
  t.false(gone.ok);
  t.like(gone.checks.at(-1), { name: 'sources', ok: false });
  const database = new Database(path.join(catalog, 'catalog.db'));
  database.exec('UPDATE embeddings SET vector = zeroblob(5) WHERE label = 2');
  database.close();
  const bad = await whymatch(['catalog', 'verify', '--catalog', catalog]);
  t.is(bad.exitCode, exitCodes.catalog);
  t.regex(bad.stdout, /WRONG +embeddings +1 embeddings .*: i1\n[^]*What to do:\n {2}Index the sources/);
});

test('delete removes the copy that the catalogue kept of a picture, and leaves files of the user alone', async (t) => {
  const { folder, catalog } = await shop(t);
  const archive = path.join(folder, 'more.zip');
  const content = await patches(40).png().toBuffer();
  writeFileSync(archive, zipOf([{ name: 'more.png', content }]));
  await whymatch(['index', archive, '--catalog', catalog, '--model', tinyModel]);
  const { source } = await json(t, ['catalog', 'get', 'more.png', '--catalog', catalog]);
  t.true(existsSync(source));
  const { deleted } = await json(t, ['catalog', 'delete', 'more.png', 'i3', '--catalog', catalog]);
  t.is(deleted, 2);
  t.false(existsSync(source));
  t.true(existsSync(path.join(folder, '03.png')));
});

test('a catalogue goes through a file into another folder, and is compacted and rebuilt', async (t) => {
  const { folder, catalog } = await shop(t);
  const file = path.join(folder, 'shop.jsonl');
  const written = await whymatch(['catalog', 'export', '--catalog', catalog, '--output', file]);
  t.is(written.stdout, `wrote 8 items to ${file}\n`);
  t.is(
    (await whymatch(['catalog', 'export', '--catalog', catalog, '--output', file])).exitCode,
    exitCodes.input,
  );
  const copy = path.join(folder, 'copy');
  const read = await whymatch(['catalog', 'import', file, '--catalog', copy, '--json']);
  t.like(lastEvent(read.stdout), { event: 'summary', imported: 8, items: 8 });
  for (const command of ['compact', 'rebuild', 'verify']) {
    const { exitCode, stderr } = await whymatch(['catalog', command, '--catalog', copy]);
    t.is(exitCode, 0, stderr);
  }
});

test('re-embedding makes a catalogue of the same pictures by another model', async (t) => {
  const { folder, catalog } = await shop(t);
  rmSync(path.join(folder, '06.png'));
  const output = path.join(folder, 'other');
  const run = ['catalog', 're-embed', '--catalog', catalog, '--model', otherModel];
  const made = await whymatch([...run, '--output', output]);
  t.is(made.exitCode, exitCodes.partial, made.stderr);
  t.regex(made.stdout, /holds 7 pictures by model [^]*1 failed/);
  const item = await json(t, ['catalog', 'get', 'i3', '--catalog', output]);
  t.like(item, { id: 'i3', productId: 'p1', metadata: { colour: 'red', price: 3.5 } });
  t.is((await whymatch([...run, '--output', catalog])).exitCode, exitCodes.usage);
});

test('tune prints what parameters are worth, and keeps what it is told to keep', async (t) => {
  const { catalog } = await shop(t);
  const tune = ['catalog', 'tune', '--catalog', catalog];
  const shown = await whymatch(tune);
  t.is(shown.exitCode, 0, shown.stderr);
  t.regex(shown.stdout, /compared one by one: always right, and nothing to tune/);
  t.regex(shown.stdout, /m +efConstruction +ms to add one +recall at 10/);
  const kept = await json(t, [...tune, '--apply', '--m', '24']);
  t.deepEqual(kept.kept, { m: 24 });
  t.is(kept.graphs.length, 5);
  t.is((await whymatch([...tune, '--recall', '1.5'])).exitCode, exitCodes.usage);
});

test('fields are indexed, listed and removed', async (t) => {
  const { catalog } = await shop(t);
  const fields = (...rest: string[]) => json(t, ['catalog', 'index-field', '--catalog', catalog, ...rest]);
  t.deepEqual(await fields(), { indexed: [] });
  t.deepEqual(await fields('price', 'colour'), { indexed: ['colour', 'price'] });
  t.deepEqual(await fields('price', '--remove'), { indexed: ['colour'] });
});

test('duplicates are listed, and no more once somebody said they are none', async (t) => {
  const { folder, catalog } = await shop(t);
  writePicturesAgain(folder);
  await whymatch(['index', path.join(folder, 'more.csv'), '--catalog', catalog, '--model', tinyModel]);
  const run = ['catalog', 'duplicates', '--catalog', catalog, '--min-score', '1'];
  const text = await whymatch(run);
  t.regex(text.stdout, /identical +1\.0000 +0\.0 +i3 +copy\n[^]*pairs: 1 identical/);
  t.like(await json(t, run), { pairs: [{ tier: 'identical', a: 'i3', b: 'copy', score: 1 }] });
  const decision = ['catalog', 'not-duplicate', 'copy', 'i3', '--catalog', catalog];
  t.is((await whymatch(decision)).stdout, 'copy and i3 are not duplicates\n');
  t.is((await whymatch(run)).stdout, 'no picture is there twice\n');
  t.like(await json(t, [...decision, '--undo']), { distinct: false, changed: true });
  t.is((await json(t, run)).pairs.length, 1);
  t.is(
    (await whymatch(['catalog', 'not-duplicate', 'i3', 'nobody', '--catalog', catalog])).exitCode,
    exitCodes.catalog,
  );
});

function writePicturesAgain(folder: string): void {
  copyFileSync(path.join(folder, '03.png'), path.join(folder, 'copy.png'));
  writeFileSync(path.join(folder, 'more.csv'), 'file,id\ncopy.png,copy\n');
}
