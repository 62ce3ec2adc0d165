/** From a path or bytes to a checked picture whose size and format are known, and whose pixels have not been decoded yet. */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { AppError, messageOf, systemCode } from '../core/errors.ts';
import type { Size } from '../core/geometry.ts';
import { identify, type PictureFormat } from './identify.ts';
import { defaultPictureLimits, minPictureSide, type PictureLimits } from './limits.ts';

/** A file's bytes, read and hashed but not looked into. */
export interface PictureBytes {
  readonly bytes: Uint8Array;
  /** The path it was read from, or 'bytes'. */
  readonly source: string;
  /** Hex SHA-256 of the bytes. */
  readonly contentHash: string;
}

/** A picture that passed every check that can be made without decoding it. `width` and `height` are those of the upright picture. */
export interface Picture extends PictureBytes, Size {
  readonly format: PictureFormat;
  /** EXIF orientation, 1 to 8. Every function of this folder undoes it: all coordinates are those of the upright picture. */
  readonly orientation: number;
  /** 16 bits a channel and an ICC profile, which needs a second colour conversion (see decode.ts). */
  readonly deepProfiled: boolean;
}

/**
 * Opens a picture given as a path, as bytes, or as what readPictureBytes or this function returned (then only the limits are checked). The
 * content decides what it is, whatever the name. Animated and multi-page files stand for their first frame.
 * Throws IMAGE_NOT_FOUND, IMAGE_UNREADABLE, IMAGE_EMPTY, IMAGE_UNSUPPORTED, IMAGE_CORRUPT (a damaged header; damaged pixels show
 * when they are decoded), IMAGE_TOO_LARGE, IMAGE_TOO_SMALL.
 */
export async function openPicture(
  source: string | Uint8Array | PictureBytes,
  limits: PictureLimits = {},
): Promise<Picture> {
  const file = await toPictureBytes(source, limits);
  if (isOpened(file)) {
    checkBytes(file.bytes.length, file.source, limits);
    checkSize(file, file.source, limits.maxPixels ?? defaultPictureLimits.maxPixels);
    return file;
  }
  const identity = identify(file.bytes);
  if ('other' in identity) {
    throw new AppError(
      'IMAGE_UNSUPPORTED',
      `expected a JPEG, PNG, WebP, AVIF, GIF or TIFF picture, received ${identity.other}: ${file.source}. Convert it to JPEG or PNG`,
      { details: { source: file.source } },
    );
  }
  const header = await readHeader(file, identity.format);
  checkSize(header, file.source, limits.maxPixels ?? defaultPictureLimits.maxPixels);
  return { ...file, ...header, format: identity.format };
}

/**
 * Reads and hashes a file without decoding it, so that unchanged content need not be decoded at all. A Buffer is a path too: names
 * that are not valid UTF-8 can only be given so, and `source` then shows � where a byte has no character.
 * Throws IMAGE_NOT_FOUND, IMAGE_UNREADABLE, IMAGE_EMPTY, IMAGE_TOO_LARGE.
 */
export async function readPictureBytes(
  path: string | Buffer,
  limits: PictureLimits = {},
): Promise<PictureBytes> {
  const source = path.toString();
  try {
    const info = await stat(path);
    // A pipe or a device could block for ever or never end.
    if (!info.isFile()) {
      throw new AppError(
        'IMAGE_UNREADABLE',
        `expected a file, received ${info.isDirectory() ? 'a folder' : 'a device or pipe'}: ${source}`,
        { details: { source } },
      );
    }
    checkBytes(info.size, source, limits);
    return pictureBytes(await readFile(path), source, limits);
  } catch (error) {
    throw error instanceof AppError ? error : fileError(error, source);
  }
}

const isOpened = (file: PictureBytes): file is Picture => 'deepProfiled' in file;

function toPictureBytes(
  source: string | Uint8Array | PictureBytes,
  limits: PictureLimits,
): PictureBytes | Promise<PictureBytes> {
  if (typeof source === 'string') return readPictureBytes(source, limits);
  if (source instanceof Uint8Array) return pictureBytes(source, 'bytes', limits);
  return source;
}

function pictureBytes(bytes: Uint8Array, source: string, limits: PictureLimits): PictureBytes {
  checkBytes(bytes.length, source, limits);
  return { bytes, source, contentHash: createHash('sha256').update(bytes).digest('hex') };
}

function checkBytes(
  size: number,
  source: string,
  { maxBytes = defaultPictureLimits.maxBytes }: PictureLimits,
) {
  if (size === 0) {
    throw new AppError('IMAGE_EMPTY', `expected a picture, received 0 bytes: ${source}. Copy it again`, {
      details: { source },
    });
  }
  if (size > maxBytes) {
    throw new AppError(
      'IMAGE_TOO_LARGE',
      `expected at most ${megabytes(maxBytes)}, received ${megabytes(size)}: ${source}. Export it smaller, or raise the limit`,
      { details: { source, bytes: size, maxBytes } },
    );
  }
}

/** ENAMETOOLONG and ENOTDIR cannot be files either; a NUL in a path makes Node throw ERR_INVALID_ARG_VALUE. */
const notFoundCodes = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE']);

function fileError(cause: unknown, source: string): AppError {
  const details = { source, systemCode: systemCode(cause) };
  return notFoundCodes.has(systemCode(cause) ?? '')
    ? new AppError('IMAGE_NOT_FOUND', `expected a file at ${source}, found none. Check the path`, {
        cause,
        details,
      })
    : new AppError(
        'IMAGE_UNREADABLE',
        `expected a readable file at ${source}, but reading it failed: ${messageOf(cause)}`,
        { cause, details },
      );
}

/** Parses the header alone; for JPEG, PNG, AVIF and TIFF cut pixel data goes unnoticed here. */
async function readHeader(
  file: PictureBytes,
  format: PictureFormat,
): Promise<Size & Pick<Picture, 'orientation' | 'deepProfiled'>> {
  try {
    // The limit on pixels is ours to check, with a better message; libvips allocates nothing for a header.
    const header = await sharp(file.bytes, { failOn: 'error', limitInputPixels: false }).metadata();
    return {
      ...header.autoOrient,
      orientation: header.orientation ?? 1,
      deepProfiled: header.depth === 'ushort' && header.hasProfile,
    };
  } catch (cause) {
    throw corruptPicture(file.source, format, cause);
  }
}

/** The error for bytes that start as a picture of this format, but cannot be decoded. */
export function corruptPicture(source: string, format: PictureFormat, cause: unknown): AppError {
  const reason = messageOf(cause).split('\n')[0]!;
  return new AppError(
    'IMAGE_CORRUPT',
    `expected a complete ${format.toUpperCase()} picture, received a truncated or damaged one: ${source} (${reason}). Export or download it again`,
    { cause, details: { source, format } },
  );
}

function checkSize({ width, height }: Size, source: string, maxPixels: number): void {
  const details = { source, width, height };
  if (width * height > maxPixels) {
    throw new AppError(
      'IMAGE_TOO_LARGE',
      `expected at most ${maxPixels / 1e6} megapixels, received ${width}×${height} (${Math.round((width * height) / 1e6)}): ${source}. Scale it down, or raise the limit`,
      { details: { ...details, maxPixels } },
    );
  }
  if (Math.min(width, height) < minPictureSide) {
    throw new AppError(
      'IMAGE_TOO_SMALL',
      `expected at least ${minPictureSide} pixels on each side, received ${width}×${height}: ${source}. Use a larger picture`,
      { details },
    );
  }
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
