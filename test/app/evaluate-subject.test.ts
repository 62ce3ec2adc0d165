import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { evaluateSubject } from '../../src/app/evaluate-subject.ts';
import { openToWrite } from '../../src/app/open.ts';
import { indexItems } from '../../src/indexer/pipeline.ts';
import { openSource } from '../../src/indexer/sources/open.ts';
import { checkout } from '../support/checkout.ts';

const tinyModel = checkout('test/fixtures/backward/plain-conv/model.onnx');

/** A noisy square on grey, and its mask. */
async function draw(photos: string, masks: string, i: number): Promise<void> {
  const [left, top] = [8 + 2 * i, 6];
  const noise = Uint8Array.from({ length: 12 * 12 * 3 }, (_, k) => (k * 7919 * (i + 3)) % 256);
  const square = await sharp(noise, { raw: { width: 12, height: 12, channels: 3 } })
    .png()
    .toBuffer();
  const create = { width: 32, height: 32, channels: 3 as const, background: '#808080' };
  await sharp({ create })
    .composite([{ input: square, left, top }])
    .png()
    .toFile(path.join(photos, `${i}.png`));
  const white = await sharp({ create: { ...create, width: 12, height: 12, background: '#fff' } })
    .png()
    .toBuffer();
  await sharp({ create: { ...create, background: '#000' } })
    .composite([{ input: white, left, top }])
    .png()
    .toFile(path.join(masks, `${i}.png`));
}

test('the object is looked for in every picture that has a mask, next to guesses that know nothing', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'whymatch-subject-'));
  const [photos, masks, none] = ['photos', 'masks', 'none'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const name of [photos, masks, none]) mkdirSync(name);
  for (let i = 0; i < 4; i++) await draw(photos, masks, i);
  rmSync(path.join(masks, '3.png'));
  const { catalog, model, close } = await openToWrite(path.join(folder, 'shop'), {
    model: tinyModel,
    threads: 1,
  });
  try {
    await indexItems(await openSource(photos), { store: catalog, embedder: model });
    const { pictures, guesses, problems } = await evaluateSubject(catalog, model, { masks });
    t.is(pictures, 3);
    t.deepEqual(problems, []);
    t.deepEqual(
      guesses.map(({ name }) => name),
      ['features', 'centre box', 'whole picture'],
    );
    const [features, , whole] = guesses;
    t.true(features!.boxOverlap.mean > whole!.boxOverlap.mean);
    t.true(
      whole!.maskOverlap.low <= whole!.maskOverlap.mean && whole!.maskOverlap.mean <= whole!.maskOverlap.high,
    );
    await t.throwsAsync(evaluateSubject(catalog, model, { masks: none }), { code: 'USAGE' });
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
});
