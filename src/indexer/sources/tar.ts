// Tar archives, plain or with gzip, read as a stream.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract, type Header } from 'tar-stream';
import type { ArchiveFormat, Member } from './archive.ts';

/** A tar holds no checksums of contents, and its times are often all the same: only the bytes tell versions apart. */
export const tar: ArchiveFormat = { kind: 'tar', randomAccess: false, stampTells: false, members };

async function* members(archive: string): AsyncGenerator<Member> {
  const unpacked = extract();
  const packed = createReadStream(archive);
  let failure: Error | null | undefined;
  const ended = (error?: Error | null) => (failure = error);
  if (await isGzip(archive)) pipeline(packed, createGunzip(), unpacked, ended);
  else pipeline(packed, unpacked, ended);
  try {
    for await (const entry of unpacked) {
      const { name, size } = entry.header;
      const problem = problemOf(entry.header);
      if (isFile(entry.header) || problem !== undefined) {
        const facts = {
          name,
          bytes: size,
          stamp: { bytes: size, modifiedAt: 0, version: null },
          read: () => buffer(entry),
        };
        yield problem === undefined ? facts : { ...facts, problem };
      }
      entry.resume();
    }
  } catch (error) {
    throw failure ?? error;
  } finally {
    packed.destroy();
    unpacked.destroy();
  }
}

const isFile = ({ type }: Header) => type === 'file' || type === 'contiguous-file';

function problemOf({ type }: Header): string | undefined {
  return type === 'link' || type === 'symlink'
    ? 'expected a file, received a link; make the archive with --dereference --hard-dereference'
    : undefined;
}

async function isGzip(archive: string): Promise<boolean> {
  const file = await open(archive);
  try {
    const { buffer: head, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && head.readUInt16BE() === 0x1f8b;
  } finally {
    await file.close();
  }
}
