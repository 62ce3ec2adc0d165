import { mkdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import sharp from 'sharp';
import { write } from './files.ts';
import { picture, pictures } from './pictures.ts';
import { countsOf, workshop } from './workshop.ts';

/** Files that are no usable picture, each with the code that says why. */
async function brokenFiles(): Promise<Record<string, readonly [code: string, content: Uint8Array | string]>> {
  const [jpeg, png, webp] = await Promise.all([picture(1, 'jpeg'), picture(1), picture(1, 'webp')]);
  const solid = { channels: 3, background: 'red' } as const;
  const noise = await sharp({
    create: { width: 400, height: 400, ...solid, noise: { type: 'gaussian', mean: 128, sigma: 50 } },
  })
    .jpeg()
    .toBuffer();
  const tiny = sharp({ create: { width: 1, height: 1, ...solid } }).png();
  return {
    'empty.jpg': ['IMAGE_EMPTY', ''],
    'text.jpg': ['IMAGE_UNSUPPORTED', 'this is no picture'],
    'page.jpg': ['IMAGE_UNSUPPORTED', '<!doctype html><title>404</title>'],
    'drawing.png': ['IMAGE_UNSUPPORTED', '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"/>'],
    'document.png': ['IMAGE_UNSUPPORTED', '%PDF-1.7\n'],
    'photo.heic': ['IMAGE_UNSUPPORTED', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0heicmif1', 'latin1')],
    'old.bmp': ['IMAGE_UNSUPPORTED', Buffer.from('BM\0\0\0\0')],
    'zeros.jpg': ['IMAGE_UNSUPPORTED', Buffer.alloc(1000)],
    'cut.jpg': ['IMAGE_CORRUPT', noise.subarray(0, noise.length / 2)],
    'header-only.jpg': ['IMAGE_CORRUPT', jpeg.subarray(0, 30)],
    'cut.png': ['IMAGE_CORRUPT', png.subarray(0, png.length - 40)],
    'cut.webp': ['IMAGE_CORRUPT', webp.subarray(0, webp.length / 2)],
    'tiny.png': ['IMAGE_TOO_SMALL', await tiny.toBuffer()],
    'huge.gif': ['IMAGE_TOO_LARGE', await hugeGif()],
  };
}

/** A GIF that says it is 20,000×20,000, in the header and for its one frame. */
async function hugeGif(): Promise<Buffer> {
  const gif = await sharp(await picture(1))
    .gif()
    .toBuffer();
  const side = Buffer.from(Uint16Array.of(20_000, 20_000).buffer);
  side.copy(gif, 6);
  side.copy(gif, gif.indexOf(Buffer.of(0x2c, 0, 0, 0, 0)) + 5);
  return gif;
}

test('broken files are listed with their codes, and the others are indexed', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  const broken = await brokenFiles();
  await write(
    folder,
    Object.fromEntries(Object.entries(broken).map(([name, [, content]]) => [name, content])),
  );
  await write(folder, await pictures(20));
  await mkdir(path.join(folder, 'not-a-file.jpg'));
  const names = [
    ...Object.keys(broken),
    'missing.jpg',
    'not-a-file.jpg',
    ...Array.from({ length: 20 }, (_, i) => `${i}.png`),
  ];
  await write(folder, { 'list.csv': `file\n${names.sort().join('\n')}\n` });

  const report = await index({ batchSize: 4 }, 'list.csv');
  const expected = Object.entries(broken).map(([name, [code]]) => [name, code]);
  expected.push(['missing.jpg', 'IMAGE_NOT_FOUND'], ['not-a-file.jpg', 'IMAGE_UNREADABLE']);
  t.deepEqual(countsOf(report), { indexed: 20, failed: expected.length });
  const byId = (list: readonly { id: string | null; code: string }[]) =>
    Object.fromEntries(list.map(({ id, code }) => [id, code]));
  t.deepEqual(byId(report.failures), Object.fromEntries(expected));
  t.deepEqual(byId(catalog.failures.all()), Object.fromEntries(expected));
  t.true(report.failures.every(({ source, message }) => path.isAbsolute(source) && message.includes(source)));

  t.deepEqual(countsOf(await index({}, 'list.csv')), { unchanged: 20, failed: expected.length });
  t.is(embedder.embedded, 20);
});

test('what has been set right is no failure any more, whether the file, the row or the folder was', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  const good = await picture(1);
  await write(folder, {
    'a.png': good,
    'b.png': '',
    'list.csv': 'id,file\n1,a.png\n2,b.png\n,c.png\n1,d.png\n',
  });
  const other = path.join(folder, 'other.jpg');
  catalog.failures.record({
    source: other,
    id: 'other',
    code: 'IMAGE_CORRUPT',
    message: 'of another source',
  });
  t.deepEqual(countsOf(await index({}, 'list.csv')), { indexed: 1, failed: 3 });
  t.is(catalog.failures.all().length, 4);
  await write(folder, { 'b.png': good, 'list.csv': 'id,file\n1,a.png\n2,b.png\n' });
  t.deepEqual(countsOf(await index({}, 'list.csv')), { reused: 1, unchanged: 1 });
  t.like(catalog.failures.all(), [{ source: other }]);
  // A folder that is indexed as a whole knows what is in it.
  await index();
  t.deepEqual(catalog.failures.all(), []);
});

test('a picture that breaks keeps its row, and is no failure once the old file is back', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  const file = path.join(folder, 'a.png');
  const restore = async () => {
    await write(folder, { 'a.png': await picture(1) });
    await utimes(file, new Date(2001, 1, 1), new Date(2001, 1, 1));
  };
  await restore();
  await write(folder, { 'list.csv': 'file\na.png\n' });
  await index({}, 'list.csv');
  await write(folder, { 'a.png': 'broken' });
  t.deepEqual(countsOf(await index({}, 'list.csv')), { failed: 1 });
  t.truthy(catalog.get('a.png'));
  t.is(catalog.failures.all().length, 1);
  await restore();
  t.deepEqual(countsOf(await index({}, 'list.csv')), { unchanged: 1 });
  t.deepEqual(catalog.failures.all(), []);
});

test('what is still broken stays listed, with one more attempt', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  await write(folder, { 'bad.png': '' });
  await index();
  await index();
  t.like(catalog.failures.all(), [{ id: 'bad.png', attempt: 2 }]);
});

test('of two rows with one id the first is indexed and the second is a failure that names both lines', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  await write(folder, { ...(await pictures(2)), 'list.csv': 'id,file\nsame,0.png\nsame,1.png\n' });
  const report = await index({}, 'list.csv');
  t.deepEqual(countsOf(report), { indexed: 1, failed: 1 });
  t.like(report.failures, [{ id: 'same', code: 'ITEM_DUPLICATE' }]);
  t.regex(report.failures[0]!.message, /line 3: .* in line 2/);
  t.is(catalog.get('same')?.source, path.join(folder, '0.png'));
  t.is(catalog.failures.all().length, 1);
});

test('the report lists the first hundred failures, the catalogue all of them', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  await write(folder, {
    'list.csv': `file\n${Array.from({ length: 150 }, (_, i) => `${i}.png\n`).join('')}`,
  });
  const report = await index({}, 'list.csv');
  t.is(report.failed, 150);
  t.is(report.failures.length, 100);
  t.is(catalog.failures.all().length, 150);
});

test('a run that is stopped keeps what it wrote, says so, and the next one goes on', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  await write(folder, await pictures(100));
  const stop = new AbortController();
  embedder.onBatch = (batch) => {
    if (batch === 2) stop.abort();
  };
  const report = await index({ batchSize: 8, signal: stop.signal });
  t.true(report.aborted);
  t.true(report.indexed >= 24 && report.indexed < 40, `${report.indexed} indexed`);
  t.is(catalog.count(), report.indexed);
  const rest = await index({ batchSize: 8 });
  t.deepEqual(countsOf(rest), { indexed: 100 - report.indexed, unchanged: report.indexed });
  t.is(embedder.embedded, 100);
});

test('a signal that has fired before the start stops the run at once, and clears no failures', async (t) => {
  const { folder, catalog, index } = await workshop(t);
  await write(folder, { ...(await pictures(3)), 'bad.png': '' });
  await index();
  const report = await index({ signal: AbortSignal.abort(), force: true });
  t.like(report, { aborted: true, indexed: 0, unchanged: 0 });
  t.is(catalog.failures.all().length, 1);
});

test('a model that fails ends the run with its error, and what was written stays', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  await write(folder, await pictures(30));
  embedder.onBatch = (batch) => {
    if (batch === 2) throw new Error('out of memory');
  };
  await t.throwsAsync(index({ batchSize: 8 }), { message: 'out of memory' });
  t.is(catalog.count(), 16);
});

test('an embedding that is not finite is a failure of its picture alone', async (t) => {
  const { folder, catalog, embedder, index } = await workshop(t);
  await write(folder, await pictures(3));
  const embed = embedder.embed.bind(embedder);
  embedder.embed = async (images) => {
    const embeddings = await embed(images);
    embeddings.data[embedder.dimension] = Number.NaN;
    return embeddings;
  };
  const report = await index();
  t.deepEqual(countsOf(report), { indexed: 2, failed: 1 });
  t.like(report.failures, [{ id: '1.png', code: 'ENGINE_FAILED' }]);
  t.is(catalog.count(), 2);
});
