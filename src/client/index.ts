/**
 * A typed client of a whymatch server, for browsers and Node: fetch, and nothing else. Its types are those of the schemas that the
 * server checks requests with and makes /openapi.json from.
 *
 *   const client = new WhymatchClient({ url: 'http://127.0.0.1:8080' });
 *   const { hits } = await client.search({ query: { image: await file.arrayBuffer() }, k: 5 });
 *   image.src = URL.createObjectURL(await client.blob(`${hits[0].links.explanation}?format=png`));
 */
import type { z } from 'zod';
import type {
  correspondences,
  explanation,
  explanationParameters,
  nameExplanation,
  nameParameters,
  pointCorrespondence,
} from '../server/schemas/explanations.ts';
import type { duplicateDecision, duplicateParameters, duplicates } from '../server/schemas/duplicates.ts';
import type { batchLine, batchResult, item, itemPage } from '../server/schemas/items.ts';
import type { QueryPicture, searchAnswer, searchRequest } from '../server/schemas/search.ts';
import type { facets, failures, info, stats } from '../server/schemas/service.ts';
import { asJson, type CallOptions, type ClientOptions, queryString, Transport } from './transport.ts';

export type SearchAnswer = z.output<typeof searchAnswer>;
export type Hit = SearchAnswer['hits'][number];
export type Explanation = z.output<typeof explanation>;
export type ExplanationOptions = Partial<z.output<typeof explanationParameters>>;
export type NameExplanation = z.output<typeof nameExplanation>;
export type NameOptions = Partial<z.output<typeof nameParameters>>;
export type Correspondences = z.output<typeof correspondences>;
export type PointCorrespondence = z.output<typeof pointCorrespondence>;
export type Item = z.output<typeof item>;
export type ItemPage = z.output<typeof itemPage>;
export type BatchLine = z.input<typeof batchLine>;
export type BatchResult = z.output<typeof batchResult>;
export type Stats = z.output<typeof stats>;
export type Facets = z.output<typeof facets>;
export type Failures = z.output<typeof failures>;
export type Info = z.output<typeof info>;
export type Duplicates = z.output<typeof duplicates>;
export type DuplicateOptions = Partial<z.output<typeof duplicateParameters>>;
export type DuplicateDecision = z.input<typeof duplicateDecision>;

/** The bytes of a picture's file. */
export type Picture = Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;
/** Like the API's, but an image may be given as bytes; they travel as a form. */
export type Query = Omit<QueryPicture, 'image'> & { readonly image?: Picture | string };
export type SearchRequest = Omit<z.input<typeof searchRequest>, 'query'> & {
  readonly query: Query | readonly Query[];
};

export { type CallOptions, type ClientOptions, type Problem, WhymatchError } from './transport.ts';

/** Methods throw WhymatchError for refusals, and what fetch throws when the server cannot be reached. */
export class WhymatchClient {
  readonly #transport: Transport;

  constructor(options: ClientOptions) {
    this.#transport = new Transport(options);
  }

  search({ query, ...options }: SearchRequest, call: CallOptions = {}): Promise<SearchAnswer> {
    const form = new FormData();
    const pictures = (Array.isArray(query) ? (query as readonly Query[]) : [query as Query]).map(
      (picture, i) => {
        const { image, ...rest } = picture;
        if (image === undefined || typeof image === 'string') return picture;
        form.append(`picture${i}`, asBlob(image));
        return { ...rest, part: `picture${i}` };
      },
    );
    const request = JSON.stringify({ query: pictures, ...options });
    if ([...form.keys()].length === 0)
      return this.#transport.json('POST', '/v1/search', call, asJson(request));
    form.set('request', request);
    return this.#transport.json('POST', '/v1/search', call, { body: form });
  }

  /** The pages and options of a search, for an item. */
  similar(
    id: string,
    options: Omit<SearchRequest, 'query'> = {},
    call: CallOptions = {},
  ): Promise<SearchAnswer> {
    return this.search({ ...options, query: { item: id } }, call);
  }

  explain(
    queryId: string,
    itemId: string,
    options: Omit<ExplanationOptions, 'format' | 'side' | 'layer'> = {},
    call: CallOptions = {},
  ): Promise<Explanation> {
    return this.#transport.json('GET', `${explanationPath(queryId, itemId)}${queryString(options)}`, call);
  }

  /** A picture of an explanation, PNG. */
  draw(
    queryId: string,
    itemId: string,
    options: ExplanationOptions = {},
    call: CallOptions = {},
  ): Promise<Blob> {
    return this.blob(
      `${explanationPath(queryId, itemId)}${queryString({ ...options, format: 'png' })}`,
      call,
    );
  }

  /** Why a picture of a query gets its name, or what speaks for another. */
  explainName(
    queryId: string,
    options: Omit<NameOptions, 'format' | 'layer'> = {},
    call: CallOptions = {},
  ): Promise<NameExplanation> {
    return this.#transport.json('GET', `${namePath(queryId)}${queryString(options)}`, call);
  }

  /** The map of a name as a picture, PNG. */
  drawName(queryId: string, options: NameOptions = {}, call: CallOptions = {}): Promise<Blob> {
    return this.blob(`${namePath(queryId)}${queryString({ ...options, format: 'png' })}`, call);
  }

  correspondences(
    queryId: string,
    itemId: string,
    picture = 0,
    call: CallOptions = {},
  ): Promise<Correspondences> {
    return this.#transport.json(
      'GET',
      `${explanationPath(queryId, itemId)}/correspondence${queryString({ picture })}`,
      call,
    );
  }

  /** Where a point of one side, in pixels of its picture, is answered on the other. */
  correspondence(
    queryId: string,
    itemId: string,
    point: {
      readonly x: number;
      readonly y: number;
      readonly side?: 'query' | 'hit';
      readonly picture?: number;
    },
    call: CallOptions = {},
  ): Promise<PointCorrespondence> {
    return this.#transport.json(
      'GET',
      `${explanationPath(queryId, itemId)}/correspondence${queryString(point)}`,
      call,
    );
  }

  item(id: string, call: CallOptions = {}): Promise<Item> {
    return this.#transport.json('GET', itemPath(id), call);
  }

  items(
    options: {
      readonly limit?: number;
      readonly after?: string;
      readonly order?: 'id' | 'recent';
      readonly filter?: SearchRequest['filter'];
    } = {},
    call: CallOptions = {},
  ): Promise<ItemPage> {
    return this.#transport.json('GET', `/v1/items${queryString(options)}`, call);
  }

  /** Adds or replaces an item; without an image changes its data. */
  putItem(
    id: string,
    {
      image,
      ...data
    }: {
      readonly image?: Picture;
      readonly url?: string;
      readonly productId?: string;
      readonly metadata?: Item['metadata'];
    },
    call: CallOptions = {},
  ): Promise<Item> {
    if (image === undefined)
      return this.#transport.json('PUT', itemPath(id), call, asJson(JSON.stringify(data)));
    const form = new FormData();
    form.set('image', asBlob(image));
    if (data.productId !== undefined) form.set('productId', data.productId);
    if (data.metadata !== undefined) form.set('metadata', JSON.stringify(data.metadata));
    return this.#transport.json('PUT', itemPath(id), call, { body: form });
  }

  async deleteItem(id: string, call: CallOptions = {}): Promise<void> {
    await this.#transport.answer('DELETE', itemPath(id), call);
  }

  /** Results in the order of the changes. */
  async changeItems(changes: readonly BatchLine[], call: CallOptions = {}): Promise<BatchResult[]> {
    const body = changes.map((change) => JSON.stringify(change)).join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    const text = await (
      await this.#transport.answer('POST', '/v1/items:batch', call, { body, headers })
    ).text();
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as BatchResult);
  }

  info(call: CallOptions = {}): Promise<Info> {
    return this.#transport.json('GET', '/v1/info', call);
  }

  stats(call: CallOptions = {}): Promise<Stats> {
    return this.#transport.json('GET', '/v1/stats', call);
  }

  facets(
    options: {
      readonly fields?: readonly string[];
      readonly limit?: number;
      readonly filter?: SearchRequest['filter'];
    } = {},
    call: CallOptions = {},
  ): Promise<Facets> {
    const { fields, ...rest } = options;
    return this.#transport.json(
      'GET',
      `/v1/facets${queryString({ ...rest, ...(fields ? { fields: fields.join(',') } : {}) })}`,
      call,
    );
  }

  /** Pairs that nobody has decided about. `status` is `looking` while they are looked for: ask again. */
  duplicates(options: DuplicateOptions = {}, call: CallOptions = {}): Promise<Duplicates> {
    return this.#transport.json('GET', `/v1/duplicates${queryString(options)}`, call);
  }

  /** not-duplicate: never propose the two again; undo: do; delete: take `b` out. False where that was so already. */
  async decideDuplicate(decision: DuplicateDecision, call: CallOptions = {}): Promise<boolean> {
    const body = asJson(JSON.stringify(decision));
    const answer = await this.#transport.json<{ changed: boolean }>(
      'POST',
      '/v1/duplicates/decisions',
      call,
      body,
    );
    return answer.changed;
  }

  /** What could not be indexed: the first `limit` (1 to 1000, 200 when absent), in the order of sources. */
  failures(options: { readonly limit?: number } = {}, call: CallOptions = {}): Promise<Failures> {
    return this.#transport.json('GET', `/v1/failures${queryString(options)}`, call);
  }

  /** What a link of an answer leads to, with the key that an <img> could not send. */
  async blob(link: string, call: CallOptions = {}): Promise<Blob> {
    return (await this.#transport.answer('GET', link, call)).blob();
  }
}

const itemPath = (id: string): string => `/v1/items/${encodeURIComponent(id)}`;

const explanationPath = (queryId: string, itemId: string): string =>
  `/v1/explanations/${encodeURIComponent(queryId)}/${encodeURIComponent(itemId)}`;
const namePath = (queryId: string): string => `/v1/queries/${encodeURIComponent(queryId)}/name`;

const asBlob = (picture: Picture): Blob => (picture instanceof Blob ? picture : new Blob([picture]));
