import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import test from 'ava';
import { openSource } from '../../../src/indexer/sources/open.ts';
import { read, temporaryFolder, write } from '../files.ts';

async function idsOf(folder: string): Promise<string[]> {
  const { items } = await read(await openSource(folder));
  return items.map(({ id }) => id);
}

test('pictures of all folders below are listed in order, with their folder as metadata', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, { 'b.JPG': '', 'a/2.png': '', 'a/10.webp': '', 'a/x/1.tif': '', 'c/1.heic': '' });
  await write(folder, { 'notes.txt': '', 'items.csv': '', 'a/.hidden.jpg': '', '.git/1.jpg': '', jpg: '' });
  const source = await openSource(folder);
  const { items, failures } = await read(source);
  t.deepEqual(failures, []);
  t.deepEqual(
    items.map(({ id, metadata }) => [id, metadata]),
    [
      ['a/10.webp', { folder: 'a' }],
      ['a/2.png', { folder: 'a' }],
      ['a/x/1.tif', { folder: 'a/x' }],
      ['b.JPG', {}],
      ['c/1.heic', { folder: 'c' }],
    ],
  );
  t.like(items[2], { productId: null, file: path.join(folder, 'a/x/1.tif') });
  t.is(await source.count(), 5);
  t.is(await source.count(AbortSignal.abort()), undefined);
});

test('an empty folder has no entries', async (t) => {
  t.deepEqual(await idsOf(await temporaryFolder(t)), []);
});

test('links that go in circles end, and no folder is walked twice', async (t) => {
  const folder = await temporaryFolder(t);
  const outside = await temporaryFolder(t);
  await write(folder, { 'a/1.jpg': '' });
  await write(outside, { 'pictures/2.jpg': '' });
  await symlink(folder, path.join(folder, 'a/self'));
  await symlink('..', path.join(folder, 'a/up'));
  await symlink(path.join(folder, 'a'), path.join(folder, 'again'));
  await symlink('/', path.join(folder, 'everything'));
  await symlink(path.join(outside, 'pictures'), path.join(folder, 'linked'));
  await symlink(path.join(outside, 'pictures'), path.join(folder, 'linked-twice'));
  await symlink(outside, path.join(outside, 'pictures/back'));
  t.deepEqual(await idsOf(folder), ['a/1.jpg', 'linked/2.jpg']);
});

test('a link to a picture is a picture; a broken link is listed', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, { 'a/1.jpg': '', 'a/notes.txt': '' });
  await symlink('a/1.jpg', path.join(folder, 'link.jpg'));
  await symlink('a/notes.txt', path.join(folder, 'link.txt'));
  await symlink('nowhere.jpg', path.join(folder, 'broken.jpg'));
  await symlink('nowhere', path.join(folder, 'unmounted'));
  const { items, failures } = await read(await openSource(folder));
  // Whoever opens broken.jpg finds that it is not there.
  t.deepEqual(
    items.map(({ id }) => id),
    ['a/1.jpg', 'broken.jpg', 'link.jpg'],
  );
  t.like(failures, [{ source: path.join(folder, 'unmounted'), id: null, code: 'SOURCE_UNREADABLE' }]);
});

test('a name that is not UTF-8 is listed with its bytes, one that means U+FFFD is indexed', async (t) => {
  const folder = await temporaryFolder(t);
  const odd = Buffer.from(`${folder}/caf\xe9.jpg`, 'latin1');
  await writeFile(odd, '').catch(() => undefined);
  await writeFile(Buffer.from(`${folder}/caf\xe9.txt`, 'latin1'), '').catch(() => undefined);
  await mkdir(Buffer.from(`${folder}/d\xff`, 'latin1')).catch(() => undefined);
  await write(folder, { 'plain.jpg': '', 'really\uFFFD.jpg': '' });
  const { items, failures } = await read(await openSource(folder));
  t.deepEqual(
    items.map(({ id }) => id),
    ['plain.jpg', 'really\uFFFD.jpg'],
  );
  if (failures.length === 0) {
    t.log('skipped: this file system has no names but UTF-8');
    return;
  }
  t.deepEqual(
    failures.map(({ source, code }) => [path.basename(source), code]),
    [
      [String.raw`caf\xe9.jpg`, 'ITEM_INVALID'],
      [String.raw`d\xff`, 'ITEM_INVALID'],
    ],
  );
  t.regex(failures[0]!.message, /caf\\xe9\.jpg: expected a name in UTF-8/);
});

test('a sub-folder that cannot be read is listed, and the walk goes on', async (t) => {
  if (process.getuid?.() === 0) {
    t.log('skipped: the superuser can read every folder');
    t.pass();
    return;
  }
  const folder = await temporaryFolder(t);
  await write(folder, { 'a/1.jpg': '', 'b/2.jpg': '', 'c/3.jpg': '' });
  await chmod(path.join(folder, 'b'), 0o000);
  t.teardown(() => chmod(path.join(folder, 'b'), 0o755));
  const { items, failures } = await read(await openSource(folder));
  t.deepEqual(
    items.map(({ id }) => id),
    ['a/1.jpg', 'c/3.jpg'],
  );
  t.like(failures, [{ source: path.join(folder, 'b'), code: 'SOURCE_UNREADABLE' }]);
});
