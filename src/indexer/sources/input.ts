// The bytes of a table: of a file, of standard input, of a member of an archive.

import { createReadStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { AppError, messageOf } from '../../core/errors.ts';
import type { TableName } from './rows.ts';

export interface TextInput extends TableName {
  /** Whether it can be opened more than once. */
  readonly repeatable: boolean;
  open(): Readable;
  /** The first line and perhaps more, at most `limit` bytes, without taking them away from open(). */
  head(limit: number): Promise<Buffer>;
}

export function fileInput(file: string): TextInput {
  return {
    location: file,
    title: path.basename(file),
    resolve: (name) => path.resolve(path.dirname(file), name),
    repeatable: true,
    open: () => createReadStream(file),
    head: async (limit) => Buffer.concat(await chunksOf(createReadStream(file, { end: limit }), limit)),
  };
}

/** Paths in it are relative to the working directory. */
export function standardInput(stream: Readable): TextInput {
  const chunks: Buffer[] = [];
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const rest = { [Symbol.asyncIterator]: () => iterator };
  return {
    location: '-',
    title: 'standard input',
    resolve: (name) => path.resolve(name),
    repeatable: false,
    async head(limit) {
      let length = 0;
      while (length < limit && !chunks.some((chunk) => chunk.includes('\n'))) {
        const { value, done } = await iterator.next();
        if (done) break;
        chunks.push(Buffer.from(value));
        length += value.length;
      }
      return Buffer.concat(chunks);
    },
    open: () =>
      Readable.from(
        (async function* () {
          yield* chunks.splice(0);
          yield* rest;
        })(),
        { objectMode: false },
      ),
  };
}

/** Of an archive's member; files in it are members, by their path from the archive's root. */
export function memberInput(archive: string, member: string, bytes: Uint8Array): TextInput {
  return {
    location: `${archive}!${member}`,
    title: `${path.basename(archive)}!${member}`,
    resolve: memberKey,
    repeatable: true,
    open: () => Readable.from([Buffer.from(bytes)], { objectMode: false }),
    head: async (limit) => Buffer.from(bytes.subarray(0, limit)),
  };
}

/** A member's name as a path from the archive's root: /a/b.jpg, however it is written. */
export const memberKey = (name: string): string => path.posix.resolve('/', name.replaceAll('\\', '/'));

/** Throws SOURCE_UNREADABLE. */
export async function headOf(input: TextInput, limit: number): Promise<Buffer> {
  try {
    return await input.head(limit);
  } catch (error) {
    throw unreadable(input, error);
  }
}

export function unreadable({ title, location }: TableName, cause: unknown): AppError {
  const name = location === '-' ? title : location;
  return new AppError('SOURCE_UNREADABLE', `${name} cannot be read: ${messageOf(cause)}`, { cause });
}

async function chunksOf(stream: Readable, limit: number): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= limit) break;
  }
  return chunks;
}
