import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { backdropLayer } from '../../scripts/demo-catalog/backdrop.ts';
import { createModel, planProductView } from '../../scripts/demo-catalog/pictures.ts';
import { designProducts } from '../../scripts/demo-catalog/product.ts';
import type { Layer } from '../../scripts/demo-catalog/raster.ts';
import type { Model, Picture } from '../../scripts/demo-catalog/scene.ts';
import { drawView } from '../../scripts/demo-catalog/scene.ts';
import { createStock } from '../../scripts/demo-catalog/stock.ts';
import { viewName } from '../../scripts/demo-catalog/views.ts';
import type { DemoCatalog, DemoOptions } from '../../scripts/demo-catalog.ts';
import { generateDemoCatalog, maskOf } from '../../scripts/demo-catalog.ts';
import { AppError } from '../../src/core/errors.ts';

const small: DemoOptions = { seed: 7, products: 5, views: 5, duplicates: 4 };
const folders: string[] = [];
let shared: DemoCatalog;

async function emptyFolder(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'whymatch-demo-'));
  folders.push(dir);
  return dir;
}

const table = async (dir: string, name: string): Promise<Record<string, string>[]> =>
  parse(await readFile(path.join(dir, name)), { columns: true });

const digest = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

test.before(async () => {
  shared = await generateDemoCatalog(await emptyFolder(), small);
});
test.after.always(() => Promise.all(folders.map((dir) => rm(dir, { recursive: true, force: true }))));

test('the default catalogue has at least 60 products of at least 12 kinds, every one with an id of its own', (t) => {
  const products = designProducts(1, 64);
  t.is(new Set(products.map(({ id }) => id)).size, 64);
  t.true(new Set(products.map(({ category }) => category)).size >= 12);
  for (const { id } of products) t.regex(id, /^[a-z0-9-]+$/);
  const looks = products.map(
    ({ category, palette, pattern }) => `${category} ${palette.name} ${pattern.name}`,
  );
  t.is(new Set(looks).size, 64, 'products of a kind differ in colour and pattern');
});

test('ids stay unique when the colours and patterns run out', (t) => {
  t.is(new Set(designProducts(1, 5000).map(({ id }) => id)).size, 5000);
});

test('another seed designs other products', (t) => {
  const [one, two] = [designProducts(1, 32), designProducts(2, 32)];
  t.true(one.filter(({ id }, i) => id === two[i]!.id).length < 8);
});

test('the tables list every picture once, and every picture opens', async (t) => {
  const items = await table(shared.dir, 'items.csv');
  const queries = await table(shared.dir, 'queries.csv');
  t.deepEqual(Object.keys(items[0]!), [
    'file',
    'id',
    'product_id',
    'title',
    'category',
    'color',
    'pattern',
    'price',
    'view',
  ]);
  t.deepEqual(Object.keys(queries[0]!), ['file', 'product_id', 'category', 'mask', 'changes']);
  t.is(items.length, 5 * 5 + 4);
  t.is(queries.length, 5);
  t.deepEqual(items, shared.items as unknown as Record<string, string>[]);
  t.is(new Set(items.map(({ id }) => id)).size, items.length);
  const formats = new Set<string>();
  for (const { file } of [...items, ...queries]) {
    const { format, autoOrient } = await sharp(path.join(shared.dir, file!)).metadata();
    formats.add(format);
    t.true(autoOrient.width >= 200 && autoOrient.width <= 720, file);
  }
  t.deepEqual([...formats].sort(), ['jpeg', 'png', 'webp']);
});

test('one photograph is stored on its side and put upright by its EXIF tag', async (t) => {
  const turned = [];
  for (const { file } of shared.items.slice(0, 25)) {
    const { orientation, width, height, autoOrient } = await sharp(path.join(shared.dir, file)).metadata();
    if (orientation !== 6) continue;
    turned.push(file);
    t.deepEqual([autoOrient.width, autoOrient.height], [height, width]);
  }
  t.is(turned.length, 1);
});

test('every mask fits its upright picture and marks 2 to 80 % of it', async (t) => {
  for (const { file } of [...shared.items, ...shared.queries]) {
    const picture = (await sharp(path.join(shared.dir, file)).metadata()).autoOrient;
    const mask = sharp(path.join(shared.dir, maskOf(file)));
    const { data, info } = await mask.greyscale().raw().toBuffer({ resolveWithObject: true });
    t.deepEqual([info.width, info.height], [picture.width, picture.height], file);
    t.true(
      data.every((value) => value === 0 || value === 255),
      `${file}: only 0 and 255`,
    );
    const share = data.filter((value) => value === 255).length / data.length;
    t.true(share > 0.02 && share < 0.8, `${file}: ${share.toFixed(3)}`);
  }
});

test('a mask marks the pixels that change when the object is painted white and black, and no others', async (t) => {
  const stock = createStock(1, 1);
  for (const product of designProducts(3, 7)) {
    const model = createModel(product);
    for (const name of ['scale', product.index % 2 ? 'occlusion' : 'query']) {
      const view = planProductView(product, name);
      const white = await drawView(painted(model, 255), view, stock);
      const black = await drawView(painted(model, 0), view, stock);
      const marked = white.mask.filter((value) => value === 255).length;
      const wrong = pixelsAgainstMask(white, black);
      t.true(wrong < 0.002 * marked, `${product.id} ${name}: ${wrong} of ${marked}`);
    }
  }
});

/** How many pixels changed outside of the mask or did not inside of it, leaving out its outline, where colours blend. */
function pixelsAgainstMask({ width, height, pixels, mask }: Picture, other: Picture): number {
  const around = [-1, 0, 1].flatMap((row) => [-1, 0, 1].map((column) => row * width + column));
  let wrong = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      if (around.some((by) => mask[at + by] !== mask[at])) continue;
      const change = [0, 1, 2].reduce(
        (sum, c) => sum + Math.abs(pixels[at * 3 + c]! - other.pixels[at * 3 + c]!),
        0,
      );
      if (change > 100 !== (mask[at] === 255)) wrong++;
    }
  }
  return wrong;
}

/** The model as a silhouette of one value; the alpha is kept. */
function painted(model: Model, value: number): Model {
  const paint = ({ width, height, data }: Layer): Layer => {
    const pixels = data.map((alpha, i) => (i % 4 === 3 ? alpha : (value * data[i - (i % 4) + 3]!) / 255));
    return { width, height, data: pixels };
  };
  return { seed: model.seed, layer: async (turn) => paint(await model.layer(turn)) };
}

test('surroundings fill the picture to its edges', async (t) => {
  const stock = createStock(1, 1);
  for (const product of designProducts(4, 10)) {
    for (const name of ['viewpoint', 'query']) {
      const { data } = await backdropLayer(planProductView(product, name), stock, 0);
      t.true(
        data.every((value, i) => i % 4 < 3 || value === 255),
        `${product.id} ${name}`,
      );
    }
  }
});

test('what hides a product hides about the share that was planned', async (t) => {
  const stock = createStock(1, 1);
  for (const product of designProducts(5, 12)) {
    const view = planProductView(product, 'occlusion');
    const { hidden } = await drawView(createModel(product), view, stock);
    t.true(Math.abs(hidden - view.hider!.share) < 0.05, `${product.id}: ${hidden} for ${view.hider!.share}`);
    t.true(hidden > 0.1 && hidden < 0.36);
  }
});

test('the same seed draws the same bytes again', async (t) => {
  const again = await generateDemoCatalog(await emptyFolder(), { ...small, products: 2, duplicates: 0 });
  const first = (rows: string): string => rows.split('\n').slice(0, 11).join('\n');
  t.is(
    await readFile(path.join(again.dir, 'items.csv'), 'utf8').then(first),
    await readFile(path.join(shared.dir, 'items.csv'), 'utf8').then(first),
  );
  for (const { file } of [...again.items, ...again.queries]) {
    t.is(await digest(path.join(again.dir, file)), await digest(path.join(shared.dir, file)), file);
    t.is(
      await digest(path.join(again.dir, maskOf(file))),
      await digest(path.join(shared.dir, maskOf(file))),
      file,
    );
  }
});

test('duplicates are copies of other items, and the truth table says of which and how', async (t) => {
  const rows = await table(shared.dir, 'duplicates.csv');
  t.deepEqual(
    rows.map(({ tier }) => tier),
    ['identical', 're-encoded', 'resized', 'edited'],
  );
  const byId = new Map(shared.items.map((item) => [item.id, item]));
  for (const { id, original_id, tier } of rows) {
    const [copy, original] = [byId.get(id!)!, byId.get(original_id!)!];
    t.is(copy.product_id, original.product_id);
    const [a, b] = await Promise.all([copy, original].map(({ file }) => digest(path.join(shared.dir, file))));
    t.is(a === b, tier === 'identical');
    const pixels = await Promise.all(
      [copy, original].map(({ file }) => thumbnail(path.join(shared.dir, file))),
    );
    const difference =
      pixels[0]!.reduce((sum, value, i) => sum + Math.abs(value - pixels[1]![i]!), 0) / pixels[0]!.length;
    t.true(difference < (tier === 'edited' ? 40 : 6), `${id}: ${difference}`);
  }
});

const thumbnail = (file: string): Promise<Buffer> =>
  sharp(file).autoOrient().resize(32, 32, { fit: 'fill' }).removeAlpha().raw().toBuffer();

test('a catalogue that is there already is not drawn again; one of another recipe is replaced', async (t) => {
  const dir = await emptyFolder();
  const recipe = { seed: 11, products: 1, views: 1 };
  const drawn = await generateDemoCatalog(dir, recipe);
  const file = path.join(dir, drawn.items[0]!.file);
  const { mtimeMs } = await stat(file);
  t.deepEqual(await generateDemoCatalog(dir, { ...recipe, onProgress: () => t.fail('it drew') }), drawn);
  t.is((await stat(file)).mtimeMs, mtimeMs);

  const other = await generateDemoCatalog(dir, { ...recipe, seed: 12 });
  t.false(existsSync(file));
  t.deepEqual(await readdir(path.join(dir, 'catalog')), [other.products[0]!.id]);
});

test('an unfinished catalogue is drawn anew', async (t) => {
  const dir = await emptyFolder();
  const recipe = { seed: 13, products: 2, views: 1 };
  const stop = new AbortController();
  const onProgress = (): void => stop.abort();
  await t.throwsAsync(
    generateDemoCatalog(dir, { ...recipe, products: 12, onProgress, signal: stop.signal }),
    { code: 'ABORTED' },
  );
  t.false(existsSync(path.join(dir, 'items.csv')));
  t.is((await generateDemoCatalog(dir, recipe)).items.length, 2);
});

test('a folder with other files is refused and left alone', async (t) => {
  const dir = await emptyFolder();
  await writeFile(path.join(dir, 'thesis.txt'), 'mine');
  const error = await t.throwsAsync(generateDemoCatalog(dir, small), {
    instanceOf: AppError,
    code: 'OUTPUT_UNWRITABLE',
  });
  t.regex(error.message, /empty folder/);
  t.deepEqual(await readdir(dir), ['thesis.txt']);
});

test('a recipe that makes no sense is refused', async (t) => {
  const dir = await emptyFolder();
  await t.throwsAsync(generateDemoCatalog(dir, { products: 0 }), { code: 'USAGE', message: /products/ });
  await t.throwsAsync(generateDemoCatalog(dir, { views: 1.5 }), { code: 'USAGE', message: /views/ });
});

test('views past the fifth are further mixes with names of their own', (t) => {
  t.deepEqual([0, 4, 5, 6].map(viewName), ['studio', 'occlusion', 'mix-6', 'mix-7']);
  const [product] = designProducts(1, 1);
  t.notDeepEqual(planProductView(product!, 'mix-6'), {
    ...planProductView(product!, 'mix-7'),
    name: 'mix-6',
  });
});
