/** One download of a URL that somebody else named: nobody must be able to use it to look into the network that it runs in. */
import {
  type Agent as HttpAgent,
  get as httpGet,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { type Agent as HttpsAgent, get as httpsGet } from 'node:https';
import { AppError, messageOf } from '../core/errors.ts';
import { checkHost, publicLookup, type Resolve, resolveByDns } from './public-address.ts';

/** Where connections are kept for the next request. */
export interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** What a server said of the version that it sent: asked with them, it sends only another one. */
export interface Validators {
  readonly etag: string | null;
  /** Milliseconds since 1970, whole seconds; null where the server did not say. */
  readonly lastModified: number | null;
}

export interface DownloadOptions {
  readonly maxBytes: number;
  /** Milliseconds for everything, redirects included. */
  readonly timeoutMs: number;
  /** Milliseconds until a connection stands, and between two pieces of an answer; both within timeoutMs. */
  readonly connectMs?: number;
  readonly idleMs?: number;
  readonly allowPrivate?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Of a version that is here already. */
  readonly known?: Validators | undefined;
  /** One connection a request when absent. */
  readonly agents?: Agents | undefined;
  /** The name service; the system's when absent. */
  readonly resolve?: Resolve | undefined;
}

/** `unmodified`: what is known is still true. */
export type Download = ({ readonly bytes: Uint8Array } & Validators) | 'unmodified';

const mostRedirects = 3;

/**
 * The body of a URL. Every redirect is checked as the URL was, and connections go to addresses that were checked, and to no others.
 * Throws URL_REFUSED, URL_FAILED (with `retry`, and perhaps `status` and `retryAfterMs`, in its details), IMAGE_UNSUPPORTED for a
 * content type that is no picture's, IMAGE_TOO_LARGE, and ABORTED when the signal fires.
 */
export async function download(address: string, options: DownloadOptions): Promise<Download> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    let url = checkedUrl(address, options);
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const response = await open(url, options, signal);
      const next = redirectOf(response);
      if (next === undefined) return await answerOf(response, options);
      discard(response);
      url = checkedUrl(next, options, url);
    }
    throw failed(`redirects more than ${mostRedirects} times`);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (options.signal?.aborted) throw new AppError('ABORTED', 'stopped on request', { cause: error });
    const reason = timeout.aborted
      ? `did not answer within ${options.timeoutMs} ms`
      : `could not be reached (${messageOf(error)})`;
    throw failed(reason, { cause: error, retry: true });
  }
}

function checkedUrl(address: string, { allowPrivate = false }: DownloadOptions, base?: URL): URL {
  if (!URL.canParse(address, base?.href))
    throw new AppError('URL_REFUSED', 'expected an absolute http or https URL');
  const url = new URL(address, base?.href);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new AppError('URL_REFUSED', `expected an http or https URL, received ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new AppError('URL_REFUSED', 'expected a URL without user name and password');
  }
  if (!allowPrivate) checkHost(url);
  return url;
}

/** Headers only. An agent's connections were checked when they were made. */
function open(url: URL, options: DownloadOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { allowPrivate = false, resolve = resolveByDns, agents, idleMs, connectMs } = options;
  const isHttps = url.protocol === 'https:';
  const request: RequestOptions = {
    agent: (isHttps ? agents?.https : agents?.http) ?? false,
    signal,
    maxHeaderSize: 16_384,
    headers: {
      accept: 'image/*',
      'accept-encoding': 'identity',
      'user-agent': 'whymatch',
      ...conditions(options.known),
    },
    ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }),
  };
  return new Promise((done, fail) => {
    const sent = (isHttps ? httpsGet : httpGet)(url, request, done).on('error', fail);
    if (idleMs !== undefined)
      sent.setTimeout(idleMs, () => sent.destroy(new Error(`silent for ${idleMs} ms`)));
    if (connectMs === undefined) return;
    const waiting = setTimeout(
      () => sent.destroy(new Error(`no connection within ${connectMs} ms`)),
      connectMs,
    );
    const connected = () => clearTimeout(waiting);
    sent.on('socket', (socket) => {
      if (!socket.connecting) connected();
      else socket.once(isHttps ? 'secureConnect' : 'connect', connected);
    });
    sent.on('close', connected);
  });
}

/** RFC 9110, 13.1: the entity tag decides where both are sent. */
function conditions(known: Validators | undefined): Record<string, string> {
  return {
    ...(known?.etag ? { 'if-none-match': known.etag } : {}),
    ...(known?.lastModified ? { 'if-modified-since': new Date(known.lastModified).toUTCString() } : {}),
  };
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  return statusCode >= 300 && statusCode < 400 && statusCode !== 304 ? headers.location : undefined;
}

/** Reads to the end what is short, so that the connection can be used again. */
function discard(response: IncomingMessage): void {
  response.on('error', () => undefined);
  if (Number(response.headers['content-length'] ?? Infinity) <= 4096) response.resume();
  else response.destroy();
}

async function answerOf(response: IncomingMessage, options: DownloadOptions): Promise<Download> {
  const { statusCode: status = 0, headers } = response;
  if (status === 304 && options.known) {
    discard(response);
    return 'unmodified';
  }
  if (status !== 200) {
    discard(response);
    const retryAfterMs = delayOf(headers['retry-after']);
    const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    throw failed(`answered with status ${status}`, { retry: passing.has(status), details });
  }
  checkType(response);
  const lastModified = Date.parse(headers['last-modified'] ?? '');
  return {
    bytes: await bytesOf(response, options.maxBytes),
    etag: headers.etag ?? null,
    lastModified: Number.isNaN(lastModified) ? null : lastModified,
  };
}

/** Statuses that may be another the next time. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Of a Retry-After header: seconds, or a date. */
function delayOf(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const ms = /^\s*\d+\s*$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** What storage services say of files whose type they do not know, and what says that it is a picture. */
const pictureType = /^(?:image\/|(?:application|binary)\/octet-stream)/i;

function checkType(response: IncomingMessage): void {
  const type = response.headers['content-type'];
  if (type === undefined || pictureType.test(type)) return;
  response.destroy();
  throw new AppError('IMAGE_UNSUPPORTED', `expected a picture at the URL, received ${type.slice(0, 100)}`);
}

async function bytesOf(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => {
    response.destroy();
    return new AppError('IMAGE_TOO_LARGE', `expected at most ${maxBytes} bytes at the URL, received more`);
  };
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failed(
  what: string,
  { cause, retry = false, details = {} }: { cause?: unknown; retry?: boolean; details?: object } = {},
): AppError {
  return new AppError('URL_FAILED', `the URL ${what}`, { cause, details: { retry, ...details } });
}
