/** From what a request says of its pictures to their bytes: uploads, base64, URLs, items, earlier queries. */
import { createHash } from 'node:crypto';
import { AppError } from '../core/errors.ts';
import { download } from '../fetch/download.ts';
import type { PictureBytes } from '../image/open.ts';
import { decodeBase64, type Part } from './body.ts';
import type { QuerySource } from './examined.ts';
import type { ServerLimits, ServerOptions } from './options.ts';
import type { QueryMemory } from './query-memory.ts';
import type { QueryPicture } from './schemas/search.ts';

export class PictureSources {
  readonly #queries: QueryMemory;
  readonly #limits: ServerLimits;
  readonly #allowPrivate: boolean;

  constructor(queries: QueryMemory, limits: ServerLimits, { allowPrivateUrls = false }: ServerOptions) {
    this.#queries = queries;
    this.#limits = limits;
    this.#allowPrivate = allowPrivateUrls;
  }

  /**
   * The picture that one entry of a query names; `auto` is left to the caller. Throws USAGE, QUERY_GONE, ITEM_NOT_FOUND, URL_REFUSED,
   * URL_FAILED, IMAGE_TOO_LARGE, ABORTED.
   */
  async ofQuery(entry: QueryPicture, parts: readonly Part[], signal: AbortSignal): Promise<QuerySource> {
    const { region, ignore, focus } = entry;
    const source = await this.#source(entry, parts, signal);
    // Also of an earlier query's picture only what this request says counts.
    return {
      ...source,
      region: typeof region === 'object' ? region : undefined,
      ignore: ignore ?? [],
      focus,
    };
  }

  /** The bytes of base64 or a URL; undefined where there is neither. */
  async bytes(
    { image, url }: { readonly image?: string | undefined; readonly url?: string | undefined },
    where: string,
    signal: AbortSignal,
  ): Promise<PictureBytes | undefined> {
    if (image !== undefined) return this.file(decodeBase64(image, where));
    return url === undefined ? undefined : this.file(await this.#fetch(url, signal));
  }

  /** Throws IMAGE_EMPTY, IMAGE_TOO_LARGE. */
  file(bytes: Uint8Array): PictureBytes {
    if (bytes.length === 0) throw new AppError('IMAGE_EMPTY', 'expected a picture, received 0 bytes');
    const { pictureBytes } = this.#limits;
    if (bytes.length > pictureBytes) {
      const message = `expected a picture of at most ${pictureBytes} bytes, received ${bytes.length}`;
      throw new AppError('IMAGE_TOO_LARGE', message);
    }
    return {
      bytes,
      source: 'the picture sent',
      contentHash: createHash('sha256').update(bytes).digest('hex'),
    };
  }

  async #source(entry: QueryPicture, parts: readonly Part[], signal: AbortSignal): Promise<QuerySource> {
    if (entry.queryId !== undefined) return this.#queries.source(entry.queryId, entry.picture ?? 0);
    if (entry.item !== undefined) return this.#queries.source(`item:${entry.item}`, 0);
    const file =
      entry.part === undefined
        ? (await this.bytes(entry, 'query.image', signal))!
        : this.file(partNamed(parts, entry.part).bytes);
    return {
      file,
      item: undefined,
      contentHash: file.contentHash,
      region: undefined,
      ignore: [],
      focus: undefined,
    };
  }

  async #fetch(url: string, signal: AbortSignal): Promise<Uint8Array> {
    const { pictureBytes: maxBytes, fetchMs: timeoutMs } = this.#limits;
    const answer = await download(url, { maxBytes, timeoutMs, allowPrivate: this.#allowPrivate, signal });
    // Nothing was known that it could be unmodified from.
    return answer === 'unmodified' ? new Uint8Array() : answer.bytes;
  }
}

/** "image" is the first part of that name, "image:1" the second. Throws USAGE. */
export function partNamed(parts: readonly Part[], reference: string): Part {
  const [, name = reference, index = '0'] = /^(.*):(\d)$/.exec(reference) ?? [];
  const part = parts.filter((candidate) => candidate.name === name)[Number(index)];
  if (part) return part;
  throw new AppError('USAGE', `expected a file part "${reference}" in the form, received none of that name`);
}
