import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import sharp from 'sharp';
import { duplicatesReport, findDuplicates } from '../../src/app/duplicates.ts';
import type { NewItem } from '../../src/core/item.ts';
import { normalize } from '../../src/core/vector.ts';
import { patches } from '../cli/pictures.ts';
import { newItem, newItems, openSmall, temporaryPath, unitVector } from '../search/support.ts';

/** Pictures of two things with copies of the first in all tiers, among 100 others; embeddings say how alike they look. */
async function shop(t: ExecutionContext) {
  const path = temporaryPath(t);
  const folder = join(dirname(path), 'pictures');
  mkdirSync(folder);
  const item = (id: string, bytes: Buffer, near: number): NewItem => {
    const source = join(folder, id);
    writeFileSync(source, bytes);
    const contentHash = createHash('sha256').update(bytes).digest('hex');
    const embedding = normalize(unitVector(777).map((value, i) => value + (i === 3 ? near : 0)));
    return newItem(id, 1, {
      source,
      contentHash,
      bytes: bytes.length,
      modifiedAt: statSync(source).mtimeMs,
      embedding,
    });
  };
  const original = await patches(1, 320, 240).png().toBuffer();
  const items = [
    item('original', original, 0),
    item('copied', original, 0),
    item('coded', await sharp(original).jpeg({ quality: 50 }).toBuffer(), 0.01),
    item('small', await sharp(original).resize(120).png().toBuffer(), 0.02),
    item('darker', await sharp(original).modulate({ brightness: 0.75 }).png().toBuffer(), 0.03),
    item('other', await patches(2, 320, 240).png().toBuffer(), 0.04),
  ];
  const catalog = openSmall(t, path);
  catalog.put([...items, ...newItems(0, 100)]);
  return { catalog, items };
}

const told = async (catalog: Parameters<typeof findDuplicates>[0], minScore = 0.95) =>
  (await findDuplicates(catalog, { minScore })).map(({ tier, a, b }) => `${tier}: ${a.id} ${b.id}`);

test('copies are told apart from look-alikes, certain ones first', async (t) => {
  const { catalog } = await shop(t);
  const all = await findDuplicates(catalog, { minScore: 0.95 });
  t.is(all[0]!.tier, 'identical');
  const tiers = new Map(all.map(({ tier, a, b }) => [`${a.id} ${b.id}`, tier]));
  t.deepEqual(Object.fromEntries(tiers), {
    'original copied': 'identical',
    'original coded': 'same-picture',
    'original small': 'same-picture',
    'coded small': 'same-picture',
    'original darker': 'near-duplicate',
    'coded darker': 'near-duplicate',
    'small darker': 'near-duplicate',
    'original other': 'look-alike',
    'coded other': 'look-alike',
    'small other': 'look-alike',
    'darker other': 'look-alike',
  });
});

test('a decision is remembered for the contents, until the picture is another', async (t) => {
  const { catalog, items } = await shop(t);
  const [original, copied, coded] = items as [NewItem, NewItem, NewItem];
  t.true(catalog.distinctPairs.add(coded.contentHash, original.contentHash));
  t.false(catalog.distinctPairs.add(original.contentHash, coded.contentHash));
  t.true(catalog.distinctPairs.add(original.contentHash, copied.contentHash));
  const left = await told(catalog);
  t.false(left.includes('same-picture: original coded'));
  t.false(left.some((line) => line.startsWith('identical')));
  t.true(left.includes('same-picture: original small'));
  // New facts of the same picture change nothing; another picture under the id is another question.
  catalog.put([{ ...coded, metadata: { price: 4 } }]);
  t.deepEqual(await told(catalog), left);
  catalog.put([{ ...coded, contentHash: 'f'.repeat(64) }]);
  t.true((await told(catalog)).includes('look-alike: original coded'));
  t.true(catalog.distinctPairs.remove(original.contentHash, copied.contentHash));
  t.true((await told(catalog)).includes('identical: original copied'));
});

test('a picture that cannot be read any more is a look-alike at most', async (t) => {
  const { catalog, items } = await shop(t);
  rmSync(items.find(({ id }) => id === 'coded')!.source);
  const found = await findDuplicates(catalog, { minScore: 0.95 });
  const pair = found.find(({ a, b }) => a.id === 'original' && b.id === 'coded')!;
  t.is(pair.tier, 'look-alike');
  t.is(pair.pixels, undefined);
});

test('many copies do not crowd out what else is near, and nothing is near in a catalogue of strangers', async (t) => {
  const { catalog, items } = await shop(t);
  catalog.put(Array.from({ length: 60 }, (_, i) => ({ ...items[0]!, id: `again${i}` })));
  const found = await told(catalog);
  t.is(found.filter((line) => line.startsWith('identical')).length, 61);
  t.true(found.includes('same-picture: original coded'));
  const strangers = openSmall(t, temporaryPath(t));
  strangers.put(newItems(0, 80));
  t.deepEqual(await told(strangers, 0.98), []);
});

test('looking for duplicates can be stopped', async (t) => {
  const { catalog } = await shop(t);
  const controller = new AbortController();
  const onProgress = () => controller.abort();
  await t.throwsAsync(findDuplicates(catalog, { signal: controller.signal, onProgress }), {
    code: 'ABORTED',
  });
});

test('the report shows every pair with its difference, loads nothing, and escapes what items are called', async (t) => {
  const { catalog, items } = await shop(t);
  catalog.put([{ ...items[1]!, id: '<b>&"copy' }]);
  rmSync(items.find(({ id }) => id === 'small')!.source);
  const found = await findDuplicates(catalog, { minScore: 0.95 });
  const page = await duplicatesReport(catalog, found, { name: 'shop <1>' });
  t.is(page.match(/<article>/g)!.length, found.length);
  t.true(
    page.includes('shop &lt;1&gt;') && page.includes('&lt;b&gt;&amp;&quot;copy') && !page.includes('<b>&'),
  );
  t.regex(page, /original and small: a picture cannot be read any more/);
  t.regex(page, /near-duplicate<\/h2><p>score 0\.\d{4}, difference \d+\.\d, correlation 0\.9\d\d/);
  t.notRegex(page, /https?:|<script/);
  t.true((page.match(/src="data:image\/webp/g) ?? []).length >= 3 * 5);
});
