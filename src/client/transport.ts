/** How the client talks to a server: requests with the key, refusals as errors. fetch, and nothing else. */
import type { z } from 'zod';
import type { problem } from '../server/schemas/common.ts';

export type Problem = z.output<typeof problem>;

export interface ClientOptions {
  /** The server's address; '' for the one that the page came from. */
  readonly url: string;
  /** An API key, where the server wants one. */
  readonly key?: string;
  /** fetch, or something like it. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** A refusal: what the server's problem document says. */
export class WhymatchError extends Error {
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly status: number;
  readonly problem: Problem;
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter: number | undefined) {
    super(problem.detail);
    this.name = 'WhymatchError';
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** Throws WhymatchError for refusals, and what fetch throws when the server cannot be reached. */
export class Transport {
  readonly #url: string;
  readonly #key: string | undefined;
  readonly #fetch: typeof fetch;

  constructor(options: ClientOptions) {
    this.#url = options.url.replace(/\/$/, '');
    this.#key = options.key;
    this.#fetch = options.fetch ?? ((...request) => fetch(...request));
  }

  async json<T>(method: string, path: string, call: CallOptions, init: RequestInit = {}): Promise<T> {
    return (await (await this.answer(method, path, call, init)).json()) as T;
  }

  async answer(
    method: string,
    path: string,
    { signal }: CallOptions,
    init: RequestInit = {},
  ): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#key !== undefined) headers.set('authorization', `Bearer ${this.#key}`);
    const request = { ...init, method, headers, ...(signal ? { signal } : {}) };
    const response = await this.#fetch(`${this.#url}${path}`, request);
    if (response.ok) return response;
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new WhymatchError(await problemOf(response), Number.isNaN(seconds) ? undefined : seconds);
  }
}

/** Something between client and server may answer in its own words. */
async function problemOf(response: Response): Promise<Problem> {
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('application/problem+json')) return (await response.json()) as Problem;
  const { status, statusText } = response;
  const detail = `the server answered with status ${status}`;
  return { type: 'about:blank', title: statusText, status, detail, code: 'UNEXPECTED', requestId: '' };
}

export function queryString(parameters: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined)
      query.set(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  return query.size > 0 ? `?${query.toString()}` : '';
}

export const asJson = (body: string): RequestInit => ({
  body,
  headers: { 'content-type': 'application/json' },
});
