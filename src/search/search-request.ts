// What a caller may ask of a search, checked once before any work.
import type { Json } from '../core/item.ts';
import { type Filter, parseFilter } from './filter.ts';
import type { Hit, HitQuery } from './ranking.ts';
import { checkK, type SearchMethod } from './vector-index.ts';

export interface SearchOptions {
  /** Hits wanted; 10 unless given. */
  readonly k?: number | undefined;
  /** Compare with every row, past the index: slow, and the measure of all else. */
  readonly exact?: boolean | undefined;
  /** Candidates the index keeps while it searches; at least 100 and twice what is asked of it, unless given. */
  readonly ef?: number | undefined;
  /** Ids that must not be among the hits, such as the query's own. */
  readonly exclude?: Iterable<string> | undefined;
  /** Only items that this lets through, such as {"category": "shoes", "price": {"lt": 50}}: docs/filters.md has the grammar. */
  readonly filter?: Json | undefined;
  /** Leaves out so many of the best: the next page is that of offset k. */
  readonly offset?: number | undefined;
  /** Only hits of this score or better. */
  readonly minScore?: number | undefined;
  /** Of every product only its best picture, so that k counts products. */
  readonly groupBy?: 'product' | undefined;
  /**
   * 0 to 1: how much unlikeness to the hits before it counts against a hit's own score (maximal marginal relevance). At 0, the
   * default, the order is that of the scores.
   */
  readonly diversity?: number | undefined;
}

export interface SearchResult {
  /** Best first, equal scores by id. */
  readonly hits: readonly Hit[];
  /** exact: these are the nearest, for certain. hnsw: nearly always. */
  readonly method: SearchMethod;
  /** Items that the filter lets through; all of them without one. */
  readonly matching: number;
  /** Milliseconds for the search itself, without building or loading an index before the first. */
  readonly elapsedMs: number;
}

/** The options with their defaults, before ids are looked up as labels. */
export interface SearchRequest extends Omit<HitQuery, 'embedding' | 'exclude' | 'matching'> {
  readonly exact: boolean;
  readonly filter: Filter | undefined;
  readonly excluded: readonly string[];
}

/** Throws FILTER_INVALID and RangeError. */
export function requestOf(options: SearchOptions): SearchRequest {
  const { k = 10, offset = 0, minScore = -Infinity, diversity = 0, exact = false, filter, ef } = options;
  checkK(k);
  if (!Number.isInteger(offset) || offset < 0) {
    throw new RangeError(`expected an offset that is a whole number from 0 up, received ${offset}`);
  }
  if (Number.isNaN(minScore)) throw new RangeError('expected a minScore that is a number, received NaN');
  if (!(diversity >= 0 && diversity <= 1)) {
    throw new RangeError(`expected a diversity from 0 to 1, received ${diversity}`);
  }
  return {
    k,
    offset,
    minScore,
    diversity,
    exact,
    ef,
    byProduct: options.groupBy === 'product',
    filter: filter === undefined ? undefined : parseFilter(filter),
    excluded: [...(options.exclude ?? [])],
  };
}
