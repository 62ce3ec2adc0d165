/** The catalogues that are searched: the demo's, and one of many items whose embeddings are made up around those of real pictures. */
import { existsSync } from 'node:fs';
import { cp, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { NewItem } from '../../src/core/item.ts';
import { gaussian, seededRandom } from '../../src/core/random.ts';
import { normalize } from '../../src/core/vector.ts';
import { type Catalog, indexItems, type LoadedModel, openCatalog, openSource } from '../../src/index.ts';
import { generateDemoCatalog } from '../demo-catalog.ts';

export interface Prepared {
  readonly directory: string;
  readonly items: number;
}

/** Photos to search with, as bytes. */
export type Photos = readonly Buffer[];

/** Drawn and indexed once, in `folder`. */
export async function demoCatalogue(
  folder: string,
  model: LoadedModel,
): Promise<Prepared & { readonly photos: Photos }> {
  const demo = await generateDemoCatalog(path.join(folder, 'pictures'));
  const directory = path.join(folder, 'index');
  const catalog = openCatalog(directory, { space: model, create: true });
  await indexItems(await openSource(path.join(demo.dir, 'items.csv')), { store: catalog, embedder: model });
  await catalog.saveIndex();
  const items = catalog.count();
  catalog.close();
  const photos = await Promise.all(demo.queries.map(({ file }) => readFile(path.join(demo.dir, file))));
  return { directory, items, photos };
}

/** A copy that may be changed. */
export async function copyOf({ directory, items }: Prepared, name: string): Promise<Prepared> {
  const copy = path.join(path.dirname(directory), name);
  await rm(copy, { recursive: true, force: true });
  await cp(directory, copy, { recursive: true });
  return { directory: copy, items };
}

/** The items of `real`, and others around them, `items` in all; kept, because its index takes minutes. */
export async function largeCatalogue(real: Prepared, items: number, model: LoadedModel): Promise<Prepared> {
  const directory = path.join(path.dirname(real.directory), `load-${items}`);
  const marker = path.join(directory, 'catalog.db');
  const catalog = openCatalog(directory, { space: model, create: !existsSync(marker) });
  if (catalog.count() < items) {
    const source = openCatalog(real.directory, { space: model, readonly: true });
    fill(catalog, source, items);
    source.close();
  }
  await catalog.saveIndex();
  catalog.close();
  return { directory, items };
}

/** Every item is a real one moved by noise of half its length: near enough to be found, and no two alike. */
function fill(catalog: Catalog, source: Catalog, count: number): void {
  const originals = [...source.entries()];
  const random = seededRandom(1);
  const batch: NewItem[] = [];
  for (let i = 0; i < count; i++) {
    const { item, embedding } = originals[i % originals.length]!;
    const spread = i < originals.length ? 0 : 0.5 / Math.sqrt(embedding.length);
    const moved = embedding.map((value) => value + spread * gaussian(random));
    batch.push({ ...item, id: `${item.id}#${i}`, embedding: normalize(moved) });
    if (batch.length < 2000 && i < count - 1) continue;
    catalog.put(batch);
    batch.length = 0;
  }
}
