import path from 'node:path';
import test from 'ava';
import { openSource } from '../../../src/indexer/sources/open.ts';
import { temporaryFolder, write } from '../files.ts';

test('the kind of a source follows from what the path is', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, { 'items.CSV': 'file\n', 'items.tsv': 'id\tfile\n', 'folder.csv/a.jpg': '' });
  t.is((await openSource(folder)).kind, 'folder');
  t.is((await openSource(path.join(folder, 'items.CSV'))).kind, 'csv');
  t.is((await openSource(path.join(folder, 'items.tsv'))).kind, 'csv');
  t.is((await openSource(path.join(folder, 'folder.csv'))).kind, 'folder');
});

test('a relative path is taken from the working directory', async (t) => {
  const folder = await temporaryFolder(t);
  const source = await openSource(path.relative(process.cwd(), folder));
  t.is(source.location, folder);
});

test('a source that is missing, or of no known kind, is refused', async (t) => {
  const folder = await temporaryFolder(t);
  await write(folder, { 'a.jpg': '', 'items.xlsx': '' });
  await t.throwsAsync(openSource(path.join(folder, 'nothing')), { code: 'SOURCE_NOT_FOUND' });
  await t.throwsAsync(openSource(path.join(folder, 'a.jpg/b')), { code: 'SOURCE_NOT_FOUND' });
  for (const name of ['a.jpg', 'items.xlsx']) {
    await t.throwsAsync(openSource(path.join(folder, name)), {
      code: 'SOURCE_INVALID',
      message: /expected a folder of pictures, or a table .*\.csv.*received .*/,
    });
  }
});
