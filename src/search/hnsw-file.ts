/**
 * The layout of hnswlib's index files (hnswalg.h, saveIndex), as far as needed to say whether one is whole. hnswlib does not notice
 * a failed write, and when it reads it trusts the counts at the start.
 *
 *   0          96                 96 + count · stride
 *   | header   | count × stride   | count × (uint32 n, n bytes): links of the upper layers |
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const headerBytes = 96;

export interface HnswFileHeader {
  /** Vectors in the file, removed ones included. */
  readonly count: number;
  /** Bytes of a vector with its label and its links on the lowest layer. */
  readonly stride: number;
  readonly dimension: number;
}

/** Throws an Error when there is no such file or it is shorter than a header. */
export function readHnswFileHeader(path: string): HnswFileHeader {
  return withFile(path, (file) => parseHeader(readAt(file, 0, headerBytes)));
}

/** Throws an Error unless the file holds exactly `count` vectors and their links. */
export function verifyHnswFile(path: string, count: number): void {
  withFile(path, (file) => {
    const header = parseHeader(readAt(file, 0, headerBytes));
    if (header.count !== count)
      throw new Error(`expected ${count} vectors in ${path}, found ${header.count}`);
    const start = headerBytes + count * header.stride;
    const size = fstatSync(file).size;
    const links = readAt(file, start, Math.max(0, size - start));
    let [seen, at] = [0, 0];
    for (; seen < count && at + 4 <= links.length; seen++) at += 4 + links.readUInt32LE(at);
    if (seen < count || at !== links.length)
      throw new Error(`${path} is incomplete: ${size} bytes were written`);
  });
}

function parseHeader(bytes: Buffer): HnswFileHeader {
  const number = (at: number) => Number(bytes.readBigUInt64LE(at));
  const [labelOffset, dataOffset] = [number(32), number(40)];
  return { count: number(16), stride: number(24), dimension: (labelOffset - dataOffset) / 4 };
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const read = readSync(file, bytes, done, length - done, position + done);
    if (read === 0) throw new Error(`expected ${length} bytes at ${position}, found ${done}`);
    done += read;
  }
  return bytes;
}

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}
