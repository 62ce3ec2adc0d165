import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { parse } from 'csv-parse/sync';
import { json, lastEvent, type Parsed, temporaryFolder, tinyModel, whymatch } from './cli.ts';
import { patches } from './pictures.ts';

/** A catalogue of pictures of two kinds, indexed from a table, and the table of more of them. */
async function shop(
  t: ExecutionContext,
  count: number,
): Promise<{ catalog: string; queries: string; folder: string }> {
  const folder = temporaryFolder(t);
  const rows: string[] = [];
  mkdirSync(path.join(folder, 'photos'));
  for (let i = 0; i < count + 4; i++) {
    const file = `photos/${i}.png`;
    const picture = i % 2 === 0 ? patches(i) : patches(i).negate().blur(3);
    await picture.png().toFile(path.join(folder, file));
    rows.push(`${file},${i % 2 === 0 ? 'sharp' : 'soft'}`);
  }
  const [items, queries] = ['items.csv', 'queries.csv'].map((name) => path.join(folder, name)) as [
    string,
    string,
  ];
  writeFileSync(items, ['file,kind', ...rows.slice(4)].join('\n'));
  writeFileSync(queries, ['file,kind', ...rows.slice(0, 4), 'photos/gone.png,soft'].join('\n'));
  const catalog = path.join(folder, 'shop');
  const { exitCode, stderr } = await whymatch(['index', items, '--catalog', catalog, '--model', tinyModel]);
  t.is(exitCode, 0, stderr);
  return { catalog, queries, folder };
}

test('retrieval is measured into a page, JSON and CSV that agree; what scores mean is kept where there are enough queries', async (t) => {
  const { catalog, folder } = await shop(t, 52);
  const [html, csv] = ['r.html', 'r.csv'].map((name) => path.join(folder, name)) as [string, string];
  const command = ['evaluate', 'retrieval', '--catalog', catalog, '--label', 'kind'];
  const result = await json(t, [...command, '--html', html, '--csv', csv, '--save']);
  t.like(result, { format: 'whymatch-retrieval', version: 1, queries: 52, leftOut: 0, label: 'kind' });
  t.true(
    result.recall[10].value >= result.recall[5].value && result.recall[5].value >= result.recall[1].value,
  );
  t.deepEqual(result.files, [html, csv, path.join(catalog, 'calibration.json')]);
  t.true(result.scores.curve.at.length > 0 && result.names.accuracy.value > 0);

  const rows = parse<Record<string, string>>(readFileSync(csv), { columns: true });
  const first = rows.find((row) => row['class'] === '' && row['measure'] === 'recall at 1')!;
  t.true(Math.abs(Number(first['value']) - result.recall[1].value) < 1e-6);
  t.deepEqual(
    rows.filter((row) => row['measure'] === 'mAP at R').map((row) => row['class']),
    ['', ...result.classes.map(({ label }: { label: string }) => label)],
  );

  const page = readFileSync(html, 'utf8');
  for (const words of ['Recall at 10', 'What does a score mean here?', 'likely the same', '<circle'])
    t.true(page.includes(words), words);
  if (result.confusions.length > 0) t.true(page.includes('data:image/webp'));
  t.false(/<script|(?:src|href)="http/.test(page));
  t.false(/NaN|undefined|Infinity/.test(page));

  // Searches say now what their scores mean, and name the picture.
  const search = ['search', path.join(folder, 'photos/0.png'), '--catalog', catalog, '--model', tinyModel];
  const report = path.join(folder, 'search.html');
  const found = await json(t, [...search, '-k', '6', '--report', report, '--no-check']);
  const { same, similar } = result.scores;
  for (const { score, likeness } of found.hits) {
    const expected =
      same !== null && score >= same ? 'same' : similar !== null && score >= similar ? 'similar' : 'weak';
    t.is(likeness, expected);
  }
  t.is(found.name.field, 'kind');
  t.true(found.name.confidence > 0 && found.name.confidence <= 1);
  // Several looks together have other scores than those that were measured; a picture without an object is looked at once.
  const looked = await json(t, [...search, '--subject']);
  t.is(looked.hits.length, 10);
  const printed = await whymatch(search);
  t.regex(printed.stdout, /Looks like: (?:sharp|soft) \(\d+ %\)/);
  t.regex(printed.stdout, /score +match +id/);
  t.regex(readFileSync(report, 'utf8'), /class="likeness">(?:likely the same|similar|weak)</);

  const text = await whymatch(command);
  t.regex(text.stdout, /recall at 1 +\d+\.\d % \(\d+\.\d to \d+\.\d\)/);
  t.regex(text.stdout, /scores +likely the same/);
});

test('pictures of a table are queries; one that cannot be read is said, and few queries give no calibration', async (t) => {
  const { catalog, queries, folder } = await shop(t, 8);
  const command = ['evaluate', 'retrieval', '--catalog', catalog, '--label', 'kind', '--model', tinyModel];
  const result = await json(t, [...command, '--queries', queries], 6);
  t.like(result, { queries: 4, scores: null, names: null, queriesFrom: queries });
  t.is(result.problems.length, 1);
  t.is(result.problems[0].code, 'IMAGE_NOT_FOUND');
  const bare = await json(t, [
    'search',
    path.join(folder, 'photos/0.png'),
    '--catalog',
    catalog,
    '--model',
    tinyModel,
  ]);
  t.false('likeness' in bare.hits[0]);
  t.is(bare.name, null);
  const saved = await whymatch([...command, '--save']);
  t.is(saved.exitCode, 2);
  t.true(saved.stderr.includes('at least 50 queries'));
  const wrong = await whymatch(['evaluate', 'retrieval', '--catalog', catalog, '--label', 'colour']);
  t.is(wrong.exitCode, 2);
  t.true(wrong.stderr.includes('product_id, kind'));
});

test('retrieval is measured as --rerank orders the hits; what scores mean is that of the plain search', async (t) => {
  const { catalog, queries, folder } = await shop(t, 52);
  const html = path.join(folder, 'r.html');
  const command = ['evaluate', 'retrieval', '--catalog', catalog, '--label', 'kind', '--model', tinyModel];
  const plain = await json(t, command);
  const closely = await json(t, [...command, '--rerank', '20', '--html', html]);
  t.is(plain.rerank, null);
  t.like(closely, { rerank: 20, queries: 52, problems: [] });
  t.deepEqual([closely.scores, closely.names], [plain.scores, plain.names]);
  // The first twenty hold the same hits in another order.
  t.notDeepEqual(closely.mapAt10, plain.mapAt10);
  // One hit alone has no other order.
  const one = await json(t, [...command, '--rerank', '1']);
  t.deepEqual([one.recall, one.mapAt10, one.mapAtR], [plain.recall, plain.mapAt10, plain.mapAtR]);
  t.true(readFileSync(html, 'utf8').includes('the first 20, looked at more closely'));

  const agreed = await json(t, [...command, '--agree-on', 'kind', '--html', html]);
  t.like(agreed, { rerank: null, agreeOn: 'kind', scores: plain.scores });
  t.notDeepEqual(agreed.mapAt10, plain.mapAt10);
  // What the query's own name has taught does not count.
  await json(t, ['catalog', 'learn-names', 'kind', '--catalog', catalog]);
  const learned = await json(t, [...command, '--agree-on', 'kind']);
  t.true(learned.mapAt10.mean > Math.max(plain.mapAt10.mean, agreed.mapAt10.mean));
  t.true(plain.names.learned.accuracy.value > plain.names.accuracy.value);
  t.regex(readFileSync(html, 'utf8'), /In agreement.*on kind/s);
  // The picture itself is in the catalogue, but has no say.
  const robustness = [
    'evaluate',
    'robustness',
    ...command.slice(2),
    '--sample',
    '5',
    '--transformation',
    'mirror',
  ];
  const csv = path.join(folder, 'r.csv');
  t.is((await whymatch([...robustness, '--agree-on', 'kind', '--csv', csv])).exitCode, 0);
  t.like(parse(readFileSync(csv), { columns: true })[0], { rerank: '', 'agree on': 'kind' });

  const search = [
    'search',
    path.join(folder, 'photos/6.png'),
    ...command.slice(2, 4),
    '--model',
    tinyModel,
    '-k',
    '50',
  ];
  const hits = async (...options: string[]) => (await json(t, [...search, ...options])).hits;
  const [near, inAgreement] = [await hits(), await hits('--agree-on', 'kind')];
  const idsOf = (all: { id: string }[]) => all.map(({ id }) => id);
  t.notDeepEqual(idsOf(inAgreement), idsOf(near));
  t.deepEqual(idsOf(inAgreement).toSorted(), idsOf(near).toSorted());
  const wrong = await whymatch([...search, '--agree-on', 'colour']);
  t.is(wrong.exitCode, 2);
  t.true(wrong.stderr.includes('product_id, kind'));
  t.is((await whymatch([...command, '--agree-on', 'colour'])).exitCode, 2);

  const asked = await json(t, [...command, '--queries', queries, '--rerank', '20'], 6);
  t.like(asked, { rerank: 20, queries: 4 });
  rmSync(path.join(folder, 'photos/7.png'));
  const without = await json(t, [...command, '--rerank', '20'], 6);
  t.is(without.queries, 52, 'a query that cannot be looked at keeps its order');
  t.like(without.problems, [{ code: 'IMAGE_NOT_FOUND' }]);
});

test('robustness is measured into a page, JSON and CSV; the same seed gives the same figures', async (t) => {
  const { catalog, folder } = await shop(t, 8);
  const [html, csv] = ['r.html', 'r.csv'].map((name) => path.join(folder, name)) as [string, string];
  const command = ['evaluate', 'robustness', '--catalog', catalog, '--model', tinyModel, '--sample', '3'];
  const some = ['--transformation', 'mirror,hand,zoom-out,frame,jpeg'];
  const first = await whymatch([
    ...command,
    ...some,
    '--label',
    'kind',
    '--html',
    html,
    '--csv',
    csv,
    '--json',
  ]);
  t.is(first.exitCode, 0, first.stderr);
  const { event, ...result } = lastEvent(first.stdout);
  t.is(event, 'summary');
  t.like(result, {
    format: 'whymatch-robustness',
    version: 1,
    label: 'kind',
    problems: [],
    files: [html, csv],
  });
  t.deepEqual(
    result.transformations.map(({ name, grades }: { name: string; grades: unknown[] }) => [
      name,
      grades.length,
    ]),
    [
      ['zoom-out', 5],
      ['frame', 5],
      ['mirror', 1],
      ['jpeg', 5],
      ['hand', 5],
    ],
  );
  t.is(result.untouched.itself[1].value, 1);
  const again = lastEvent((await whymatch([...command, ...some, '--label', 'kind', '--json'])).stdout);
  t.deepEqual(again.transformations, result.transformations);
  const alone = lastEvent(
    (await whymatch([...command, '--transformation', 'hand', '--label', 'kind', '--json'])).stdout,
  );
  t.deepEqual(alone.transformations, result.transformations.slice(4));
  const middle = lastEvent(
    (await whymatch([...command, ...some, '--label', 'kind', '--middle', '--json'])).stdout,
  );
  t.deepEqual(
    middle.transformations,
    result.transformations.map((full: { middle: number; grades: { grade: number }[] }) => ({
      ...full,
      grades: full.grades.filter(({ grade }) => grade === full.middle),
    })),
  );

  t.deepEqual(middle.challenges, result.challenges);
  t.deepEqual(
    result.challenges.map(({ challenge }: Parsed) => challenge),
    ['scale', 'viewpoint', 'lighting', 'occlusion'],
  );
  for (const { challenge, transformations, right, change } of result.challenges) {
    const own = middle.transformations.filter((of: Parsed) => of.challenge === challenge);
    const meanOf = (value: (grade: Parsed) => number) =>
      own.reduce((sum: number, { grades }: Parsed) => sum + value(grades[0]), 0) / own.length;
    t.deepEqual(
      transformations,
      own.map(({ name }: Parsed) => name),
    );
    t.true(Math.abs(right[1].mean - meanOf(({ label }) => label[1].value)) < 1e-9);
    t.true(Math.abs(right[10].mean - meanOf(({ label }) => label[10].value)) < 1e-9);
    t.true(Math.abs(change.mean - meanOf((grade) => grade.change.mean)) < 1e-9);
  }

  t.is(parse(readFileSync(csv), { columns: true }).length, 1 + 5 + 5 + 1 + 5 + 5);
  const page = readFileSync(html, 'utf8');
  for (const words of ['Behind a hand', 'By challenge', 'At the middle grade', '<polyline'])
    t.true(page.includes(words), words);
  t.false(/<script|(?:src|href)=|NaN|undefined|Infinity/.test(page));

  const text = await whymatch([...command, '--transformation', 'mirror']);
  t.regex(text.stdout, /viewpoint +mirror +1 +\d+\.\d %/);
  const measures = ['--subject', '--rerank', '4', '--html', html, '--csv', csv];
  const helped = await whymatch([...command, '--transformation', 'mirror', ...measures]);
  t.regex(helped.stdout, /searched with +the picture and the object in it\nre-ranked +the first 4/);
  t.true(readFileSync(html, 'utf8').includes('the first 4, looked at more closely'));
  t.like(parse(readFileSync(csv), { columns: true })[1], { subject: 'yes', rerank: '4' });
  const unknown = await whymatch([...command, '--transformation', 'fog']);
  t.is(unknown.exitCode, 2);
});
