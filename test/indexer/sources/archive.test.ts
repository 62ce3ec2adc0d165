import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openSource } from '../../../src/indexer/sources/open.ts';
import type { SourceItem } from '../../../src/indexer/sources/source.ts';
import { tarOf, zipOf } from '../archives.ts';
import { read, temporaryFolder } from '../files.ts';

/** Writes the same members as a zip, a tar and a tar.gz. */
async function archives(t: ExecutionContext, members: readonly (readonly [string, string | Uint8Array])[]) {
  const folder = await temporaryFolder(t);
  const bytes = {
    'shop.zip': zipOf(members.map(([name, content], i) => ({ name, content, stored: i % 2 === 0 }))),
    'shop.tar': await tarOf(members),
    'shop.tar.gz': await tarOf(members, { gzip: true }),
    'shop.tgz': await tarOf(members, { gzip: true }),
  };
  return Promise.all(
    Object.entries(bytes).map(async ([name, content]) => {
      const file = path.join(folder, name);
      await writeFile(file, content);
      return { file, name };
    }),
  );
}

async function contentOf({ remote }: SourceItem): Promise<string> {
  const bytes = await remote!.read();
  remote!.release?.();
  return Buffer.from(bytes).toString();
}

test('the pictures of an archive are items: id its path, metadata its folder; all else is left out', async (t) => {
  const members = [
    ['b/c.jpg', 'C'],
    ['a.png', 'A'],
    ['readme.txt', 'x'],
    ['.hidden.jpg', 'x'],
    ['.cache/d.jpg', 'x'],
    ['__MACOSX/._a.png', 'x'],
    ['_best/e.jpg', 'E'],
    ['./f.jpg', 'F'],
    ['../../etc/g.jpg', 'G'],
  ] as const;
  for (const { file, name } of await archives(t, members)) {
    const source = await openSource(file);
    t.is(source.kind, name.endsWith('zip') ? 'zip' : 'tar');
    const { items, failures } = await read(source);
    t.deepEqual(failures, []);
    t.deepEqual(
      items.map(({ id, metadata, remote }) => [id, metadata, remote!.origin]),
      [
        ['b/c.jpg', { folder: 'b' }, `${file}!b/c.jpg`],
        ['a.png', {}, `${file}!a.png`],
        ['_best/e.jpg', { folder: '_best' }, `${file}!_best/e.jpg`],
        ['f.jpg', {}, `${file}!f.jpg`],
        // A name that leads out of the archive is only a name: nothing is ever written by it.
        ['etc/g.jpg', { folder: 'etc' }, `${file}!etc/g.jpg`],
      ],
    );
    t.deepEqual(await Promise.all(items.map(contentOf)), ['C', 'A', 'E', 'F', 'G']);
    t.is(await source.count(), 5);
  }
});

test('a table at the root gives ids, products and metadata, wherever it stands in the archive', async (t) => {
  const table =
    'id,file,url,product_id,price\n1,img/a.jpg,,p,5\n2,./img/a.jpg,,p,6\n3,gone.jpg,,,\n4,,https://shop.example/x.jpg,,7\n,b.jpg,,,\n';
  const json = '{"id":"9","file":"b.jpg","tags":["x"]}\n';
  const pictures = [
    ['img/a.jpg', 'A'],
    ['b.jpg', 'B'],
  ] as const;
  for (const members of [
    [['items.csv', table], ...pictures],
    [...pictures, ['items.csv', table]],
  ] as const) {
    for (const { file } of await archives(t, members)) {
      const source = await openSource(file);
      const { items, failures } = await read(source);
      t.deepEqual(
        items.map(({ id, productId, metadata }) => [id, productId, metadata]),
        [
          ['4', null, { price: 7 }],
          ['1', 'p', { price: 5 }],
          ['2', 'p', { price: 6 }],
        ],
      );
      t.deepEqual(await Promise.all(items.slice(1).map(contentOf)), ['A', 'A']);
      t.is(items[0]!.url, 'https://shop.example/x.jpg');
      t.deepEqual(
        failures.map(({ source, id, code }) => [source, id, code]),
        [
          [`${file}!items.csv:6`, null, 'ITEM_INVALID'],
          [`${file}!gone.jpg`, '3', 'IMAGE_NOT_FOUND'],
        ],
      );
      t.is(await source.count(), 5);
    }
  }
  for (const { file } of await archives(t, [...pictures, ['items.jsonl', json]])) {
    const { items } = await read(await openSource(file));
    t.like(items, [{ id: '9', metadata: { tags: ['x'] } }]);
    t.is(items.length, 1);
  }
});

test('patterns choose members as they choose files', async (t) => {
  const members = ['a.jpg', 'x/b.jpg', 'x/thumbs/c.jpg', 'x/d.png'].map((name) => [name, name] as const);
  for (const { file } of await archives(t, members)) {
    const { items } = await read(await openSource(file, { include: ['*.jpg'], exclude: ['thumbs'] }));
    t.deepEqual(
      items.map(({ id }) => id),
      ['a.jpg', 'x/b.jpg'],
    );
  }
});

test('a damaged archive gives the members before the damage, and a failure', async (t) => {
  const members = Array.from({ length: 20 }, (_, i) => [`${i}.jpg`, Buffer.alloc(5000, i)] as const);
  const folder = await temporaryFolder(t);
  const plain = await tarOf(members);
  const gzip = await tarOf(members, { gzip: true });
  for (const [name, bytes, most] of [
    ['cut.tar', plain.subarray(0, plain.length / 2), 10],
    ['cut.tgz', gzip.subarray(0, gzip.length / 2), 19],
    ['no.zip', Buffer.from('this is no archive at all, but a page of text'), 0],
    ['cut.zip', zipOf(members.map(([name, content]) => ({ name, content }))).subarray(0, 900), 0],
  ] as const) {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    const { items, failures } = await read(await openSource(file));
    t.true(items.length <= most, `${name}: ${items.length}`);
    t.true(most === 0 || items.length > 0, name);
    t.like(failures, [{ source: file, id: null, code: 'SOURCE_UNREADABLE' }]);
    t.is(failures.length, 1);
  }
});

test('members that cannot be used are failures of their own: links, encrypted ones, wrong checksums, bombs, names twice', async (t) => {
  const folder = await temporaryFolder(t);
  const zip = path.join(folder, 'odd.zip');
  const content = Buffer.alloc(1000, 'x');
  await writeFile(
    zip,
    zipOf([
      { name: 'encrypted.jpg', content, encrypted: true },
      { name: 'crc.jpg', content, claims: { crc: 1 } },
      { name: 'more.jpg', content, claims: { bytes: 10 } },
      { name: 'huge.jpg', content, claims: { bytes: 0xfffffffe } },
      { name: 'good.jpg', content },
      { name: 'good.jpg', content },
      { name: 'ge\u0301.jpg', content },
    ]),
  );
  const found = await read(await openSource(zip));
  t.deepEqual(
    found.failures.map(({ id, code }) => [id, code]),
    [
      ['encrypted.jpg', 'ITEM_INVALID'],
      ['huge.jpg', 'IMAGE_TOO_LARGE'],
      ['good.jpg', 'ITEM_DUPLICATE'],
    ],
  );
  const reads = await Promise.allSettled(found.items.map(contentOf));
  t.deepEqual(
    found.items.map(({ id }, i) => [id, reads[i]!.status]),
    [
      ['crc.jpg', 'rejected'],
      ['more.jpg', 'rejected'],
      ['good.jpg', 'fulfilled'],
      ['ge\u0301.jpg', 'fulfilled'],
    ],
  );
  t.true(reads.every((result) => result.status === 'fulfilled' || result.reason.code === 'IMAGE_CORRUPT'));

  const tar = path.join(folder, 'odd.tar');
  await writeFile(
    tar,
    await tarOf([
      [{ name: 'link.jpg', type: 'symlink', linkname: '/etc/passwd' } as never],
      [{ name: 'folder.jpg', type: 'directory' } as never],
      ['good.jpg', content],
      ['good.jpg', 'again'],
    ]),
  );
  const { items, failures } = await read(await openSource(tar));
  t.deepEqual(
    failures.map(({ id, code }) => [id, code]),
    [
      ['link.jpg', 'ITEM_INVALID'],
      ['good.jpg', 'ITEM_DUPLICATE'],
    ],
  );
  t.deepEqual(await Promise.all(items.map(contentOf)), [content.toString()]);
});

test('a tar is not read further ahead than a limit while its pictures are held', async (t) => {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'large.tar');
  const size = 20 * 1024 * 1024;
  const members = Array.from({ length: 5 }, (_, i) => [`${i}.jpg`, Buffer.alloc(size, i)] as const);
  await writeFile(file, await tarOf(members));
  const entries = (await openSource(file)).entries()[Symbol.asyncIterator]();
  const held: SourceItem[] = [];
  let waiting = entries.next();
  const soon = () => new Promise<undefined>((resolve) => setTimeout(resolve, 2500, undefined));
  for (let next = await waiting; next?.done === false;) {
    held.push(next.value as SourceItem);
    waiting = entries.next();
    next = (await Promise.race([waiting, soon()])) as typeof next;
  }
  t.is(held.length, 4);
  held.shift()!.remote!.release!();
  t.false((await waiting).done);
  await entries.return!();
});
