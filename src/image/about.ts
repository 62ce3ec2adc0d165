/** What the image library can do here. */
import sharp from 'sharp';
import { pictureFormats } from './identify.ts';

export interface ImageLibrary {
  readonly sharp: string;
  readonly libvips: string;
  /** Formats, out of those that whymatch reads, of which this build decoded a picture just now. */
  readonly formats: readonly string[];
}

/** Makes and reads a small picture of every format. */
export async function aboutImages(): Promise<ImageLibrary> {
  const formats: string[] = [];
  for (const format of pictureFormats) {
    const blank = sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } });
    const size = await blank
      .toFormat(format)
      .toBuffer()
      .then((bytes) => sharp(bytes).raw().toBuffer())
      .then(({ length }) => length)
      .catch(() => 0);
    if (size > 0) formats.push(format);
  }
  return { sharp: sharp.versions.sharp ?? 'unknown', libvips: sharp.versions.vips, formats };
}
