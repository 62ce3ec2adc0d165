/** Queries that explanations may still be asked about. */
import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { AppError } from '../core/errors.ts';
import type { Catalog } from '../search/catalog.ts';
import { isWhole, type QuerySource, sourceOfItem } from './examined.ts';

const itemPrefix = 'item:';

/** Sources of each query; what was sent longest ago, and not asked about since, is forgotten first. */
export class QueryMemory {
  readonly #catalog: Catalog;
  readonly #queries: LRUCache<string, readonly QuerySource[]>;

  constructor(catalog: Catalog, maxBytes: number) {
    this.#catalog = catalog;
    this.#queries = new LRUCache({ maxSize: maxBytes, sizeCalculation: memoryOf });
  }

  get count(): number {
    return this.#queries.size;
  }

  /** An id that nobody can guess; `item:ID` for an item as it is, which need not be remembered. */
  remember(sources: readonly QuerySource[]): string {
    const [only, ...others] = sources;
    if (only && others.length === 0 && isPlainItem(only)) return `${itemPrefix}${only.item}`;
    const id = `q_${randomBytes(16).toString('base64url')}`;
    this.#queries.set(id, sources);
    return id;
  }

  /** Throws QUERY_GONE, ITEM_NOT_FOUND. */
  sourcesOf(id: string): readonly QuerySource[] {
    if (id.startsWith(itemPrefix)) {
      const item = this.#catalog.get(id.slice(itemPrefix.length));
      if (!item)
        throw new AppError('ITEM_NOT_FOUND', `the catalogue has no item "${id.slice(itemPrefix.length)}"`);
      return [sourceOfItem(item)];
    }
    const sources = this.#queries.get(id);
    if (sources) return sources;
    throw new AppError('QUERY_GONE', 'the server has forgotten this query; search again');
  }

  /** Throws USAGE for a picture that the query does not have, and what sourcesOf throws. */
  source(id: string, picture: number): QuerySource {
    const sources = this.sourcesOf(id);
    const source = sources[picture];
    if (source) return source;
    throw new AppError(
      'USAGE',
      `expected a picture from 0 to ${sources.length - 1} of the query, received ${picture}`,
    );
  }
}

const isPlainItem = (source: QuerySource): boolean => source.item !== undefined && isWhole(source);

function memoryOf(sources: readonly QuerySource[]): number {
  return sources.reduce((sum, { file }) => sum + 1024 + (file?.bytes.length ?? 0), 0);
}
