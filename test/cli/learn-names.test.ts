import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { json, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { patches } from './pictures.ts';

test('index learns the category, learn-names any field, and says which pictures may be misnamed', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'photos'));
  const rows: string[] = [];
  for (let i = 0; i < 60; i++) {
    const file = `photos/${i}.png`;
    const [bright, dark] = [patches(i).linear(0.3, 170), patches(i).linear(0.3)];
    await (i % 2 === 0 ? bright : dark).png().toFile(path.join(folder, file));
    // One dark picture is called bright.
    rows.push(`${file},${i % 2 === 0 || i === 31 ? 'bright' : 'dark'},${i % 3 === 0 ? 'one' : 'two'}`);
  }
  const table = path.join(folder, 'items.csv');
  writeFileSync(table, ['file,category,brand', ...rows].join('\n'));
  const catalog = path.join(folder, 'shop');
  const index = ['index', table, '--catalog', catalog, '--model', tinyModel];
  const indexed = await whymatch(index);
  t.is(indexed.exitCode, 0, indexed.stderr);
  t.regex(indexed.stdout, /learned 2 names of category from 60 pictures: 9\d % right on pictures left out/);
  t.notRegex((await whymatch(index)).stdout, /learned/, 'nothing has changed');

  const names = path.join(folder, 'names.html');
  const learn = ['catalog', 'learn-names', '--catalog', catalog, '--model', tinyModel];
  const learned = await json(t, [...learn, '--html', names]);
  t.like(learned, { field: 'category', examples: 60, files: [path.join(catalog, 'names.json'), names] });
  const named = readFileSync(names, 'utf8');
  t.regex(named, /One picture may have a wrong category[^]*<strong>bright → dark<\/strong>/);
  t.is(named.match(/<img src="data:image\/webp;base64,/g)!.length, 2);
  t.false(/<script|(?:src|href)="http|NaN|undefined/.test(named));
  t.deepEqual(
    learned.suspects.map(({ id, name, looksLike }: Record<string, string>) => [id, name, looksLike]),
    [['photos/31.png', 'bright', 'dark']],
  );
  const photo = path.join(folder, 'photos', '31.png');
  const found = await json(t, [
    'search',
    photo,
    '--catalog',
    catalog,
    '--agree-on',
    'category',
    '--model',
    tinyModel,
  ]);
  t.like(found.name, { field: 'category', value: 'dark' });
  t.is(found.hits[0].metadata.category, 'dark');

  const report = path.join(folder, 'report.html');
  const reported = [
    'search',
    photo,
    '--catalog',
    catalog,
    '--model',
    tinyModel,
    '-k',
    '2',
    '--report',
    report,
  ];
  t.is((await whymatch(reported)).exitCode, 0);
  const page = readFileSync(report, 'utf8');
  t.regex(page, /<figure class="name"><img src="data:image\/webp;base64,[^"]+" alt="What speaks for dark"/);
  t.regex(page, /What speaks for “dark” rather than for the other names\. Blurring/);

  const why = path.join(folder, 'why');
  const name = ['name', photo, '--catalog', catalog, '--model', tinyModel];
  const explained = await json(t, [...name, '--output', why, '--method', 'guided,match']);
  t.like(explained, { format: 'whymatch-explanation', target: 'name', field: 'category', value: 'dark' });
  t.deepEqual(
    explained.files.map((file: string) => path.basename(file)),
    ['name.png', 'name-map.png', 'name-match.png', 'name-map-match.png', 'explanation.json'],
  );
  const { width, height } = await sharp(path.join(why, 'name-map.png')).metadata();
  t.deepEqual([width, height], [48, 40]);
  t.like(JSON.parse(readFileSync(path.join(why, 'explanation.json'), 'utf8')), {
    value: 'dark',
    probability: explained.probability,
  });
  t.regex((await whymatch([...name, '--value', 'bright'])).stdout, /category: bright \(\d/);
  const misspelt = await whymatch([...name, '--value', 'brigth']);
  t.is(misspelt.exitCode, 3);
  t.regex(misspelt.stderr, /NAMES_UNKNOWN[^]*did you mean bright/);
  t.regex((await whymatch([...name, '--field', 'brand'])).stderr, /NAMES_UNKNOWN[^]*knows those of category/);

  const text = await whymatch(['catalog', 'learn-names', 'brand', '--catalog', catalog]);
  t.regex(text.stdout, /brand \(worst first\) +pictures +named rightly/);
  const again = await whymatch([...index, '--force']);
  t.regex(again.stdout, /learned 2 names of category[^]*learned 2 names of brand/);
  t.notRegex((await whymatch([...index, '--force', '--no-learn'])).stdout, /learned/);
  t.like(await json(t, ['catalog', 'learn-names', 'brand', '--catalog', catalog, '--forget']), {
    forgotten: true,
  });

  const unknown = await whymatch(['catalog', 'learn-names', 'colour', '--catalog', catalog]);
  t.is(unknown.exitCode, 2);
  t.regex(unknown.stderr, /USAGE[^]*product_id, brand, category/);
});

test('names that cannot be kept do not spoil the run', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(path.join(folder, 'photos'));
  const rows: string[] = [];
  for (let i = 0; i < 50; i++) {
    const file = `photos/${i}.png`;
    await patches(i).png().toFile(path.join(folder, file));
    rows.push(`${file},${i % 2 === 0 ? 'a' : 'b'}`);
  }
  const table = path.join(folder, 'items.csv');
  writeFileSync(table, ['file,category', ...rows].join('\n'));
  const catalog = path.join(folder, 'shop');
  const index = ['index', table, '--catalog', catalog, '--model', tinyModel];
  t.is((await whymatch([...index, '--no-learn'])).exitCode, 0);
  // A folder of that name: no file can take its place.
  mkdirSync(path.join(catalog, 'names.json', 'in the way'), { recursive: true });
  const { exitCode, stdout, stderr } = await whymatch([...index, '--force']);
  t.is(exitCode, 0, stderr);
  t.regex(stderr, /names were not learned: .*names\.json cannot be written/);
  t.regex(stdout, /holds 50 pictures/);
});
