/** Requests to the server. Everything that is not a good answer is thrown as a Problem. */
import type { SearchRequest } from '../ask/request.ts';
import type {
  Correspondence,
  DuplicateDecision,
  Duplicates,
  Explanation,
  Facet,
  Failure,
  Info,
  Item,
  NameExplanation,
  SearchAnswer,
  Stats,
} from './types.ts';

/** A refusal in the server's words (RFC 9457), or a server that cannot be reached (`code` NETWORK). */
export class Problem extends Error {
  readonly code: string;
  readonly title: string;
  readonly status: number;

  constructor(code: string, title: string, detail: string, status = 0) {
    super(detail);
    this.code = code;
    this.title = title;
    this.status = status;
  }
}

export async function search({ body, type }: SearchRequest, signal: AbortSignal): Promise<SearchAnswer> {
  const headers: Record<string, string> = type ? { 'Content-Type': type } : {};
  return json(await send('/v1/search', { method: 'POST', body, headers, signal }));
}

export const explanation = (link: string, method: string): Promise<Explanation> =>
  get(`${link}${link.includes('?') ? '&' : '?'}method=${encodeURIComponent(method)}&map=true`);

export const check = (link: string, method: string): Promise<Explanation> =>
  get(`${link}${link.includes('?') ? '&' : '?'}method=${encodeURIComponent(method)}&check=true`);

/** With the check. `link`: with the name as its parameter. */
export const explainedName = (link: string): Promise<NameExplanation> => get(`${link}&check=true`);

export function correspondence(link: string): Promise<Correspondence> {
  const [path, query] = link.split('?');
  return get(`${path}/correspondence${query ? `?${query}` : ''}`);
}

export const recentItems = async (limit: number): Promise<readonly Item[]> =>
  (await get<{ items: readonly Item[] }>(`/v1/items?order=recent&limit=${limit}`)).items;

export const item = (id: string): Promise<Item> => get(itemPath(id));
export const stats = (): Promise<Stats> => get('/v1/stats');
export const info = (): Promise<Info> => get('/v1/info');

/** Counts of what a filter lets through; of everything without one. */
export async function facets(filter: object): Promise<readonly Facet[]> {
  const query = Object.keys(filter).length > 0 ? `?filter=${encodeURIComponent(JSON.stringify(filter))}` : '';
  return (await get<{ fields: readonly Facet[] }>(`/v1/facets${query}`)).fields;
}

export const duplicates = (tier: string | undefined, again: boolean): Promise<Duplicates> =>
  get(`/v1/duplicates?again=${again}${tier === undefined ? '' : `&tier=${tier}`}`);

export async function decideDuplicate(decision: DuplicateDecision): Promise<void> {
  const body = JSON.stringify(decision);
  const headers = { 'Content-Type': 'application/json' };
  await send('/v1/duplicates/decisions', { method: 'POST', body, headers });
}

export const failures = async (): Promise<readonly Failure[]> =>
  (await get<{ failures: readonly Failure[] }>('/v1/failures')).failures;

export async function deleteItem(id: string): Promise<void> {
  await send(itemPath(id), { method: 'DELETE' });
}

/** XMLHttpRequest, because fetch does not tell how far an upload is. `progress` is called with 0 to 1. */
export function putItem(id: string, form: FormData, progress: (part: number) => void): Promise<Item> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', itemPath(id));
    if (key()) request.setRequestHeader('Authorization', `Bearer ${key()}`);
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      progress(total > 0 ? loaded / total : 1),
    );
    request.addEventListener('load', () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText) as Item);
      else reject(problemOf(request.status, request.responseText));
    });
    request.addEventListener('error', () => reject(unreachable()));
    request.send(form);
  });
}

/** A picture as a blob's address, for servers that want a key: an <img> cannot send one. */
export async function pictureAddress(path: string): Promise<string> {
  return URL.createObjectURL(await (await send(path)).blob());
}

/** The API key, where the server wants one; for this tab only. */
export const key = (): string | null => sessionStorage.getItem('whymatch-key');
export const setKey = (value: string): void => sessionStorage.setItem('whymatch-key', value);

const refusals = new EventTarget();

/** Calls whenever a request is refused for its key, or for want of one. Returns what ends that. */
export function onKeyRefused(listener: () => void): () => void {
  refusals.addEventListener('key', listener);
  return () => refusals.removeEventListener('key', listener);
}

const itemPath = (id: string): string => `/v1/items/${encodeURIComponent(id)}`;
const get = async <T>(path: string): Promise<T> => json(await send(path));
const json = async <T>(response: Response): Promise<T> => (await response.json()) as T;

async function send(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = new Headers(options.headers);
  if (key()) headers.set('Authorization', `Bearer ${key()}`);
  const response = await fetch(path, { ...options, headers }).catch((error: unknown) => {
    throw options.signal?.aborted ? error : unreachable();
  });
  if (response.ok) return response;
  throw problemOf(response.status, await response.text());
}

function problemOf(status: number, text: string): Problem {
  if (status === 401) refusals.dispatchEvent(new Event('key'));
  try {
    const { code, title, detail } = JSON.parse(text) as Record<string, string>;
    return new Problem(code ?? 'HTTP', title ?? `HTTP ${status}`, detail ?? '', status);
  } catch {
    return new Problem('HTTP', `HTTP ${status}`, text.slice(0, 300), status);
  }
}

const unreachable = (): Problem => new Problem('NETWORK', '', '');
