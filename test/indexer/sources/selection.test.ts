import path from 'node:path';
import test from 'ava';
import { openSource } from '../../../src/indexer/sources/open.ts';
import { Selection } from '../../../src/indexer/sources/selection.ts';
import { read, temporaryFolder, write } from '../files.ts';

test('patterns without a slash are tried on the name, those with one on the path', (t) => {
  const taken = (include: string[], exclude: string[], file: string) =>
    new Selection({ include, exclude }).takesWhole(file);
  for (const [include, exclude, file, expected] of [
    [[], [], 'a/b.jpg', true],
    [['*.jpg'], [], 'a/b.jpg', true],
    [['*.jpg'], [], 'a/b.png', false],
    [['*.{jpg,png}'], [], 'a/b.png', true],
    [['*.jpg', '*.png'], [], 'b.png', true],
    [['shoes/*'], [], 'shoes/a.jpg', true],
    [['shoes/*'], [], 'shoes/left/a.jpg', false],
    [['shoes/**'], [], 'shoes/left/a.jpg', true],
    [['/shoes/**'], [], 'other/shoes/a.jpg', false],
    [['**/shoes/**'], [], 'other/shoes/a.jpg', true],
    [[], ['thumbs'], 'a/thumbs/b.jpg', false],
    [[], ['thumbs/'], 'a/thumbs/b.jpg', false],
    [[], ['a/thumbs'], 'a/thumbs/b.jpg', false],
    [[], ['a/thumbs'], 'b/thumbs/b.jpg', true],
    [[], ['*_small.*'], 'a/b_small.jpg', false],
    [['*.jpg'], ['b.*'], 'a/b.jpg', false],
    [['[ab].jpg'], [], 'c.jpg', false],
    [['grün?.jpg'], [], 'grün1.jpg', true],
  ] as const)
    t.is(taken([...include], [...exclude], file), expected, JSON.stringify([include, exclude, file]));
});

test('a folder gives what is included, less what is excluded, and does not look into excluded folders', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, { 'a.jpg': '', 'b.png': '', 'x/c.jpg': '', 'x/thumbs/d.jpg': '', 'thumbs/e.jpg': '' });
  const ids = async (options: object) => {
    const source = await openSource(folder, options);
    const { items } = await read(source);
    t.is(await source.count(), items.length);
    return items.map(({ id }) => id);
  };
  t.deepEqual(await ids({ include: ['*.jpg'] }), ['a.jpg', 'thumbs/e.jpg', 'x/c.jpg', 'x/thumbs/d.jpg']);
  t.deepEqual(await ids({ include: ['*.jpg'], exclude: ['thumbs'] }), ['a.jpg', 'x/c.jpg']);
  t.deepEqual(await ids({ exclude: ['x/**'] }), ['a.jpg', 'b.png', 'thumbs/e.jpg']);
});

test('a table says itself which pictures it means', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, { 'items.csv': 'file\n' });
  await t.throwsAsync(openSource(path.join(folder, 'items.csv'), { include: ['*.jpg'] }), { code: 'USAGE' });
});
