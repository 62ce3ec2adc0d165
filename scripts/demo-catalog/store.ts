/** What a demo catalogue is on disk: its tables, and the stamp that says which recipe it was drawn from. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf, systemCode } from '../../src/core/errors.ts';
import type { Product } from './product.ts';

/** Everything that decides the pixels. */
export interface DemoRecipe {
  readonly seed: number;
  readonly products: number;
  readonly views: number;
  readonly duplicates: number;
}

/** A row of items.csv. */
export interface DemoItem {
  /** Relative to the catalogue's folder, as are all files here. */
  readonly file: string;
  readonly id: string;
  readonly product_id: string;
  readonly title: string;
  readonly category: string;
  readonly color: string;
  readonly pattern: string;
  readonly price: string;
  readonly view: string;
}

/** A row of queries.csv. */
export interface DemoQuery {
  readonly file: string;
  readonly product_id: string;
  readonly category: string;
  readonly mask: string;
  /** What differs from the studio picture: scale=0.62;yaw=24;occlusion=0.18;... */
  readonly changes: string;
}

/** A row of duplicates.csv: item `id` is a copy of item `original_id`. */
export interface DemoDuplicate {
  readonly id: string;
  readonly original_id: string;
  readonly tier: 'identical' | 're-encoded' | 'resized' | 'edited';
}

export interface DemoCatalog {
  /** Absolute path. */
  readonly dir: string;
  readonly products: readonly Product[];
  readonly items: readonly DemoItem[];
  readonly queries: readonly DemoQuery[];
  readonly duplicates: readonly DemoDuplicate[];
}

/** The mask of a picture: the same path under masks/, as PNG, in the upright picture's size. */
export const maskOf = (file: string): string => `masks/${file.replace(/\.\w+$/, '.png')}`;

/** Raise it whenever the drawing changes, so that older catalogues are drawn anew. */
const version = 1;
const stampFile = 'demo-catalog.json';
const drawnFolders = ['catalog', 'queries', 'masks', 'duplicates'];

export interface Target {
  readonly dir: string;
  readonly recipe: DemoRecipe;
  /** The catalogue that is there already, complete and of this recipe. */
  readonly existing?: DemoCatalog;
}

interface Stamp extends DemoRecipe {
  readonly magic: 'whymatch demo catalogue';
  readonly version: number;
  readonly complete: boolean;
  readonly catalog?: Omit<DemoCatalog, 'dir'>;
}

/** Makes `dir` ready to draw into, or finds there what would be drawn. Clears nothing but an earlier demo catalogue. */
export async function openTarget(dir: string, recipe: DemoRecipe): Promise<Target> {
  checkRecipe(recipe);
  const stamp = await readStamp(dir);
  const same = stamp && stamp.version === version && recipeKeys.every((key) => stamp[key] === recipe[key]);
  if (same && stamp.complete && stamp.catalog) return { dir, recipe, existing: { dir, ...stamp.catalog } };
  try {
    if (stamp) {
      await Promise.all(
        drawnFolders.map((folder) => rm(path.join(dir, folder), { recursive: true, force: true })),
      );
    }
    await mkdir(dir, { recursive: true });
    await writeStamp({ dir, recipe });
  } catch (error) {
    throw new AppError(
      'OUTPUT_UNWRITABLE',
      `cannot write the demo catalogue to ${dir}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { dir, recipe };
}

/** Writes the CSV files, and the stamp that says that the catalogue is complete. */
export async function writeTables(target: Target, catalog: DemoCatalog): Promise<void> {
  const { items, queries, duplicates } = catalog;
  const table = (name: string, rows: readonly object[]) => writeFile(path.join(target.dir, name), csv(rows));
  await Promise.all([
    table('items.csv', items),
    table('queries.csv', queries),
    duplicates.length > 0
      ? table('duplicates.csv', duplicates)
      : rm(path.join(target.dir, 'duplicates.csv'), { force: true }),
  ]);
  await writeStamp(target, catalog);
}

const recipeKeys = ['seed', 'products', 'views', 'duplicates'] as const;

function checkRecipe(recipe: DemoRecipe): void {
  for (const key of recipeKeys) {
    const least = key === 'products' || key === 'views' ? 1 : 0;
    if (!Number.isSafeInteger(recipe[key]) || recipe[key] < least) {
      throw new AppError(
        'USAGE',
        `expected ${key} to be a whole number of at least ${least}, received ${recipe[key]}`,
      );
    }
  }
}

/** The stamp in `dir`, if any. Refuses a folder that holds something else: it would be mixed with the pictures. */
async function readStamp(dir: string): Promise<Stamp | undefined> {
  const names = await readdir(dir).catch((error: unknown): string[] => {
    if (systemCode(error) === 'ENOENT') return [];
    throw new AppError('OUTPUT_UNWRITABLE', `cannot use ${dir} for the demo catalogue: ${messageOf(error)}`, {
      cause: error,
    });
  });
  if (names.length === 0) return undefined;
  const text = names.includes(stampFile) ? await readFile(path.join(dir, stampFile), 'utf8') : '';
  const stamp = parseStamp(text);
  if (stamp) return stamp;
  throw new AppError(
    'OUTPUT_UNWRITABLE',
    `expected an empty folder or an earlier demo catalogue, received ${dir} with ${names.length} other files; name another folder`,
  );
}

function parseStamp(text: string): Stamp | undefined {
  try {
    const stamp = JSON.parse(text) as Stamp;
    return stamp.magic === 'whymatch demo catalogue' ? stamp : undefined;
  } catch {
    return undefined;
  }
}

async function writeStamp({ dir, recipe }: Target, catalog?: DemoCatalog): Promise<void> {
  const { dir: _, ...content } = catalog ?? { dir };
  const stamp = {
    magic: 'whymatch demo catalogue',
    version,
    ...recipe,
    complete: Boolean(catalog),
    ...(catalog && { catalog: content }),
  };
  await writeFile(path.join(dir, stampFile), `${JSON.stringify(stamp, null, 1)}\n`);
}

/** Rows of one shape as CSV (RFC 4180, with \n), the keys as header. */
function csv(rows: readonly object[]): string {
  const field = (value: unknown): string => {
    const text = String(value);
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => Object.values(row).map(field).join(','));
  return `${[Object.keys(rows[0] ?? {}).join(','), ...lines].join('\n')}\n`;
}
