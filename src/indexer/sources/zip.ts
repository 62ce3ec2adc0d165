// Zip archives, by their directory: a member that is known already is not read.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { crc32 } from 'node:zlib';
import {
  type Entry,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from 'yauzl';
import { AppError, messageOf } from '../../core/errors.ts';
import type { ArchiveFormat, Member } from './archive.ts';

export const zip: ArchiveFormat = { kind: 'zip', randomAccess: true, stampTells: true, members };

async function* members(archive: string): AsyncGenerator<Member> {
  const { size } = await stat(archive);
  // Names are decoded here: one that leads out of the archive (../) is no reason to stop, because no file is made by a name.
  const options = { autoClose: false, decodeStrings: false };
  const file = await fromRandomAccessReaderPromise(new FileReader(archive), size, options);
  for await (const entry of file.eachEntry()) {
    const name = nameOf(entry);
    if (!name.endsWith('/')) yield memberOf(file, archive, name, entry);
  }
}

/** Opens the file for each read: members are read long after the directory, and nobody has to know which is the last. */
class FileReader extends RandomAccessReader {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 });
  }
}

function memberOf(file: ZipFile, archive: string, name: string, entry: Entry): Member {
  const { uncompressedSize: bytes, crc32: sum } = entry;
  const modifiedAt = entry.getLastModDate({ timezone: 'UTC' }).getTime();
  const stamp = { bytes, modifiedAt, version: sum.toString(16).padStart(8, '0') };
  const facts = { name, bytes, stamp };
  if (!entry.canDecodeFileData()) {
    const problem = 'it is encrypted, or compressed by a method other than deflate';
    return { ...facts, problem, read: () => Promise.reject(new Error(problem)) };
  }
  const read = async () => {
    const content = await contentOf(file, entry).catch((cause: unknown) => {
      throw corrupt(`${archive}!${name}`, messageOf(cause), cause);
    });
    if (crc32(content) !== sum) throw corrupt(`${archive}!${name}`, 'its checksum is another');
    return content;
  };
  return { ...facts, read };
}

async function contentOf(file: ZipFile, entry: Entry): Promise<Buffer> {
  return buffer(await file.openReadStreamPromise(entry));
}

function corrupt(place: string, reason: string, cause?: unknown): AppError {
  return new AppError('IMAGE_CORRUPT', `${place} cannot be unpacked: ${reason}. Make the archive again`, {
    cause,
  });
}

/** General purpose bit 11 says UTF-8; where it is missing, UTF-8 is tried all the same, as today's tools write it. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const text = fileNameRaw.toString('utf8');
  return text.includes('\uFFFD')
    ? getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false)
    : text;
}
