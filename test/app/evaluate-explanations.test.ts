import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import sharp from 'sharp';
import type { ExplanationEvaluation } from '../../src/app/evaluate-explanations.ts';
import { evaluateExplanations } from '../../src/app/evaluate-explanations.ts';
import { readMask } from '../../src/app/evaluate-masks.ts';
import type { OpenedCatalog } from '../../src/app/open.ts';
import { openToWrite } from '../../src/app/open.ts';
import { seededRandom } from '../../src/core/random.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { checkout } from '../support/checkout.ts';

const tinyModel = checkout('test/fixtures/backward/plain-conv/model.onnx');
const methods = ['guided-match', 'match'];

const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-evaluate-'));
const photos = path.join(folder, 'photos');
let shop: OpenedCatalog;

test.before(async () => {
  mkdirSync(path.join(photos, 'shoes'), { recursive: true });
  for (let i = 0; i < 6; i++) await draw(path.join(photos, i < 3 ? 'shoes' : '', `${i}.png`), i);
  shop = await indexed(photos, 'shop');
});
test.after.always(async () => {
  await shop.close();
  rmSync(folder, { recursive: true, force: true });
});

/** 40×28 pixels of random patches. */
async function draw(file: string, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const data = Uint8Array.from({ length: 48 }, () => random() * 256);
  const picture = sharp(data, { raw: { width: 4, height: 4, channels: 3 } });
  await picture.resize(40, 28, { kernel: 'nearest', fit: 'fill' }).png().toFile(file);
}

async function indexed(source: string, name: string): Promise<OpenedCatalog> {
  const opened = await openToWrite(path.join(folder, name), { model: tinyModel, threads: 1 });
  await indexItems(await openSource(source), { store: opened.catalog, embedder: opened.model });
  return opened;
}

const evaluate = (options: Parameters<typeof evaluateExplanations>[2]) =>
  evaluateExplanations(shop.catalog, shop.model, { methods, ...options });

/** All but when it was done. */
const figures = ({ pairs, score, methods, problems }: ExplanationEvaluation) => ({
  pairs,
  score,
  methods,
  problems,
});

const journalFile = (t: ExecutionContext) => path.join(folder, `${t.title.replaceAll(/\W+/g, '-')}.jsonl`);
const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

test('every method and baseline is measured on as many pairs as wanted, the same for the same seed', async (t) => {
  const steps: number[] = [];
  const result = await evaluate({ pairs: 4, onProgress: ({ done }) => void steps.push(done) });
  t.is(result.pairs, 4);
  t.deepEqual(
    result.methods.map(({ name }) => name),
    [...methods, 'random', 'centre', 'edges'],
  );
  for (const { measures, baseline } of result.methods) {
    for (const { mean, low, high, count } of Object.values(measures))
      t.true(low <= mean && mean <= high && count === 4);
    t.is(measures.randomisation === undefined, baseline);
    t.is(measures.pointing, undefined);
  }
  t.deepEqual(steps, [0, 1, 2, 3, 4]);
  t.deepEqual(figures(await evaluate({ pairs: 4 })), figures(result));
  t.notDeepEqual(figures(await evaluate({ pairs: 4, seed: 2 })), figures(result));
  t.is((await evaluate({ pairs: 99 })).pairs, 6);
});

test('a run that was stopped goes on where it ended, and comes to the same figures', async (t) => {
  const journal = journalFile(t);
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }) => {
    if (done === 2) stop.abort();
  };
  await t.throwsAsync(evaluate({ pairs: 4, journal, onProgress, signal: stop.signal }), { code: 'ABORTED' });
  t.is(linesOf(journal).length, 1 + 2);
  const before = linesOf(journal);
  const resumed = await evaluate({ pairs: 4, journal, resume: true });
  t.deepEqual(linesOf(journal).slice(0, 3), before);
  t.is(linesOf(journal).length, 1 + 4);
  t.deepEqual(figures(resumed), figures(await evaluate({ pairs: 4 })));
});

test('a finished run can be given more pairs; nothing is measured twice', async (t) => {
  const journal = journalFile(t);
  await evaluate({ pairs: 2, journal });
  const more = await evaluate({ pairs: 5, journal, resume: true });
  t.is(linesOf(journal).length, 1 + 5);
  t.deepEqual(figures(more), figures(await evaluate({ pairs: 5 })));
});

test('half a line that a kill left behind does not count', async (t) => {
  const journal = journalFile(t);
  await evaluate({ pairs: 3, journal });
  const whole = readFileSync(journal);
  truncateSync(journal, whole.length - 40);
  await evaluate({ pairs: 3, journal, resume: true });
  t.deepEqual(readFileSync(journal), whole);
});

test('another evaluation is not mixed in, and nothing is overwritten', async (t) => {
  const journal = journalFile(t);
  await evaluate({ pairs: 1, journal });
  await t.throwsAsync(evaluate({ pairs: 1, journal }), { code: 'OUTPUT_EXISTS', message: /--resume/ });
  await t.throwsAsync(evaluate({ pairs: 1, journal, resume: true, seed: 3 }), {
    code: 'USAGE',
    message: /seed 1 and not 3/,
  });
  await t.throwsAsync(evaluate({ pairs: 1, journal, resume: true, methods: ['match'] }), {
    code: 'USAGE',
    message: /methods/,
  });
  appendFileSync(journal, 'no json\n');
  await t.throwsAsync(evaluate({ pairs: 1, journal, resume: true }), { code: 'USAGE', message: /damaged/ });
  writeFileSync(journal, '{"format":"something else"}\n');
  await t.throwsAsync(evaluate({ pairs: 1, journal, resume: true }), {
    code: 'USAGE',
    message: /whymatch-evaluation-pairs/,
  });
});

test('a picture that cannot be read any more is named, and others take its place', async (t) => {
  const own = path.join(folder, 'leaving');
  mkdirSync(own);
  for (let i = 0; i < 4; i++) await draw(path.join(own, `${i}.png`), 20 + i);
  const opened = await indexed(own, 'leaving-shop');
  t.teardown(() => opened.close());
  await draw(path.join(own, '1.png'), 99);
  rmSync(path.join(own, '2.png'));
  const run = () => evaluateExplanations(opened.catalog, opened.model, { methods: ['match'], pairs: 4 });
  const { pairs, problems } = await run();
  t.is(pairs, 2);
  t.deepEqual(problems.map(({ id, code }) => `${id} ${code}`).sort(), [
    '1.png ITEM_CHANGED',
    '2.png IMAGE_NOT_FOUND',
  ]);
  rmSync(path.join(own, '0.png'));
  await t.throwsAsync(run(), { code: 'CATALOG_EMPTY' });
});

test('wrong methods, folders and catalogues are refused before anything is measured', async (t) => {
  await t.throwsAsync(evaluate({ methods: ['guess'] }), { code: 'USAGE' });
  await t.throwsAsync(evaluate({ masks: path.join(folder, 'none') }), {
    code: 'USAGE',
    message: /folder of masks/,
  });
  const empty = path.join(folder, 'empty');
  mkdirSync(empty);
  const opened = await indexed(empty, 'empty-shop');
  t.teardown(() => opened.close());
  await t.throwsAsync(evaluateExplanations(opened.catalog, opened.model, { methods }), {
    code: 'CATALOG_EMPTY',
  });
});

/** White from column `from` on. */
function mask(width: number, height: number, from: number): Promise<Buffer> {
  const data = Uint8Array.from({ length: width * height }, (_, i) => (i % width >= from ? 255 : 0));
  return sharp(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer();
}

test('a mask is found by its name, in its folder first, and lies where the picture lies', async (t) => {
  const masks = path.join(folder, 'masks');
  mkdirSync(path.join(masks, 'shoes'), { recursive: true });
  writeFileSync(path.join(masks, 'shoes', '1.png'), await mask(40, 28, 20));
  writeFileSync(path.join(masks, '1.png'), await mask(40, 28, 0));
  const { input } = shop.model;
  const picture = { source: path.join(photos, 'shoes', '1.png'), width: 40, height: 28 };
  const found = (await readMask(masks, picture, input))!;
  // 40×28 fitted whole into 24×24: rows 3 to 19 (17 of them).
  const rows = Array.from({ length: 24 }, (_, y) => found.data.subarray(y * 24, y * 24 + 24).join(''));
  t.is(rows[11], '0'.repeat(12) + '1'.repeat(12));
  t.is(rows.filter((row) => row === rows[11]).length, 17);
  t.is((await readMask(masks, { ...picture, source: '/elsewhere/1.jpg' }, input))!.data[11 * 24], 1);
  t.is(await readMask(masks, { ...picture, source: '/elsewhere/7.jpg' }, input), undefined);
  writeFileSync(path.join(masks, '2.png'), await mask(28, 40, 0));
  await t.throwsAsync(readMask(masks, { ...picture, source: '/x/2.png' }, input), {
    code: 'USAGE',
    message: /28×40/,
  });
});

test('masks give pointing and energy', async (t) => {
  const masks = path.join(folder, 'all-masks');
  mkdirSync(masks);
  for (let i = 0; i < 6; i++) writeFileSync(path.join(masks, `${i}.png`), await mask(40, 28, 0));
  const { methods: measured } = await evaluate({ pairs: 2, masks });
  for (const { measures } of measured) {
    t.is(measures.pointing!.mean, 1);
    t.true(Math.abs(measures.energy!.mean - 1) < 1e-6);
  }
});
