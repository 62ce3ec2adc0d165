// Pictures behind URLs are fetched before they are examined, many at a time, and handed on as they arrive.

import { AppError, messageOf } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { Validators } from '../fetch/download.ts';
import { Fetcher, type FetcherOptions } from '../fetch/fetcher.ts';
import { isStillKept } from './file-stamp.ts';
import { HeldBytes } from './held-bytes.ts';
import type { RemoteItem, RemotePicture, SourceEntry, Stamp, UrlItem } from './sources/source.ts';
import type { ItemStore } from './store.ts';

export interface FetchOptions extends FetcherOptions {
  /** Pictures that were indexed since then are not asked for again: milliseconds since 1970. For a run that goes on where another stopped. */
  readonly freshSince?: number | undefined;
}

export interface FetchAheadOptions {
  readonly store: Pick<ItemStore, 'get'>;
  /** Fetch every picture, whether it has changed or not. */
  readonly force: boolean;
  readonly fetch?: FetchOptions | undefined;
  /** Ends everything under way, and the entries. */
  readonly signal?: AbortSignal | undefined;
}

/** Entries under way or waiting to be taken: more than there are connections, so that one slow host does not hold up the others. */
const window = 64;
/** Of pictures that were fetched and are still needed by somebody; what is under way comes on top. */
const maxHeldBytes = 128 * 1024 * 1024;

/**
 * The same entries, in the order in which they are ready, with every URL fetched or a failure. A picture that the catalogue has is asked
 * for with what the server said of it (ETag, Last-Modified), and not sent again when it is still the same.
 */
export async function* fetchAhead(
  entries: AsyncIterable<SourceEntry>,
  options: FetchAheadOptions,
): AsyncGenerator<SourceEntry> {
  const stop = new AbortController();
  const { signal } = options;
  const pictures = new PictureFetcher(options, signal ? AbortSignal.any([stop.signal, signal]) : stop.signal);
  const iterator = entries[Symbol.asyncIterator]();
  const ready: SourceEntry[] = [];
  let underWay = 0;
  let asking = false;
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: () => void = () => undefined;
  const stopped = () => wake();
  signal?.addEventListener('abort', stopped);

  async function fetchOne(item: UrlItem): Promise<void> {
    underWay++;
    const entry = await pictures.fetch(item);
    underWay--;
    if (entry) ready.push(entry);
    wake();
  }

  async function ask(): Promise<void> {
    asking = true;
    try {
      await pictures.room();
      const { value, done } = await iterator.next();
      if (done) ended = true;
      else if (value.type === 'item' && value.url !== undefined) void fetchOne(value);
      else ready.push(value);
    } catch (error) {
      failure = { error };
      ended = true;
    }
    asking = false;
    wake();
  }

  try {
    for (;;) {
      const woken = new Promise<void>((resolve) => (wake = resolve));
      if (!ended && !asking && underWay + ready.length < window) void ask();
      const entry = ready.shift();
      if (entry) {
        yield entry;
        continue;
      }
      if (signal?.aborted || (ended && underWay === 0)) break;
      await woken;
    }
    if (failure) throw failure.error;
  } finally {
    signal?.removeEventListener('abort', stopped);
    stop.abort();
    pictures.close();
    const closing = ended ? undefined : iterator.return?.();
    // A pipe that nobody writes to would be waited for.
    if (asking) closing?.catch(() => undefined);
    else await closing;
  }
}

class PictureFetcher {
  readonly #options: FetchAheadOptions;
  readonly #signal: AbortSignal;
  readonly #held = new HeldBytes(maxHeldBytes);
  #fetcher: Fetcher | undefined;

  constructor(options: FetchAheadOptions, signal: AbortSignal) {
    this.#options = options;
    this.#signal = signal;
  }

  /** Waits until one more picture may be held. */
  room(): Promise<void> {
    return this.#held.room();
  }

  /** Undefined when it was stopped. What is wrong with the URL comes as a failure. */
  async fetch(item: UrlItem): Promise<SourceEntry | undefined> {
    try {
      const { url: _, ...named } = item;
      return { ...named, remote: await this.#picture(item) } satisfies RemoteItem;
    } catch (error) {
      if (this.#signal.aborted) return undefined;
      const code = error instanceof AppError ? error.code : 'URL_FAILED';
      return {
        type: 'failure',
        source: item.url,
        id: item.id,
        code,
        message: `${item.url}: ${messageOf(error)}`,
      };
    }
  }

  close(): void {
    this.#fetcher?.close();
  }

  async #picture({ id, url }: UrlItem): Promise<RemotePicture> {
    const { force, store, fetch = {} } = this.#options;
    const before = force ? undefined : store.get(id);
    const known = before?.origin === url && (await isStillKept(before)) ? before : undefined;
    if (known && fetch.freshSince !== undefined && known.indexedAt >= fetch.freshSince)
      return this.#asKnown(url, known);
    this.#fetcher ??= new Fetcher(fetch);
    const answer = await this.#fetcher.fetch(url, known && validatorsOf(known), this.#signal);
    if (answer === 'unmodified') return this.#asKnown(url, known!);
    const { bytes, etag, lastModified } = answer;
    this.#held.take(bytes.length);
    return {
      origin: url,
      stamp: { bytes: bytes.length, modifiedAt: lastModified ?? 0, version: etag },
      stampTells: false,
      read: async () => bytes,
      release: () => this.#held.giveBack(bytes.length),
    };
  }

  /** It is read only if the catalogue loses it in the meantime. */
  #asKnown(url: string, { bytes, modifiedAt, version }: Item): RemotePicture {
    const stamp: Stamp = { bytes, modifiedAt, version };
    const read = () => Promise.reject(new AppError('URL_FAILED', 'the URL was not fetched; index it again'));
    return { origin: url, stamp, stampTells: true, read };
  }
}

/** Undefined where the server gave none: then it is asked for the picture itself. */
function validatorsOf({ version, modifiedAt }: Item): Validators | undefined {
  if (version === null && modifiedAt === 0) return undefined;
  return { etag: version, lastModified: modifiedAt === 0 ? null : modifiedAt };
}
