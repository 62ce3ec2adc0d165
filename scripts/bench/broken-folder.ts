/** A table of small pictures of which 3 % are broken, in twenty ways: what a shop's export looks like after ten years. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { ErrorCode } from '../../src/core/errors.ts';
import { seededRandom } from '../../src/core/random.ts';

export interface BrokenFolder {
  readonly table: string;
  readonly rows: number;
  /** What must be listed: the item's id, or the line of a row that cannot be used, and the code. */
  readonly faults: readonly (readonly [idOrLine: string, code: ErrorCode])[];
}

/** Writes `rows` rows and their pictures below `folder`. */
export async function makeBrokenFolder(folder: string, rows: number): Promise<BrokenFolder> {
  const [ways, fine] = await Promise.all([waysToBreak(), oddButFine()]);
  const faults: [string, ErrorCode][] = [];
  const lines = ['id,file,price'];
  for (let i = 0; i < rows; i++) {
    const way = isFault(i) ? ways[faults.length % ways.length]! : undefined;
    const odd = i % 50 === 0 ? fine[(i / 50) % fine.length]! : undefined;
    const { extension, make }: Odd = way ?? odd ?? { extension: 'png', make: () => smallPng(i) };
    const file = path.join(String(i % 100), `${i}.${extension}`);
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true });
    const bytes = make(path.join(folder, file));
    if (bytes) writeFileSync(path.join(folder, file), bytes);
    const id = `item-${i}`;
    lines.push(way?.row ? way.row(id, file) : `${id},${file},${i}`);
    if (way) faults.push([way.row ? String(lines.length) : id, way.code]);
  }
  const table = path.join(folder, 'items.csv');
  writeFileSync(table, `${lines.join('\n')}\n`);
  return { table, rows, faults };
}

const isFault = (row: number): boolean => [7, 40, 73].includes(row % 100);

interface Odd {
  readonly extension: string;
  /** The file's bytes; undefined where none is to be written, or something else has been made in its place. */
  readonly make: (file: string) => Uint8Array | undefined;
}

interface Broken extends Odd {
  readonly code: ErrorCode;
  /** A row that cannot be used: it is listed by its line. */
  readonly row?: (id: string, file: string) => string;
}

async function waysToBreak(): Promise<Broken[]> {
  const noise = { type: 'gaussian', mean: 128, sigma: 50 } as const;
  const large = sharp({ create: { width: 200, height: 200, channels: 3, background: 'red', noise } });
  const [jpeg, png, webp, gif, dot] = await Promise.all([
    large.clone().jpeg().toBuffer(),
    large.clone().png().toBuffer(),
    large.clone().webp().toBuffer(),
    large.clone().gif().toBuffer(),
    sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toBuffer(),
  ]);
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length / 2);
  const way = (
    extension: string,
    code: ErrorCode,
    make: Odd['make'] | string,
    rest: Partial<Broken> = {},
  ): Broken => ({
    extension,
    code,
    make: typeof make === 'string' ? () => Buffer.from(make, 'latin1') : make,
    ...rest,
  });
  const instead =
    (act: (file: string) => void): Odd['make'] =>
    (file) => {
      act(file);
      return undefined;
    };
  return [
    way('jpg', 'IMAGE_CORRUPT', () => half(jpeg)),
    way('jpg', 'IMAGE_CORRUPT', () => jpeg.subarray(0, 30)),
    way('png', 'IMAGE_CORRUPT', () => half(png)),
    way('png', 'IMAGE_CORRUPT', () => smallPng(1, { damaged: true })),
    way('webp', 'IMAGE_CORRUPT', () => half(webp)),
    way('jpg', 'IMAGE_EMPTY', () => Buffer.alloc(0)),
    way('jpg', 'IMAGE_UNSUPPORTED', () => Buffer.alloc(1000)),
    way('jpg', 'IMAGE_UNSUPPORTED', 'Dear sir or madam, please find enclosed'),
    way('jpg', 'IMAGE_UNSUPPORTED', '<!doctype html><title>404</title>'),
    way('png', 'IMAGE_UNSUPPORTED', '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'),
    way('jpg', 'IMAGE_UNSUPPORTED', '%PDF-1.7\n'),
    way('heic', 'IMAGE_UNSUPPORTED', '\0\0\0\x18ftypheic\0\0\0\0heicmif1'),
    way('bmp', 'IMAGE_UNSUPPORTED', 'BM\0\0\0\0'),
    way('png', 'IMAGE_TOO_SMALL', () => dot),
    way('png', 'IMAGE_TOO_LARGE', () => smallPng(2, { claims: 30_000 })),
    way('gif', 'IMAGE_TOO_LARGE', () => hugeGif(gif)),
    way('jpg', 'IMAGE_NOT_FOUND', () => undefined),
    way(
      'jpg',
      'IMAGE_NOT_FOUND',
      instead((file) => symlinkSync('/nowhere/at/all.jpg', file)),
    ),
    way(
      'jpg',
      'IMAGE_UNREADABLE',
      instead((file) => mkdirSync(file)),
    ),
    way('jpg', 'ITEM_DUPLICATE', () => undefined, { row: (_, file) => `item-0,${file},1` }),
    way('jpg', 'ITEM_INVALID', () => undefined, { row: (id) => `${id},,1` }),
    way('jpg', 'ITEM_INVALID', () => undefined, { row: (id, file) => `${id},${file}` }),
  ];
}

/** What looks wrong and is a picture all the same. */
async function oddButFine(): Promise<Odd[]> {
  const base = sharp(smallPng(3)).resize(20, 20);
  const [cmyk, grey, deep, alpha, gif] = await Promise.all([
    base.clone().toColourspace('cmyk').jpeg().toBuffer(),
    base.clone().greyscale().png().toBuffer(),
    base.clone().toColourspace('rgb16').png().toBuffer(),
    base.clone().ensureAlpha(0.5).png().toBuffer(),
    base.clone().gif().toBuffer(),
  ]);
  return [
    { extension: 'jpg', make: () => cmyk },
    { extension: 'png', make: () => grey },
    { extension: 'png', make: () => deep },
    { extension: 'png', make: () => alpha },
    { extension: 'jpg', make: () => gif },
    { extension: 'dat', make: () => smallPng(4) },
  ];
}

/** 16×16 pixels in 4×4 patches of random colours, another picture for each seed. PNG by hand: sharp takes ten times as long. */
function smallPng(seed: number, { claims = 16, damaged = false } = {}): Buffer {
  const random = seededRandom(seed);
  const colours = Uint8Array.from({ length: 48 }, () => random() * 256);
  const rows = Buffer.alloc(16 * (1 + 16 * 3));
  for (let y = 0; y < 16; y++) {
    for (let x = 0; x < 16; x++) {
      const patch = 3 * (4 * (y >> 2) + (x >> 2));
      rows.set(colours.subarray(patch, patch + 3), y * 49 + 1 + 3 * x);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(claims, 0);
  header.writeUInt32BE(claims, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = deflateSync(rows);
  if (damaged) data.fill(0x55, data.length >> 1);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** Says that it is 20,000×20,000, in its header and for its one frame. */
function hugeGif(gif: Buffer): Buffer {
  const bytes = Buffer.from(gif);
  const side = Buffer.from(Uint16Array.of(20_000, 20_000).buffer);
  side.copy(bytes, 6);
  side.copy(bytes, bytes.indexOf(Buffer.of(0x2c, 0, 0, 0, 0)) + 5);
  return bytes;
}
