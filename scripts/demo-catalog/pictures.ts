/** Draws all pictures of one product and writes them, with their masks. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import { productSvg } from './brush.ts';
import { kinds } from './kinds/index.ts';
import type { Product } from './product.ts';
import type { Layer } from './raster.ts';
import { renderSvg } from './raster.ts';
import type { Model, Picture } from './scene.ts';
import { drawView } from './scene.ts';
import type { Stock } from './stock.ts';
import type { DemoItem, DemoQuery } from './store.ts';
import { maskOf } from './store.ts';
import { randomFor } from './svg.ts';
import type { View } from './view.ts';
import { planView, viewName } from './views.ts';

/** Side of a product's own layer in pixels: enough for the closest view. */
const objectPixels = 600;

/** What surrounds the products where the shop photographs them, and where its customers do: no query shows a catalogue's floor. */
export interface Stocks {
  readonly shop: Stock;
  readonly home: Stock;
}

/** Writes `views` catalogue pictures and the query of a product under `dir`, with their masks. */
export async function drawProduct(dir: string, product: Product, views: number, stocks: Stocks) {
  await makeFolders(dir, product);
  const model = createModel(product);
  const items: DemoItem[] = [];
  for (let i = 0; i < views; i++) {
    const name = viewName(i);
    const format = formatOf(product, i);
    const item = itemOf(product, name, format.extension);
    await write(dir, item.file, await drawView(model, planProductView(product, name), stocks.shop), format);
    items.push(item);
  }
  const view = planProductView(product, 'query');
  const picture = await drawView(model, view, stocks.home);
  const query = queryOf(product, changesOf(view, picture.hidden));
  await write(dir, query.file, picture, jpeg);
  return { items, query };
}

async function makeFolders(dir: string, { id }: Product): Promise<void> {
  const folders = [`catalog/${id}`, `masks/catalog/${id}`, 'queries', 'masks/queries'];
  await Promise.all(folders.map((folder) => mkdir(path.join(dir, folder), { recursive: true })));
}

/** The product alone, drawn once for every side that its views show. */
export function createModel(product: Product): Model {
  const { draw } = kinds[product.kind]!;
  const layers = new Map<number, Promise<Layer>>();
  return {
    seed: product.seed,
    layer(turn) {
      const layer = layers.get(turn) ?? renderSvg(productSvg(product, draw, objectPixels, turn));
      layers.set(turn, layer);
      return layer;
    },
  };
}

/** The plan of a product's view; it depends on nothing but the product and the view's name. */
export function planProductView(product: Product, name: string): View {
  return planView(name, kinds[product.kind]!, randomFor(product.seed, 4, ...Buffer.from(name)));
}

function itemOf(product: Product, view: string, extension: string): DemoItem {
  return {
    file: `catalog/${product.id}/${view}.${extension}`,
    id: `${product.id}-${view}`,
    product_id: product.id,
    title: product.title,
    category: product.category,
    color: product.palette.name,
    pattern: product.pattern.name,
    price: product.price,
    view,
  };
}

function queryOf({ id, category }: Product, changes: string): DemoQuery {
  const file = `queries/${id}.jpg`;
  return { file, product_id: id, category, mask: maskOf(file), changes };
}

interface Format {
  readonly extension: string;
  readonly encode: (image: Sharp) => Sharp;
}

const jpeg: Format = { extension: 'jpg', encode: (image) => image.jpeg({ quality: 88 }) };
const png: Format = { extension: 'png', encode: (image) => image.png({ compressionLevel: 4 }) };
const webp: Format = { extension: 'webp', encode: (image) => image.webp({ quality: 86, effort: 2 }) };
/** Stored lying on its side, as cameras do, with the EXIF tag that puts it upright. */
const turnedJpeg: Format = {
  extension: 'jpg',
  encode: (image) => image.rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 88 }),
};

/** Most pictures are JPEG; a few exercise the other ways in. */
function formatOf({ index }: Product, view: number): Format {
  if (index % 12 === 1 && view === 1) return png;
  if (index % 12 === 2 && view === 2) return webp;
  if (index % 12 === 3 && view === 3) return turnedJpeg;
  return jpeg;
}

async function write(dir: string, file: string, picture: Picture, { encode }: Format): Promise<void> {
  const { width, height, pixels, mask } = picture;
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  const shape = sharp(mask, { raw: { width, height, channels: 1 } });
  await Promise.all([
    encode(image).toFile(path.join(dir, file)),
    shape
      .toColourspace('b-w')
      .png({ compressionLevel: 4 })
      .toFile(path.join(dir, maskOf(file))),
  ]);
}

/** What a query changes against the studio picture, as key=value pairs. */
function changesOf(view: View, hidden: number): string {
  const { pose, light, backdrop, hider } = view;
  const degrees = (angle: number): string => String(Math.round((angle * 180) / Math.PI));
  const place =
    backdrop.type === 'studio'
      ? 'studio'
      : backdrop.type === 'flat'
        ? backdrop.surface
        : `${backdrop.wall}+${backdrop.surface}`;
  return [
    `scale=${pose.fill.toFixed(2)}`,
    `roll=${degrees(pose.roll)}`,
    `yaw=${degrees(pose.yaw)}`,
    `pitch=${degrees(pose.pitch)}`,
    `exposure=${light.exposure.toFixed(2)}`,
    `warmth=${light.warmth.toFixed(2)}`,
    `shadow=${light.shadow?.shape ?? 'none'}`,
    `occlusion=${hidden.toFixed(2)}`,
    `occluder=${hider?.name ?? 'none'}`,
    `background=${place}`,
  ].join(';');
}
