/** Many changes in one request: NDJSON in, a result a line out, read and answered as a stream. */
import type { Request, Response } from 'express';
import { once } from 'node:events';
import { AppError, errorCodes, throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import { checked, jsonField } from './body.ts';
import { jsonBytes } from './options.ts';
import { problemOf } from './problems.ts';
import { batchLine, type BatchResult } from './schemas/items.ts';
import type { Parts } from './services.ts';

interface BatchCall {
  readonly req: Request;
  readonly res: Response;
  readonly signal: AbortSignal;
}

/** Lines under way at once: their pictures go through the network together. */
const atOnce = 8;

/** Throws BODY_UNSUPPORTED before anything is done; what is wrong with a line is that line's result. */
export async function applyBatch(parts: Parts, { req, res, signal }: BatchCall): Promise<void> {
  if (!req.is(['application/x-ndjson', 'application/jsonl', 'application/jsonlines'])) {
    throw new AppError('BODY_UNSUPPORTED', 'expected a body of application/x-ndjson');
  }
  if (Number(req.get('content-length') ?? 0) > parts.limits.batchBytes) throw tooLarge(parts);
  res.type('application/x-ndjson');
  let waiting: Promise<BatchResult>[] = [];
  const flush = async () => {
    for (const result of waiting) await writeLine(res, await result);
    waiting = [];
  };
  let line = 0;
  // Changes of one id must not overtake each other.
  let ids = new Set<string>();
  for await (const text of linesOf(req, parts)) {
    throwIfAborted(signal);
    line++;
    const value = valueOf(text, line);
    const id = idOf(value);
    if (waiting.length >= atOnce || (id !== null && ids.has(id))) {
      await flush();
      ids = new Set();
    }
    if (id !== null) ids.add(id);
    waiting.push(applyLine(parts, { value, line, id }, signal));
  }
  await flush();
  res.end();
}

async function applyLine(
  parts: Parts,
  { value, line, id }: { readonly value: unknown; readonly line: number; readonly id: string | null },
  signal: AbortSignal,
): Promise<BatchResult> {
  try {
    if (value instanceof AppError) throw value;
    const change = checked(batchLine, withOp(value), `line ${line}`);
    if (change.op === 'delete') {
      await parts.changes.delete(change.id, signal);
      return { line, id: change.id, status: 'deleted' };
    }
    const { productId } = change;
    const metadata = change.metadata as Item['metadata'] | undefined;
    const file = await parts.sources.bytes(change, `line ${line}: image`, signal);
    const { created } = await parts.changes.put({ id: change.id, file, productId, metadata }, signal);
    return { line, id: change.id, status: created ? 'created' : 'updated' };
  } catch (error) {
    const { code, detail } = problemOf(error, '');
    if (code === 'UNEXPECTED') parts.log.error({ err: error, line }, 'a line of a batch failed');
    const message = code === 'UNEXPECTED' ? 'the server failed at this line' : detail;
    return { line, id, status: 'failed', error: { code, message } };
  }
}

/** put unless it says otherwise. */
const withOp = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !('op' in value) ? { op: 'put', ...value } : value;

/** The line's JSON, or what is wrong with it. */
function valueOf(text: string | AppError, line: number): unknown {
  if (text instanceof AppError) return text;
  try {
    return jsonField(text, `line ${line}`);
  } catch (error) {
    return error;
  }
}

/** For results; null where the line has none. */
function idOf(value: unknown): string | null {
  const id = value instanceof AppError ? undefined : (value as { id?: unknown } | null)?.id;
  return typeof id === 'string' ? id : null;
}

/** Lines without their ends, empty ones left out. One that is longer than a picture can be comes as an error, and the rest is not read. */
async function* linesOf(req: Request, parts: Parts): AsyncGenerator<string | AppError> {
  const { batchBytes } = parts.limits;
  const longest = jsonBytes(parts.limits);
  let pending: Buffer[] = [];
  let length = 0;
  let total = 0;
  const line = () => {
    const text = Buffer.concat(pending).toString('utf8').trim();
    [pending, length] = [[], 0];
    return text;
  };
  for await (const chunk of req as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > batchBytes || length > longest) {
      yield tooLarge(parts);
      return;
    }
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      pending.push(chunk.subarray(start, end));
      start = end + 1;
      const text = line();
      if (text !== '') yield text;
    }
    pending.push(chunk.subarray(start));
    length += chunk.length - start;
  }
  const last = line();
  if (last !== '') yield last;
}

async function writeLine(res: Response, result: BatchResult): Promise<void> {
  if (!res.write(`${JSON.stringify(result)}\n`) && !res.destroyed) await once(res, 'drain');
}

function tooLarge({ limits }: Parts): AppError {
  return new AppError(
    'BODY_TOO_LARGE',
    `${errorCodes.BODY_TOO_LARGE[1]} At most ${limits.batchBytes} bytes a batch`,
  );
}
