/** The same endless series of nightly runs for the process that lives it and the one that checks it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { zipOf } from '../indexer/archives.ts';
import { writePictures } from './pictures.ts';

/** Pictures that there are, and items that may show one of them. */
const pool = 40;
const itemCount = 50;

export async function writePool(folder: string): Promise<void> {
  await writePictures(folder, pool, 1000);
}

const fileOf = (picture: number) => `${String(picture).padStart(2, '0')}.png`;

/** Id -> number of its picture. Before the first night there is nothing. */
export function shopOf(night: number): Map<string, number> {
  const shop = new Map<string, number>();
  if (night < 0) return shop;
  for (let i = 0; i < itemCount; i++) {
    const [present, era] = createHash('sha256')
      .update(`${i} ${Math.floor((night + i) / 4)}`)
      .digest();
    if (present! % 4 !== 0) shop.set(`i${i}`, era! % pool);
  }
  return shop;
}

/** What is indexed that night: a table beside the pool, or an archive of pictures and their table. */
export function sourceOf(
  kind: 'table' | 'archive',
  night: number,
  folder: string,
): [name: string, content: Uint8Array] {
  const shop = [...shopOf(night)];
  const rows = shop.map(([id, picture]) => `${id},${fileOf(picture)}\n`);
  const table = Buffer.from(`id,file\n${rows.join('')}`);
  if (kind === 'table') return ['items.csv', table];
  const used = [...new Set(shop.map(([, picture]) => picture))];
  const pictures = used.map((picture) => ({
    name: fileOf(picture),
    content: readFileSync(path.join(folder, fileOf(picture))),
    stored: true,
  }));
  return ['shop.zip', zipOf([{ name: 'items.csv', content: table }, ...pictures])];
}

/** Hex SHA-256 of each picture. */
export function hashesOf(folder: string): string[] {
  return Array.from({ length: pool }, (_, picture) =>
    createHash('sha256')
      .update(readFileSync(path.join(folder, fileOf(picture))))
      .digest('hex'),
  );
}
