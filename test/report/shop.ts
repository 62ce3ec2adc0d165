/** A small shop whose pictures are drawn by program, searched and explained with the real model and a real catalogue. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestFn } from 'ava';
import sharp from 'sharp';
import { examinePicture } from '../../src/app/pictures.ts';
import { explainSearch, searchByPicture } from '../../src/app/search.ts';
import type { ExplainedHit, PictureSearch } from '../../src/app/search.ts';
import type { Rect } from '../../src/core/geometry.ts';
import type { Metadata, NewItem } from '../../src/core/item.ts';
import { Model } from '../../src/model/model.ts';
import { readOnnx } from '../../src/model/onnx/read.ts';
import { createOrtEngine } from '../../src/model/ort.ts';
import { openCatalog } from '../../src/search/open-catalog.ts';
import { checkout } from '../support/checkout.ts';

const modelFile = checkout('data/models/whymatch-s.onnx');

/** The embedded model. */
export async function realModel(): Promise<Model> {
  const facts = {
    name: 'whymatch-s',
    fingerprint: '0'.repeat(64),
    featureTensor: 'features',
    input: {
      width: 224,
      height: 224,
      channels: 'rgb',
      fit: 'contain',
      background: [128, 128, 128],
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    },
  } as const;
  return new Model(readOnnx(await readFile(modelFile)), facts, createOrtEngine({ threads: 2 }));
}

export interface Shop {
  readonly model: Model;
  readonly search: PictureSearch;
  /** The second hit's picture is gone. */
  readonly hits: readonly ExplainedHit[];
  readonly catalog: { readonly name: string; readonly items: number };
}

export interface ShopOptions {
  readonly methods?: readonly string[];
  readonly k?: number;
  readonly crop?: Rect;
  /** Of every item. */
  readonly metadata?: Metadata;
}

/** A folder that is deleted after the file's tests. */
export async function temporaryFolder(test: TestFn): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'whymatch-report-'));
  test.after.always(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Mugs on tables, indexed in `folder`, searched with one more. */
export async function explainedShop(folder: string, options: ShopOptions = {}): Promise<Shop> {
  const { methods = ['match', 'guided', 'guided-match'], k = 4, crop, metadata = {} } = options;
  const model = await realModel();
  const catalog = openCatalog(join(folder, 'catalog'), { space: model, create: true });
  const items = await Promise.all(
    Array.from({ length: k + 2 }, (_, i) => drawnItem(model, folder, i, metadata)),
  );
  catalog.put(items);
  const query = join(folder, 'query & <photo>.jpg');
  await writeFile(query, await mug(100));
  const search = await searchByPicture(catalog, model, { source: query, crop }, { k });
  await rm(search.hits[1]!.item.source);
  const hits = await explainSearch(model, search.query, search.hits, { methods });
  const shop = { model, search, hits, catalog: { name: 'mugs', items: catalog.count() } };
  catalog.close();
  return shop;
}

async function drawnItem(model: Model, folder: string, i: number, metadata: Metadata): Promise<NewItem> {
  const source = join(folder, `mug-${i}.jpg`);
  const bytes = await mug(i);
  await writeFile(source, bytes);
  const { picture, subject } = await examinePicture(model, { source });
  return {
    id: `mug-${i}`,
    productId: i % 2 === 0 ? `product-${i}` : null,
    source,
    contentHash: createHash('sha256').update(bytes).digest('hex'),
    width: picture.width,
    height: picture.height,
    bytes: bytes.length,
    modifiedAt: 0,
    metadata: { name: `Mug no. ${i}`, colours: ['red', 'white'], price: 9.5 + i, ...metadata },
    embedding: subject.unit,
  };
}

/** A mug with a pattern somewhere on a table; portrait and landscape in turn. */
function mug(i: number): Promise<Buffer> {
  const [width, height] = i % 3 === 0 ? [480, 360] : [360, 480];
  const x = 60 + ((i * 37) % 120);
  const hue = (i * 47) % 360;
  const stripes = Array.from(
    { length: 5 },
    (_, s) =>
      `<rect x="${x + 12 + s * 28}" y="140" width="12" height="140" fill="hsl(${hue + 40 * s} 80% 60%)"/>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <rect width="100%" height="100%" fill="hsl(${hue + 180} 20% 85%)"/>
    <rect y="${height - 110}" width="100%" height="110" fill="hsl(30 35% 55%)"/>
    <ellipse cx="${x + 150}" cy="210" rx="45" ry="50" fill="none" stroke="#f4f0e8" stroke-width="18"/>
    <rect x="${x}" y="130" width="150" height="160" rx="14" fill="#f4f0e8"/>${stripes.join('')}</svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer();
}
