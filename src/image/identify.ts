/** What a file is, by its first bytes: names lie, and nothing but the formats below may reach the decoder. Pure. */

/** The formats that whymatch reads. */
export const pictureFormats = ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const;
export type PictureFormat = (typeof pictureFormats)[number];

/** A format that can be read, or words for what the bytes seem to be instead. */
export type Identity = { readonly format: PictureFormat } | { readonly other: string };

/**
 * Tells a picture by its signature. SVG and PDF are refused on purpose: they are programs that draw (with references to
 * other files), not pixels.
 */
export function identify(bytes: Uint8Array): Identity {
  const known = signatures.find(([test]) => test(bytes));
  return known ? known[1] : { other: describeText(bytes) ?? `unknown bytes (they start with ${hex(bytes)})` };
}

type Test = (bytes: Uint8Array) => boolean;

/** Matches `signature` at `offset`; a string stands for its Latin-1 bytes. */
function at(offset: number, signature: string): Test {
  const expected = Buffer.from(signature, 'latin1');
  return (bytes) =>
    bytes.length >= offset + expected.length && expected.every((b, i) => bytes[offset + i] === b);
}

const both =
  (a: Test, b: Test): Test =>
  (bytes) =>
    a(bytes) && b(bytes);

/** ISO base media files name what they hold in their first box: its size, "ftyp", the major brand, a version, more brands. */
function brand(...names: string[]): Test {
  return (bytes) => {
    if (!at(4, 'ftyp')(bytes)) return false;
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = Math.min(view.readUInt32BE(0), view.length, 256);
    for (let offset = 8; offset + 4 <= end; offset += offset === 8 ? 8 : 4) {
      if (names.includes(view.toString('latin1', offset, offset + 4))) return true;
    }
    return false;
  };
}

const signatures: readonly (readonly [Test, Identity])[] = [
  [at(0, '\xff\xd8\xff'), { format: 'jpeg' }],
  [at(0, '\x89PNG\r\n\x1a\n'), { format: 'png' }],
  [both(at(0, 'RIFF'), at(8, 'WEBP')), { format: 'webp' }],
  [at(0, 'GIF87a'), { format: 'gif' }],
  [at(0, 'GIF89a'), { format: 'gif' }],
  [at(0, 'II*\0'), { format: 'tiff' }],
  [at(0, 'MM\0*'), { format: 'tiff' }],
  [at(0, 'II+\0'), { format: 'tiff' }],
  [at(0, 'MM\0+'), { format: 'tiff' }],
  [brand('avif', 'avis'), { format: 'avif' }],
  [
    brand('heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1'),
    { other: 'a HEIC picture, as iPhones save them' },
  ],
  [at(4, 'ftyp'), { other: 'a video (MP4 or QuickTime)' }],
  [at(0, '%PDF'), { other: 'a PDF document' }],
  [at(0, '\xff\x0a'), { other: 'a JPEG XL picture' }],
  [at(0, '\0\0\0\x0cJXL '), { other: 'a JPEG XL picture' }],
  [at(0, '\0\0\0\x0cjP  '), { other: 'a JPEG 2000 picture' }],
  [at(0, '8BPS'), { other: 'a Photoshop document' }],
  [at(0, 'BM'), { other: 'a BMP picture' }],
  [at(0, '\0\0\x01\0'), { other: 'an icon (ICO)' }],
  [at(0, 'PK\x03\x04'), { other: 'a ZIP archive or an office document' }],
  [at(0, '\x1f\x8b'), { other: 'a gzip archive' }],
  [at(0, 'SQLite format 3\0'), { other: 'an SQLite database' }],
  [at(0, '\x1aE\xdf\xa3'), { other: 'a video (Matroska or WebM)' }],
];

/** Words for bytes that read as text, or undefined. Looks at the first 4 kB. */
function describeText(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, 4096);
  let text: string;
  try {
    // `stream` lets a character be cut in two by the 4 kB.
    text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true }).trimStart();
  } catch {
    return undefined;
  }
  if (/(?![\t\n\r\f])\p{Cc}/u.test(text)) return undefined;
  if (/<svg[\s>]/i.test(text)) return 'an SVG drawing';
  if (/^<(!doctype html|html|head|body)/i.test(text)) return 'an HTML page';
  return 'text';
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 8)).toString('hex');
