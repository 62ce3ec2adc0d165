/**
 * The demo catalogue: product pictures drawn by program, with known products, masks and held-out queries.
 *
 *     npx tsx scripts/demo-catalog.ts DIR [--seed 1] [--products 64] [--views 5] [--duplicates 0]
 *
 *     DIR/items.csv                  the catalogue's pictures: catalog/<product>/<view>.jpg
 *     DIR/queries.csv                one held-out picture a product: queries/<product>.jpg
 *     DIR/masks/...                  where the object is seen (255), one PNG for every picture
 *     DIR/duplicates.csv             only with duplicates: which item is a copy of which
 */
import { parseArgs } from 'node:util';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import PQueue from 'p-queue';
import type { LongRunning } from '../src/core/progress.ts';
import { messageOf, throwIfAborted } from '../src/core/errors.ts';
import { addDuplicates } from './demo-catalog/duplicates.ts';
import { drawProduct } from './demo-catalog/pictures.ts';
import { designProducts } from './demo-catalog/product.ts';
import { createStock } from './demo-catalog/stock.ts';
import type { DemoCatalog, DemoRecipe } from './demo-catalog/store.ts';
import { openTarget, writeTables } from './demo-catalog/store.ts';

export type { DemoCatalog, DemoDuplicate, DemoItem, DemoQuery } from './demo-catalog/store.ts';
export { maskOf } from './demo-catalog/store.ts';
export type { Product } from './demo-catalog/product.ts';

export interface DemoOptions extends LongRunning, Partial<DemoRecipe> {}

/**
 * Draws a catalogue of `products` (64) products with `views` (5) pictures each, and one query picture a product, into `dir`.
 * The same recipe gives the same pixels. Where `dir` already holds the catalogue of this recipe, it is returned as it is;
 * another demo catalogue there is replaced. `duplicates` (0) adds that many copies of items, under ids of their own.
 *
 * @throws Error when `dir` holds something else, and OUTPUT_UNWRITABLE when it cannot be written.
 */
export async function generateDemoCatalog(dir: string, options: DemoOptions = {}): Promise<DemoCatalog> {
  const { seed = 1, products: count = 64, views = 5, duplicates = 0, onProgress, signal } = options;
  const target = await openTarget(path.resolve(dir), { seed, products: count, views, duplicates });
  if (target.existing) return target.existing;

  const products = designProducts(seed, count);
  const stocks = { shop: createStock(1, 2), home: createStock(2, 1) };
  // One thread composes; sharp's own threads render and encode for the products that wait.
  const queue = new PQueue({ concurrency: 4 });
  let done = 0;
  const drawn = await Promise.all(
    products.map((product) =>
      queue.add(async () => {
        throwIfAborted(signal);
        const pictures = await drawProduct(target.dir, product, views, stocks);
        onProgress?.({ phase: 'draw', done: ++done, total: count });
        return pictures;
      }),
    ),
  );
  const originals = drawn.flatMap(({ items }) => items);
  const copies = await addDuplicates(target.dir, originals, duplicates, seed);
  const catalog: DemoCatalog = {
    dir: target.dir,
    products,
    items: [...originals, ...copies.items],
    queries: drawn.map(({ query }) => query),
    duplicates: copies.truth,
  };
  await writeTables(target, catalog);
  return catalog;
}

async function main(): Promise<void> {
  const number = { type: 'string' } as const;
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { seed: number, products: number, views: number, duplicates: number },
  });
  const [dir, ...rest] = positionals;
  if (!dir || rest.length > 0) {
    throw new Error('expected one folder: npx tsx scripts/demo-catalog.ts DIR [--seed 1] [--products 64]');
  }
  const recipe = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
  const started = performance.now();
  const catalog = await generateDemoCatalog(dir, {
    ...recipe,
    onProgress: ({ done, total }) => process.stderr.write(`\rdrawing product ${done} of ${total}`),
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `\n${catalog.items.length} items and ${catalog.queries.length} queries in ${catalog.dir} (${seconds} s)`,
  );
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main().catch((error: unknown) => {
    console.error(messageOf(error));
    process.exitCode = 1;
  });
}
