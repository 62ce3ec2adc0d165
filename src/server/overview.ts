/** What the catalogue, or what a filter lets through of it, holds field by field: counted in one pass when it is asked for, again only after changes. */
import { setImmediate } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Item, Json } from '../core/item.ts';
import { throwIfAborted } from '../core/errors.ts';
import type { Catalog } from '../search/catalog.ts';

type Value = string | number | boolean;

export interface FieldCounts {
  items: number;
  min: number | undefined;
  max: number | undefined;
  readonly values: Map<Value, number>;
}

export interface Overview {
  readonly seq: number;
  readonly items: number;
  readonly fields: ReadonlyMap<string, FieldCounts>;
  /** The last written, newest first. */
  readonly recent: readonly string[];
}

/** More different values of one field than these are not counted: titles are no facet. */
const mostValues = 10_000;
const mostFields = 200;
const mostRecent = 200;
/** Items read between two turns of the event loop: a few milliseconds. */
const step = 200;
/** Counts of so many filters are kept until the catalogue changes. */
const keptFilters = 32;
/** A list of values counts for each of them. */
const mostOfAList = 50;

export class OverviewCache {
  readonly #catalog: Catalog;
  /** By filter, as JSON text; '' without. */
  readonly #counts = new LRUCache<string, { readonly seq: number; readonly overview: Promise<Overview> }>({
    max: keptFilters,
  });

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** As of the latest change before the call, or newer. Throws FILTER_INVALID, ABORTED. */
  get(filter?: Json, signal?: AbortSignal): Promise<Overview> {
    throwIfAborted(signal);
    const key = filter === undefined ? '' : JSON.stringify(filter);
    const { seq } = this.#catalog.info();
    const known = this.#counts.get(key);
    if (known?.seq === seq) return known.overview;
    const overview = this.#count(filter);
    this.#counts.set(key, { seq, overview });
    overview.catch(() => this.#counts.delete(key));
    return overview;
  }

  async #count(filter: Json | undefined): Promise<Overview> {
    const { seq } = this.#catalog.info();
    const fields = new Map<string, FieldCounts>();
    let newest: Item[] = [];
    let items = 0;
    for await (const page of pagesOf(this.#catalog, { filter })) {
      for (const item of page) countItem(fields, item);
      items += page.length;
      newest = [...newest, ...page].sort((a, b) => b.seq - a.seq).slice(0, mostRecent);
    }
    return { seq, items, fields, recent: newest.map(({ id }) => id) };
  }
}

export interface Listing {
  readonly filter: Json | undefined;
  /** The first id after this. */
  readonly after?: string;
}

/** Items in the order of ids, a few at a time, with turns of the event loop between. Throws FILTER_INVALID. */
export async function* pagesOf(catalog: Catalog, { filter, after = '' }: Listing): AsyncGenerator<Item[]> {
  const matches = filter === undefined ? undefined : await catalog.matcher(filter);
  for (let last: string | undefined = after; last !== undefined; await setImmediate()) {
    const page = catalog.list({ limit: step, after: last });
    last = page.at(-1)?.id;
    yield matches ? page.filter(({ id }) => matches(id)) : page;
  }
}

function countItem(fields: Map<string, FieldCounts>, { metadata }: Item): void {
  for (const [name, value] of Object.entries(metadata)) {
    const values = valuesOf(value);
    if (values.length === 0) continue;
    let counts = fields.get(name);
    if (!counts) {
      if (fields.size >= mostFields) continue;
      counts = { items: 0, min: undefined, max: undefined, values: new Map() };
      fields.set(name, counts);
    }
    counts.items++;
    for (const each of values) countValue(counts, each);
  }
}

function countValue(counts: FieldCounts, value: Value): void {
  const { values } = counts;
  if (typeof value === 'number') {
    counts.min = Math.min(counts.min ?? value, value);
    counts.max = Math.max(counts.max ?? value, value);
  }
  const before = values.get(value);
  if (before !== undefined || values.size < mostValues) values.set(value, (before ?? 0) + 1);
}

function valuesOf(value: Json): Value[] {
  if (Array.isArray(value)) return [...new Set(value.slice(0, mostOfAList).flatMap(valuesOf))];
  return typeof value === 'object' ? [] : [value];
}
