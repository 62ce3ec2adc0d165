/** A route as data: what express serves, what checks requests, and what /openapi.json says are made from the same object. */
import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Scope } from './options.ts';

/** What a handler is given. */
export interface Call<Params, Query> {
  readonly req: Request;
  readonly res: Response;
  readonly params: Params;
  readonly query: Query;
  /** Fires when the client is gone before it has its answer. */
  readonly signal: AbortSignal;
}

/** Content by media type: a schema, or the words for what is no JSON. */
export type Content = Readonly<Record<string, z.ZodType | string>>;

export interface Answer {
  readonly description: string;
  readonly content?: Content;
}

export interface RouteSpec<Params, Query> {
  readonly method: 'get' | 'put' | 'post' | 'delete';
  /** As OpenAPI writes it: /v1/items/{id}. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** What the key must allow; public needs none. */
  readonly scope: Scope | 'public';
  /** Counts towards the limit on requests with work. */
  readonly heavy?: boolean;
  readonly params?: z.ZodObject & z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  readonly body?: { readonly description: string; readonly required: boolean; readonly content: Content };
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of refusals, besides those that every route has. */
  readonly problems?: readonly number[];
  handle(call: Call<Params, Query>): Promise<void>;
}

/** Of any parameters. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Route = RouteSpec<any, any>;

/** Keeps the types of a route's parameters together. */
export function route<Params = unknown, Query = unknown>(spec: RouteSpec<Params, Query>): Route {
  return spec;
}
