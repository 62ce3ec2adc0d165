/** Downloads one file of known size and checksum from the first mirror that has it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, messageOf, systemCode, throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import type { FileFacts } from './model-files.ts';
import { PartFile } from './part-file.ts';

export interface RemoteFile extends FileFacts {
  /** Mirrors, in the order in which they are tried. */
  readonly sources: readonly string[];
}

export interface FetchOptions extends LongRunning {
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds without an answer or a byte after which a connection is given up; default 30 s. */
  readonly timeout?: number;
  /** Tries for each mirror that bring no new byte; default 3. */
  readonly attempts?: number;
  /** Milliseconds before the second try; doubles with each further one; default 1 s. */
  readonly retryDelay?: number;
}

/**
 * Downloads to `target`, where the whole and verified file appears at once. A part that an earlier download left behind is
 * completed (RFC 9110, range requests). Reports progress in bytes, in the phases `download` and `verify`.
 * Throws MODEL_DOWNLOAD with every mirror's reason (also as `details.mirrors`), OUTPUT_UNWRITABLE, ABORTED; what was received is kept.
 */
export async function fetchFile(file: RemoteFile, target: string, options: FetchOptions = {}): Promise<void> {
  throwIfAborted(options.signal);
  const part = await PartFile.claim(target);
  try {
    await fillFromMirrors(file, part, options);
  } catch (error) {
    await part.release();
    throwIfAborted(options.signal);
    throw error;
  }
  await part.commit();
}

/** A mirror's failure: worth another try, or not. */
class MirrorError extends Error {
  readonly passing: boolean;

  constructor(message: string, passing: boolean, cause?: unknown) {
    super(message, { cause });
    this.passing = passing;
  }
}

async function fillFromMirrors(file: RemoteFile, part: PartFile, options: FetchOptions): Promise<void> {
  const mirrors: { url: string; reason: string }[] = [];
  for (const url of file.sources) {
    try {
      await fillFrom(url, file, part, options);
      return;
    } catch (error) {
      if (!(error instanceof MirrorError)) throw error;
      mirrors.push({ url, reason: error.message });
    }
  }
  const reasons = mirrors.map(({ url, reason }) => `\n  ${url}: ${reason}`).join('');
  throw new AppError('MODEL_DOWNLOAD', `no mirror gave the file:${reasons || ' there are none'}`, {
    details: { mirrors, received: part.size },
  });
}

/** Tries one mirror until the part is whole and right, or the mirror is of no use. */
async function fillFrom(url: string, file: RemoteFile, part: PartFile, options: FetchOptions): Promise<void> {
  const { attempts = 3, retryDelay = 1000, signal } = options;
  for (let failures = 0; ;) {
    const before = part.size;
    try {
      if (before < file.bytes) await transfer(url, file, part, options);
      await verify(file, part, options, before > 0);
      return;
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof MirrorError) || !error.passing) throw error;
      // A connection that breaks again and again, but brings something each time, gets there in the end.
      failures = part.size > before ? 1 : failures + 1;
      if (failures >= attempts) throw error;
      const pause = retryDelay * 2 ** (failures - 1);
      await sleep(pause, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
    }
  }
}

/** `resumed`: the wrong bytes may be those of an earlier download or mirror, so a try from the start is worth it. */
async function verify(
  { bytes, sha256 }: FileFacts,
  part: PartFile,
  { onProgress }: FetchOptions,
  resumed: boolean,
): Promise<void> {
  onProgress?.({ phase: 'verify', done: 0, total: bytes });
  const received = await part.sha256();
  if (part.size !== bytes || received !== sha256) {
    await part.clear();
    throw new MirrorError(`has another file: expected SHA-256 ${sha256}, received ${received}`, resumed);
  }
  onProgress?.({ phase: 'verify', done: bytes, total: bytes });
}

/** One request: appends to the part what the mirror sends. Throws MirrorError unless the part has its full size then. */
async function transfer(url: string, file: RemoteFile, part: PartFile, options: FetchOptions): Promise<void> {
  const { fetch = globalThis.fetch, timeout = 30_000, onProgress } = options;
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), timeout);
  const signal = options.signal ? AbortSignal.any([options.signal, idle.signal]) : idle.signal;
  const report = () => onProgress?.({ phase: 'download', done: part.size, total: file.bytes });
  try {
    const range = part.size > 0 ? { range: `bytes=${part.size}-` } : undefined;
    // Compression would hide the size, and gains nothing on weights.
    const response = await fetch(url, { signal, headers: { 'accept-encoding': 'identity', ...range } });
    if (startOf(response, part.size, file) === 0 && part.size > 0) await part.clear();
    report();
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      if (part.size + chunk.length > file.bytes) {
        await part.clear();
        throw new MirrorError(`sends more than the ${file.bytes} bytes of the file`, false);
      }
      await part.append(chunk);
      report();
    }
  } catch (error) {
    if (error instanceof AppError || error instanceof MirrorError) throw error;
    if (idle.signal.aborted) throw new MirrorError(`nothing came for ${timeout / 1000} s`, true, error);
    throw networkError(error);
  } finally {
    clearTimeout(timer);
    // Ends the connection where the loop was left early.
    idle.abort();
  }
  if (part.size < file.bytes) throw new MirrorError(`sent ${part.size} of ${file.bytes} bytes`, true);
}

/** From which byte on the response continues the file: `offset` (206) or 0 (200). Throws MirrorError for any other answer. */
function startOf(response: Response, offset: number, { bytes }: FileFacts): number {
  const { status, headers } = response;
  if (status === 206) {
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? [];
    if (Number(start) !== offset || (total !== '*' && Number(total) !== bytes)) {
      const received = headers.get('content-range') ?? 'none';
      throw new MirrorError(`expected bytes from ${offset} of ${bytes}, received range ${received}`, false);
    }
    return offset;
  }
  if (status !== 200) {
    const passing = status >= 500 || status === 408 || status === 425 || status === 429;
    throw new MirrorError(`HTTP ${status} ${response.statusText}`.trimEnd(), passing);
  }
  // A login page, or the pointer that Git LFS leaves in place of a file.
  if (headers.get('content-type')?.startsWith('text/html'))
    throw new MirrorError('answers with a web page instead of the file', false);
  const length = headers.get('content-length');
  if (length !== null && !headers.has('content-encoding') && Number(length) !== bytes)
    throw new MirrorError(`has another file: expected ${bytes} bytes, received ${length}`, false);
  return 0;
}

/** What fetch throws says nothing; the system's code is in its cause. */
function networkError(error: unknown): MirrorError {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = systemCode(cause);
  const known = code === undefined ? undefined : networkProblems[code];
  return new MirrorError(known ?? (messageOf(cause) || String(code)), known === undefined, error);
}

/** Failures that another try within seconds does not mend. */
const networkProblems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the host’s name is not found (no network?)',
  EAI_AGAIN: 'names of hosts cannot be looked up (no network?)',
  ECONNREFUSED: 'the connection is refused',
  ENETUNREACH: 'there is no network',
  EHOSTUNREACH: 'the host cannot be reached',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted (a proxy? see NODE_EXTRA_CA_CERTS)',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted (a proxy? see NODE_EXTRA_CA_CERTS)',
};
