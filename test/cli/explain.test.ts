import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { exitCodes } from '../../src/core/errors.ts';
import { json, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { patches, writePictures } from './pictures.ts';

test('explain writes overlays, maps, both side by side, and the numbers', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 2);
  const [a, b, why] = ['00.png', '01.png', 'why'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  const explain = ['explain', a, b, '--output', why, '--method', 'guided-match,gradient'];
  const done = await whymatch(explain);
  t.is(done.exitCode, 0, done.stderr);
  t.regex(done.stdout, /^score +\d\.\d{4} {2}cosine similarity by whymatch-s\n/);
  t.regex(done.stdout, /gradient +Gradient \(saliency\): 43 of 43 activations follow the gradient rule/);

  const names = ['hit', 'hit-map', 'query', 'query-map', 'side-by-side'];
  const files = names.flatMap((name) => [`${name}-gradient.png`, `${name}.png`]);
  t.deepEqual(readdirSync(why).toSorted(), [...files, 'explanation.json'].toSorted());
  for (const file of files) t.true(done.stdout.includes(`wrote ${path.join(why, file)}`));
  t.like(await sharp(path.join(why, 'query.png')).metadata(), { width: 48, height: 40, channels: 3 });
  t.like(await sharp(path.join(why, 'query-map.png')).metadata(), { width: 48, height: 40, channels: 4 });
  t.true((await sharp(path.join(why, 'side-by-side.png')).metadata()).width > 2 * 48);

  const document = JSON.parse(readFileSync(path.join(why, 'explanation.json'), 'utf8'));
  t.like(document, {
    format: 'whymatch-explanation',
    version: 1,
    query: { source: a, width: 48 },
    hit: { source: b },
  });
  t.like(document.hit.placement, { picture: { width: 48, height: 40 }, tensor: { width: 224, height: 224 } });
  const { rows } = document.shares.query;
  t.deepEqual([rows.length, rows[0].length], [14, 14]);
  t.true(Math.abs(rows.flat().reduce((x: number, y: number) => x + y, 0) - document.score) < 1e-5);
  const printed = await json(t, ['explain', a, b, '--output', why, '--method', 'match']);
  t.is(printed.score, document.score);
  t.is(printed.files.length, 6);
});

test('--point, --region and --matches say and draw which places answer each other', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 2);
  const [a, b, why] = ['00.png', '01.png', 'why'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  const explain = ['explain', a, b, '--output', why, '--model', tinyModel, '--no-check'];
  const point = await json(t, [...explain, '--point', '30,20', '--matches', '2']);
  const { asked, resolved, share, map, answers } = point.answer;
  t.deepEqual(asked, { x: 30, y: 20 });
  t.true(
    resolved.x <= 30 &&
      resolved.x + resolved.width > 30 &&
      resolved.y <= 20 &&
      resolved.y + resolved.height > 20,
  );
  t.true(Math.abs(map.rows.flat().reduce((x: number, y: number) => x + y, 0) - share) < 1e-5);
  t.true(answers[0].to.x >= 0 && answers[0].to.x <= 48 && answers[0].to.y >= 0 && answers[0].to.y <= 40);
  t.true(point.matches.length <= 2 && point.matches.every(({ mutual }: { mutual: boolean }) => mutual));
  t.deepEqual(JSON.parse(readFileSync(path.join(why, 'explanation.json'), 'utf8')).answer, point.answer);
  for (const file of ['answers.png', 'matches.png'])
    t.true((await sharp(path.join(why, file)).metadata()).width > 2 * 48);
  const whole = await json(t, [...explain, '--region', '0,0,48,40']);
  t.true(whole.answer.share > point.answer.share);
  const refused = await whymatch([...explain, '--point', '48,20']);
  t.is(refused.exitCode, exitCodes.usage);
  t.regex(
    refused.stderr,
    /expected a point in the part of the query that the model saw, x from 0 to 48 and y from 0 to 40/,
  );
});

test('query and hit may be items of a catalogue, cropped, with any target and a report', async (t) => {
  const folder = temporaryFolder(t);
  const photos = path.join(folder, 'photos');
  await writePictures(photos, 3);
  const catalog = path.join(folder, 'shop');
  await whymatch(['index', photos, '--catalog', catalog, '--model', tinyModel]);
  const model = ['--catalog', catalog, '--model', tinyModel];
  const report = path.join(folder, 'report.html');
  const pair = [
    'explain',
    '00.png',
    path.join(photos, '01.png'),
    ...model,
    '--output',
    path.join(folder, 'why'),
  ];
  const crops = ['--crop-query', '8,8,32,24', '--crop-hit', '0,0,24,40'];
  const document = await json(t, [...pair, ...crops, '--target', 'cosine', '--report', report]);
  t.is(document.query.source, path.join(photos, '00.png'), 'an item by its id');
  t.is(document.hit.source, path.join(photos, '01.png'), 'a file by its path');
  t.is(document.target, 'cosine');
  t.deepEqual(document.query.placement.source, { x: 8, y: 8, width: 32, height: 24 });
  t.deepEqual(document.hit.placement.source, { x: 0, y: 0, width: 24, height: 40 });
  t.regex(readFileSync(report, 'utf8'), /00\.png/);

  const missing = await whymatch(['explain', 'nope', '00.png', ...model, '--output', folder]);
  t.is(missing.exitCode, exitCodes.input);
  t.regex(missing.stderr, /IMAGE_NOT_FOUND.*nope/);
});

test('a picture that is explained is never replaced by its overlay', async (t) => {
  const folder = temporaryFolder(t);
  const query = path.join(folder, 'query.png');
  await patches(1).toFile(query);
  copyFileSync(query, path.join(folder, 'other.png'));
  const before = readFileSync(query);
  const explain = [
    'explain',
    query,
    path.join(folder, 'other.png'),
    '--model',
    tinyModel,
    '--output',
    folder,
  ];
  const done = await whymatch(explain);
  t.is(done.exitCode, exitCodes.usage);
  t.regex(done.stderr, /would replace the picture that you gave/);
  t.deepEqual(readFileSync(query), before);
  t.deepEqual(readdirSync(folder).toSorted(), ['other.png', 'query.png']);
});

test('results that cannot be written are OUTPUT_UNWRITABLE', async (t) => {
  const folder = temporaryFolder(t);
  await writePictures(folder, 1);
  const file = path.join(folder, '00.png');
  const done = await whymatch([
    'explain',
    file,
    file,
    '--model',
    tinyModel,
    '--output',
    path.join(file, 'why'),
  ]);
  t.is(done.exitCode, exitCodes.input);
  t.regex(done.stderr, /^error OUTPUT_UNWRITABLE: /);
});
