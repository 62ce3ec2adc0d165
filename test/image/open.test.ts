import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import test from 'ava';
import sharp from 'sharp';
import { openPicture, readPictureBytes } from '../../src/image/open.ts';
import { prepare } from '../../src/image/prepare.ts';
import {
  drawn,
  failsWith,
  noisy,
  plainSpec,
  smooth,
  solid,
  temporaryFile,
  temporaryFolder,
} from './pictures.ts';

const encoders = {
  jpeg: () => smooth(40, 30).jpeg(),
  png: () => smooth(40, 30).png(),
  webp: () => smooth(40, 30).webp(),
  avif: () => smooth(40, 30).avif({ effort: 0 }),
  gif: () => smooth(40, 30).gif(),
  tiff: () => smooth(40, 30).tiff(),
} as const;

for (const [format, encode] of Object.entries(encoders)) {
  test(`a ${format} file is opened by path, with its size, format and hash`, async (t) => {
    const bytes = await encode().toBuffer();
    const path = await temporaryFile(t, `picture.${format}`, bytes);
    const picture = await openPicture(path);
    t.like(picture, { format, width: 40, height: 30, source: path, orientation: 1 });
    t.is(picture.contentHash, createHash('sha256').update(bytes).digest('hex'));
  });
}

test('bytes are opened too, and a Uint8Array that is no Buffer', async (t) => {
  const picture = await openPicture(new Uint8Array(await smooth(40, 30).png().toBuffer()));
  t.like(picture, { source: 'bytes', format: 'png', width: 40 });
});

test('a file whose extension lies is read by its content', async (t) => {
  const path = await temporaryFile(t, 'really-a.jpg', await smooth(40, 30).png().toBuffer());
  t.is((await openPicture(path)).format, 'png');
});

test('hashing a file does not decode it, and the bytes can be opened later', async (t) => {
  const broken = await temporaryFile(t, 'broken.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1]));
  t.is((await readPictureBytes(broken)).contentHash.length, 64);
  await failsWith(t, 'IMAGE_CORRUPT', openPicture(broken));
  const good = await temporaryFile(t, 'good.png', await smooth(40, 30).png().toBuffer());
  const file = await readPictureBytes(good);
  t.is((await openPicture(file)).contentHash, file.contentHash);
});

test('a path that leads nowhere is IMAGE_NOT_FOUND and named', async (t) => {
  const folder = await temporaryFolder(t);
  const file = await temporaryFile(t, 'file.png', 'x');
  for (const path of [join(folder, 'none.jpg'), join(file, 'below'), 'a\0b', join(folder, 'x'.repeat(300))]) {
    const message = await failsWith(t, 'IMAGE_NOT_FOUND', openPicture(path));
    t.true(message.includes(path), message);
  }
});

test('a folder and a device are IMAGE_UNREADABLE', async (t) => {
  const folder = join(await temporaryFolder(t), 'folder.jpg');
  await mkdir(folder);
  t.regex(await failsWith(t, 'IMAGE_UNREADABLE', openPicture(folder)), /received a folder/);
  if (process.platform === 'win32') return t.log('skipped: no /dev/zero on Windows');
  t.regex(await failsWith(t, 'IMAGE_UNREADABLE', openPicture('/dev/zero')), /a device or pipe/);
});

test('an empty file and empty bytes are IMAGE_EMPTY', async (t) => {
  await failsWith(t, 'IMAGE_EMPTY', openPicture(await temporaryFile(t, 'empty.jpg', '')));
  await failsWith(t, 'IMAGE_EMPTY', openPicture(new Uint8Array()));
});

const refused: readonly (readonly [name: string, bytes: Uint8Array | string, words: RegExp])[] = [
  ['a.svg', '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"/>', /an SVG drawing/],
  ['b.png', '<?xml version="1.0"?>\n<!-- x -->\n<svg width="50" height="50"></svg>', /an SVG drawing/],
  ['c.jpg', 'This is not a picture, whatever its name says. Ça non.', /received text/],
  ['page.jpg', '<!DOCTYPE html><html><body>404</body></html>', /an HTML page/],
  ['d.pdf', '%PDF-1.7\n%âãÏÓ\n', /a PDF document/],
  ['e.onnx', Buffer.from([8, 7, 18, 7, 0x70, 0x79, 0x74, 0x6f, 0x72, 0x63, 0x68]), /unknown bytes.*0807/],
  ['f.heic', Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), /a HEIC picture/],
  ['g.bmp', Buffer.from('BM\x36\0\0\0\0\0\0\0', 'latin1'), /a BMP picture/],
  ['h.mp4', Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isommp42', 'latin1'), /a video/],
  ['i.jpg', Buffer.from([0xff, 0xd8]), /unknown bytes/],
];
for (const [name, bytes, words] of refused) {
  test(`${name} is IMAGE_UNSUPPORTED, and the message says what it seems to be: ${words.source}`, async (t) => {
    const message = await failsWith(t, 'IMAGE_UNSUPPORTED', openPicture(await temporaryFile(t, name, bytes)));
    t.regex(message, words);
  });
}

test('text whose last character is cut by the 4 kB that are looked at is still called text', async (t) => {
  const bytes = Buffer.from(`${'a'.repeat(4095)}é`);
  t.regex(await failsWith(t, 'IMAGE_UNSUPPORTED', openPicture(bytes)), /received text/);
});

for (const [format, encode] of Object.entries({
  ...encoders,
  jpeg: () => noisy(200, 150).jpeg(),
  'progressive jpeg': () => noisy(200, 150).jpeg({ progressive: true }),
  png: () => noisy(200, 150).png(),
  tiff: () => noisy(200, 150).tiff({ compression: 'none' }),
})) {
  test(`a truncated ${format} is IMAGE_CORRUPT wherever it is cut, at the latest when it is decoded`, async (t) => {
    const whole = await encode().toBuffer();
    await t.notThrowsAsync(openPicture(whole).then((picture) => prepare(picture, plainSpec)));
    for (const share of [0.05, 0.3, 0.6, 0.9, 0.98]) {
      const cut = whole.subarray(0, Math.max(24, Math.ceil(whole.length * share)));
      const message = await failsWith(
        t,
        'IMAGE_CORRUPT',
        openPicture(cut).then((picture) => prepare(picture, plainSpec)),
      );
      t.regex(message, /truncated or damaged/, `${share}`);
    }
  });
}

test('a JPEG that phones write and libjpeg warns about is accepted', async (t) => {
  const bytes = await smooth(64, 64).jpeg().toBuffer();
  const scan = bytes.lastIndexOf(Buffer.from([0xff, 0xda]));
  // "Invalid SOS parameters for sequential JPEG": the end of the spectral selection is 0 in place of 63.
  bytes[scan + 2 + bytes.readUInt16BE(scan + 2) - 2] = 0;
  await t.throwsAsync(sharp(bytes, { failOn: 'warning' }).raw().toBuffer(), { message: /SOS|Warning/ });
  await t.notThrowsAsync(openPicture(bytes).then((picture) => prepare(picture, plainSpec)));
});

test('20,000×20,000 pixels are refused from the header, without decoding', async (t) => {
  const path = await temporaryFile(t, 'huge.png', emptyPng(20_000, 20_000));
  const message = await failsWith(t, 'IMAGE_TOO_LARGE', openPicture(path));
  t.regex(message, /at most 100 megapixels, received 20000×20000/);
  await t.notThrowsAsync(openPicture(path, { maxPixels: 400_000_000 }));
});

test('more bytes than the limit are refused before they are read', async (t) => {
  const bytes = await noisy(100, 100).png().toBuffer();
  const path = await temporaryFile(t, 'big.png', bytes);
  for (const source of [path, bytes]) {
    t.regex(
      await failsWith(t, 'IMAGE_TOO_LARGE', openPicture(source, { maxBytes: bytes.length - 1 })),
      /MiB/,
    );
    await t.notThrowsAsync(openPicture(source, { maxBytes: bytes.length }));
  }
});

test('a picture with a side below 8 pixels is IMAGE_TOO_SMALL, 8×8 is not', async (t) => {
  for (const [width, height] of [
    [1, 1],
    [7, 100],
    [100, 7],
  ] as const) {
    const picture = await solid(width, height, [1, 2, 3]).png().toBuffer();
    t.regex(await failsWith(t, 'IMAGE_TOO_SMALL', openPicture(picture)), /at least 8 pixels/);
  }
  await t.notThrowsAsync(openPicture(await solid(8, 8, [1, 2, 3]).png().toBuffer()));
});

test('the size is that of the upright picture', async (t) => {
  const turned = await solid(40, 30, [1, 2, 3]).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  t.like(await openPicture(turned), { width: 30, height: 40, orientation: 6 });
});

for (const format of ['gif', 'webp'] as const) {
  test(`an animated ${format} stands for its first frame`, async (t) => {
    const frames = await Promise.all(
      [0, 120, 250].map((green) => solid(20, 30, [200, green, 0]).png().toBuffer()),
    );
    const bytes = await sharp(frames, { join: { animated: true } })
      .toFormat(format)
      .toBuffer();
    t.is((await sharp(bytes).metadata()).pages, 3);
    const picture = await openPicture(bytes);
    t.like(picture, { width: 20, height: 30 });
    const { tensor } = await prepare(picture, { ...plainSpec, width: 8, height: 8, fit: 'fill' });
    const green = tensor.data[64]!;
    t.true(green < 8, `expected the green of frame 1, 0, received ${green}`);
  });
}

test('a name that is not valid UTF-8 is read through a Buffer path', async (t) => {
  const folder = await temporaryFolder(t);
  const path = Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.from([0xe9]), Buffer.from('.png')]);
  try {
    await writeFile(
      path,
      await drawn(10, 10, () => [1, 2, 3])
        .png()
        .toBuffer(),
    );
  } catch (error) {
    t.pass();
    return t.log(`skipped: this file system refuses such names (${String(error)})`);
  }
  const file = await readPictureBytes(path);
  t.true(file.source.endsWith('caf\ufffd.png'));
  t.is((await openPicture(file)).width, 10);
  await failsWith(t, 'IMAGE_NOT_FOUND', openPicture(file.source));
});

/** A PNG whose header names a size and whose pixel data is missing. */
function emptyPng(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0]);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(8))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), ...parts]);
}

/** CRC-32 as PNG uses it (zlib.crc32 came with Node 20.15 and 22.2, and its types later). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
