// Copies of pictures that a catalogue keeps: they are there as long as an item needs them, and no longer.
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { openPicture } from '../../src/image/open.ts';
import type { Catalog } from '../../src/search/catalog.ts';
import { newItem, openSmall, temporaryPath } from './support.ts';

const bytesOf = (shade: number) =>
  sharp({ create: { width: 20, height: 20, channels: 3, background: { r: shade, g: 0, b: 0 } } })
    .png()
    .toBuffer();

/** A picture that the catalogue keeps, and an item of it where there is to be one. */
async function keep(catalog: Catalog, shade: number, id?: string): Promise<string> {
  const picture = await openPicture(await bytesOf(shade));
  const source = await catalog.pictures.keep(picture);
  const { contentHash } = picture;
  if (id !== undefined) catalog.put([newItem(id, shade, { source, contentHash, origin: `https://a/${id}` })]);
  return source;
}

test('a picture goes with the last item that has its file, whoever else has the same bytes', async (t) => {
  const catalog = openSmall(t, temporaryPath(t));
  const source = await keep(catalog, 1, 'a');
  t.is(await keep(catalog, 1, 'b'), source);
  const [a, b] = [catalog.get('a')!, catalog.get('b')!];
  catalog.put([newItem('file', 1, { source: '/elsewhere/c.png', contentHash: a.contentHash })]);
  for (const [item, there] of [
    [a, true],
    [b, false],
  ] as const) {
    catalog.delete([item.id]);
    await catalog.pictures.drop(item);
    t.is(existsSync(source), there);
  }
});

test('compacting removes what a killed process left behind, and nothing that is needed or not of the catalogue', async (t) => {
  const path = temporaryPath(t);
  const first = openSmall(t, path);
  const needed = await keep(first, 1, 'a');
  const orphan = await keep(first, 2);
  const half = `${orphan}.0123abcd.tmp`;
  writeFileSync(half, 'half');
  const foreign = [join(path, 'pictures', 'notes', 'readme.png'), join(path, 'pictures', 'list.txt')];
  mkdirSync(join(path, 'pictures', 'notes'));
  for (const file of foreign) writeFileSync(file, 'mine');
  const old = new Date(Date.now() - 60_000);
  for (const file of [needed, orphan, half, ...foreign]) utimesSync(file, old, old);
  first.close();

  const next = openSmall(t, path);
  // Of an item that is about to be put.
  const fresh = await keep(next, 3);
  const { pictures } = await next.compact();
  t.deepEqual(pictures, { files: 2, bytes: (await bytesOf(2)).length + 4 });
  t.deepEqual(
    [needed, fresh, orphan, half, ...foreign].map((file) => existsSync(file)),
    [true, true, false, false, true, true],
  );
  next.delete(['a']);
  t.is((await next.compact()).pictures.files, 1);
  t.false(existsSync(needed));
  t.true(readdirSync(join(path, 'pictures')).includes('list.txt'));
});
