/** What the whole catalogue holds, field by field: counted in one pass when it is asked for, again only after changes. */
import { setImmediate } from 'node:timers/promises';
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
/** A list of values counts for each of them. */
const mostOfAList = 50;

export class OverviewCache {
  readonly #catalog: Catalog;
  #known: Overview | undefined;
  #counting: Promise<Overview> | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** As of the latest change before the call, or newer. */
  async get(signal?: AbortSignal): Promise<Overview> {
    throwIfAborted(signal);
    if (this.#known?.seq === this.#catalog.info().seq) return this.#known;
    this.#counting ??= this.#count().finally(() => (this.#counting = undefined));
    return this.#counting;
  }

  async #count(): Promise<Overview> {
    const { seq } = this.#catalog.info();
    const fields = new Map<string, FieldCounts>();
    let newest: Item[] = [];
    let items = 0;
    for (let after = ''; ; await setImmediate()) {
      const page = this.#catalog.list({ limit: step, after });
      for (const item of page) countItem(fields, item);
      items += page.length;
      newest = [...newest, ...page].sort((a, b) => b.seq - a.seq).slice(0, mostRecent);
      const last = page.at(-1);
      if (!last) break;
      after = last.id;
    }
    this.#known = { seq, items, fields, recent: newest.map(({ id }) => id) };
    return this.#known;
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
