/** Pictures from URLs that users name: nobody must be able to use the server to look into its own network. */
import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import { AppError, messageOf } from '../core/errors.ts';
import { checkHost, publicLookup, type Resolve, resolveByDns } from './public-address.ts';

export interface FetchOptions {
  readonly maxBytes: number;
  /** Milliseconds for everything, redirects included. */
  readonly timeoutMs: number;
  readonly allowPrivate?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** The name service; the system's when absent. */
  readonly resolve?: Resolve;
}

const mostRedirects = 3;

/** The body of a URL. Throws URL_REFUSED, URL_FAILED, IMAGE_TOO_LARGE, and ABORTED when the signal fires. */
export async function fetchPicture(address: string, options: FetchOptions): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    let url = checkedUrl(address, options);
    for (let redirects = 0; redirects <= mostRedirects; redirects++) {
      const response = await open(url, options, signal);
      const { statusCode = 0, headers } = response;
      if (statusCode === 200) return await bytesOf(response, options.maxBytes);
      response.destroy();
      if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) {
        throw failed(`answered with status ${statusCode}`);
      }
      url = checkedUrl(headers.location, options, url);
    }
    throw failed(`redirects more than ${mostRedirects} times`);
  } catch (error) {
    if (error instanceof AppError) throw error;
    if (options.signal?.aborted) throw new AppError('ABORTED', 'stopped on request', { cause: error });
    if (timeout.aborted) throw failed(`did not answer within ${options.timeoutMs} ms`, error);
    throw failed(`could not be reached (${messageOf(error)})`, error);
  }
}

function checkedUrl(address: string, { allowPrivate = false }: FetchOptions, base?: URL): URL {
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

/** Headers only; the connection goes to a checked address, and to no other: no agent keeps connections. */
function open(url: URL, options: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { allowPrivate = false, resolve = resolveByDns } = options;
  const request: RequestOptions = {
    agent: false,
    signal,
    maxHeaderSize: 16_384,
    headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'whymatch' },
    ...(allowPrivate ? {} : { lookup: publicLookup(resolve) }),
  };
  const get = url.protocol === 'https:' ? httpsGet : httpGet;
  return new Promise((done, fail) => {
    get(url, request, done).on('error', fail);
  });
}

async function bytesOf(response: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      response.destroy();
      throw new AppError('IMAGE_TOO_LARGE', `expected at most ${maxBytes} bytes at the URL, received more`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function failed(what: string, cause?: unknown): AppError {
  return new AppError('URL_FAILED', `the URL ${what}`, { cause });
}
