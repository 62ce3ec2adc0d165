import { isUtf8 } from 'node:buffer';

/** A line without its end, or what is wrong with it. */
export type Line =
  { readonly number: number; readonly text: string } | { readonly number: number; readonly problem: string };

/** No line may be longer: a file of another kind is not read into memory whole. */
export const maxLineBytes = 1 << 20;

const newline = 0x0a;

/**
 * The lines of UTF-8 text, numbered from 1, blank ones left out; CRLF and a byte order mark are fine. A line that is too long or not
 * UTF-8 is a problem of its own, and those after it are read.
 */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let pending: Buffer[] = [];
  let length = 0;
  const end = (): Line | undefined => {
    number++;
    const line = lengthChecked(Buffer.concat(pending), number, length);
    pending = [];
    length = 0;
    return line;
  };
  const add = (part: Buffer) => {
    length += part.length;
    if (length <= maxLineBytes) pending.push(part);
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, at));
      start = at + 1;
      const line = end();
      if (line) yield line;
    }
    add(chunk.subarray(start));
  }
  const last = end();
  if (last) yield last;
}

function lengthChecked(bytes: Buffer, number: number, length: number): Line | undefined {
  if (length > maxLineBytes) return { number, problem: 'the line is longer than 1 MiB' };
  if (!isUtf8(bytes)) return { number, problem: 'expected UTF-8, received other bytes' };
  const text = bytes
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trim();
  return text === '' ? undefined : { number, text };
}

/** How many lines there are, blank ones included; undefined when it is stopped. */
export async function countLines(
  stream: AsyncIterable<Buffer>,
  signal?: AbortSignal,
): Promise<number | undefined> {
  let lines = 0;
  let last = newline;
  for await (const chunk of stream) {
    if (signal?.aborted) return undefined;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) lines++;
    last = chunk.at(-1) ?? last;
  }
  return last === newline ? lines : lines + 1;
}
