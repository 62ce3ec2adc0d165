import test, { type ExecutionContext } from 'ava';
import {
  judge,
  learnAgain,
  learnAndKeep,
  learnFromCatalog,
  refreshNames,
} from '../../src/app/learn-names.ts';
import { searchReranked } from '../../src/app/rerank.ts';
import type { NewItem } from '../../src/core/item.ts';
import { gaussian, seededRandom } from '../../src/core/random.ts';
import { normalize } from '../../src/core/vector.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { namePicture } from '../../src/search/meaning.ts';
import { readNames } from '../../src/search/naming/names-file.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { newItem, space, temporaryPath, unitVector } from '../search/support.ts';

/** Around a direction of each name there are as many items as `counts` says. */
function itemsOf(counts: Readonly<Record<string, number>>, field = 'category'): NewItem[] {
  const random = seededRandom(3);
  return Object.entries(counts).flatMap(([name, count], k) =>
    Array.from({ length: count }, (_, i) =>
      newItem(`${name}-${i}`, 1000 * k + i, {
        metadata: { [field]: name },
        productId: `p${Math.floor(i / 2)}`,
        embedding: normalize(unitVector(500 + k).map((value) => value + gaussian(random) / 8)),
      }),
    ),
  );
}

function shop(t: ExecutionContext, items: readonly NewItem[]): Catalog {
  const catalog = openCatalog(temporaryPath(t), { space, create: true });
  t.teardown(() => catalog.close());
  catalog.put(items);
  return catalog;
}

test('names are learned from the items, kept, used by searches, and followed when the catalogue changes', async (t) => {
  const items = itemsOf({ hat: 30, shoe: 30, sock: 1 });
  // One that looks like a shoe and is called a hat.
  const misnamed = { ...items.at(-2)!, id: 'misnamed', metadata: { category: 'hat' } };
  const catalog = shop(t, [...items, misnamed]);
  t.is(await learnAgain(catalog, 'category'), undefined, 'search knows nothing of it');
  const { examples, accuracy, learned } = await learnAndKeep(catalog, 'category');
  t.is(examples, 62);
  t.true(accuracy.value > 0.9);

  const { names, suspects } = await judge(learned);
  t.deepEqual(
    suspects.map(({ id, name, looksLike }) => [id, name, looksLike]),
    [['misnamed', 'hat', 'shoe']],
  );
  t.deepEqual(
    names.map(({ name, examples: of }) => [name, of]),
    [
      ['sock', 1],
      ['hat', 31],
      ['shoe', 30],
    ],
    'the worst first: the only sock cannot be known without it',
  );
  t.is(names[1]!.mistakenFor, 'shoe');

  // Its nearest is the misnamed one.
  const guess = await namePicture(catalog, misnamed.embedding, {
    nearest: [{ item: catalog.get('misnamed')!, score: 1 }],
  });
  t.like(guess, { field: 'category', value: 'shoe' });
  const agreeing = await searchReranked(catalog, misnamed.embedding, { k: 5 }, { agreeOn: 'category' });
  t.is(agreeing.hits[0]!.item.metadata['category'], 'shoe');

  t.truthy(await learnAgain(catalog, 'category'));
  catalog.put(itemsOf({ scarf: 10 }).map((item) => ({ ...item, embedding: unitVector(7) })));
  t.like(await namePicture(catalog, unitVector(7)), { value: 'scarf', by: 'vote' }, 'it was not there yet');
  const scarves = await searchReranked(catalog, unitVector(7), { k: 10 }, { agreeOn: 'category' });
  t.true(scarves.hits.every(({ item }) => item.metadata['category'] === 'scarf'));
  const [again] = await refreshNames(catalog);
  t.deepEqual(again!.namer.names, ['hat', 'scarf', 'shoe', 'sock']);
  t.deepEqual(await refreshNames(catalog), [], 'nothing has changed');
});

test('what was learned once is learned again, also in a catalogue of another model; the category by itself', async (t) => {
  const catalog = shop(t, itemsOf({ a: 30, b: 30 }, 'brand'));
  t.deepEqual(await refreshNames(catalog), [], 'there is no category, and nobody asked for brands');
  await learnAndKeep(catalog, 'brand');
  catalog.put(itemsOf({ a: 30 }, 'brand'));
  t.deepEqual(
    (await refreshNames(catalog)).map(({ field }) => field),
    ['brand'],
  );
  const other = shop(t, itemsOf({ a: 30, b: 30 }, 'brand'));
  await refreshNames(other, { before: catalog });
  t.deepEqual([...(await readNames(other)).keys()], ['brand']);
  const categories = shop(t, itemsOf({ a: 30, b: 30 }));
  t.is((await refreshNames(categories)).length, 1);
});

/** Two pictures each of so many products, each product somewhere else. */
function products(count: number, categoryOf: (product: number) => string): NewItem[] {
  const random = seededRandom(8);
  return Array.from({ length: count }, (_, product) => {
    const metadata = { category: categoryOf(product), shelf: `${product}` };
    return [0, 1].map((i) =>
      newItem(`${product}-${i}`, 2 * product + i, {
        productId: `p${product}`,
        metadata,
        embedding: normalize(unitVector(2000 + product).map((value) => value + gaussian(random) / 1000)),
      }),
    );
  }).flat();
}

test('all pictures of a product are left out together, unless each product has a name of its own', async (t) => {
  const random = seededRandom(9);
  const catalog = shop(
    t,
    products(40, () => (random() < 0.5 ? 'hat' : 'shoe')),
  );
  const unseen = await learnFromCatalog(catalog, 'category');
  const seen = await learnFromCatalog(catalog, 'category', { ignoreSame: 'shelf-that-nobody-has' });
  t.true(seen.accuracy.value > 0.95, 'its twin tells');
  t.true(unseen.accuracy.value < 0.8, 'nothing can be known of another product');
  await learnAndKeep(catalog, 'category', { ignoreSame: 'shelf-that-nobody-has' });
  catalog.put(products(1, () => 'hat'));
  const [again] = await refreshNames(catalog);
  t.is(again!.ignoreSame, 'shelf-that-nobody-has');
  t.true(again!.accuracy.value > 0.95, 'learned again as it was asked for');
  const own = await learnFromCatalog(
    shop(
      t,
      products(40, (product) => `name ${product}`),
    ),
    'category',
  );
  t.true(own.accuracy.value > 0.95);
  await t.throwsAsync(learnFromCatalog(catalog, 'shelf', { ignoreSame: 'product_id' }), {
    code: 'USAGE',
    message: /several items of different product_id have; "shelf" has 80 and 0/,
  });
});

test('too little, or too many names, is an error that says what there is', async (t) => {
  const few = shop(t, itemsOf({ hat: 24, shoe: 25 }));
  await t.throwsAsync(learnFromCatalog(few, 'category'), {
    code: 'USAGE',
    message: /"category" has 49 and 2/,
  });
  await t.throwsAsync(learnFromCatalog(few, 'colour'), {
    code: 'USAGE',
    message: /\(product_id, category\)/,
  });
  const single = shop(t, itemsOf({ hat: 60, shoe: 1 }));
  await t.throwsAsync(learnFromCatalog(single, 'category'), { code: 'USAGE' });
  const many = shop(
    t,
    itemsOf({ hat: 2001 }).map((item, i) => ({ ...item, metadata: { category: `name ${i % 2001}` } })),
  );
  many.put(itemsOf({ a: 2, b: 2 }));
  await t.throwsAsync(learnFromCatalog(many, 'category'), { code: 'USAGE', message: /at most 2000/ });
  await t.throwsAsync(learnFromCatalog(single, 'product_id', { signal: AbortSignal.abort() }), {
    code: 'ABORTED',
  });
});
