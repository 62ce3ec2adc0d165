// A catalogue: one folder with the items of one model's embedding space, durable, searchable, and watched for other processes' changes.
import type { EmbeddingSpace } from '../core/embedder.ts';
import type { Item, Json, NewItem } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import { Access } from './access.ts';
import { Collections } from './collections.ts';
import { inTransaction } from './database.ts';
import { DistinctPairs } from './distinct-pairs.ts';
import { FailureLog } from './failure-log.ts';
import { FieldIndexes } from './field-indexes.ts';
import { parseFilter } from './filter.ts';
import { FilterSets } from './filter-sets.ts';
import type { IndexSettings } from './index-settings.ts';
import { ItemStore, type StoredItem } from './item-store.ts';
import { KeptPictures } from './kept-pictures.ts';
import { type IndexState, LiveIndex } from './live-index.ts';
import { bytesOnDisk, type CatalogParts, compactCatalog, type CompactReport } from './maintenance.ts';
import type { OpenDatabase } from './open-database.ts';
import { findHits, scanHits } from './ranking.ts';
import { formatVersion, type Identity } from './schema.ts';
import { findSimilar, type PairOptions, type SimilarItems } from './similar-pairs.ts';
import { tidySnapshots } from './snapshot.ts';
import { requestOf, type SearchOptions, type SearchRequest, type SearchResult } from './search-request.ts';
import { IndexTuning } from './tune.ts';
import { checkVector } from './vector-index.ts';
import { verifyCatalog, type VerifyOptions, type VerifyReport } from './verify.ts';

export type { SearchOptions, SearchResult };

export interface CatalogInfo {
  readonly directory: string;
  readonly formatVersion: number;
  readonly readonly: boolean;
  readonly space: EmbeddingSpace;
  readonly createdAt: number;
  readonly items: number;
  readonly failures: number;
  /** Number of the latest change. */
  readonly seq: number;
  readonly index: IndexState;
  /** On disk. */
  readonly bytes: { readonly database: number; readonly index: number };
}

/**
 * What returned from a writing method is committed, and survives a kill and a power cut. Methods throw CATALOG_READ_ONLY, CATALOG_BUSY
 * or CATALOG_INVALID where the disk or another process lets them down, and an Error after close(). All of this holds for its parts too.
 */
export class Catalog {
  readonly directory: string;
  readonly readonly: boolean;
  /** The sources that were indexed. */
  readonly collections: Collections;
  /** Pictures that somebody found to be different ones. */
  readonly distinctPairs: DistinctPairs;
  /** What could not be indexed. */
  readonly failures: FailureLog;
  /** Metadata fields on which filters are quick. */
  readonly fieldIndexes: FieldIndexes;
  /** The files of pictures that are no files of this machine. */
  readonly pictures: KeptPictures;
  /** What the parameters of the index are worth here, and which were chosen. */
  readonly tuning: IndexTuning;
  readonly #access: Access;
  readonly #database: OpenDatabase;
  readonly #identity: Identity;
  readonly #items: ItemStore;
  readonly #filters: FilterSets;
  readonly #index: LiveIndex;
  readonly #parts: CatalogParts;

  /** For openCatalog. */
  constructor(directory: string, database: OpenDatabase, identity: Identity, settings: IndexSettings) {
    const { uid, space } = identity;
    const { connection } = database;
    const access = new Access(directory, database);
    this.directory = directory;
    this.readonly = database.readonly;
    this.#database = database;
    this.#identity = identity;
    this.#access = access;
    this.#items = new ItemStore(connection, { directory, dimension: space.dimension });
    this.#filters = new FilterSets(connection, this.#items, directory);
    this.collections = new Collections(connection, access);
    this.distinctPairs = new DistinctPairs(connection, access);
    this.failures = new FailureLog(connection, access);
    this.fieldIndexes = new FieldIndexes(connection, access);
    this.pictures = new KeptPictures(this.#items, access);
    const { fingerprint, dimension } = space;
    const { m, efConstruction } = settings;
    const origin = { uid, fingerprint, dimension, m, efConstruction };
    this.#index = new LiveIndex(this.#items, { directory, isWriter: !this.readonly }, origin, settings);
    this.#parts = { directory, connection, items: this.#items, index: this.#index, pictures: this.pictures };
    this.tuning = new IndexTuning(this.#parts, access);
    if (!this.readonly) tidySnapshots(directory, this.#items.seq());
  }

  /** The model's space in which the embeddings live. */
  get space(): EmbeddingSpace {
    return this.#identity.space;
  }

  /**
   * Adds items, or replaces those of the same id, all of them or (when it throws) none; the last of equal ids counts. An item that
   * is in the catalogue is no failure any more. Throws ITEM_INVALID for an empty id, and RangeError for an embedding of another dimension or not of length 1.
   */
  put(items: readonly NewItem[]): void {
    this.#access.writing(() =>
      inTransaction(this.#database.connection, () => {
        this.#items.put(items);
        this.failures.resolve(items);
      }),
    );
    this.#index.changed();
  }

  /** Returns how many of the ids were in the catalogue. */
  delete(ids: readonly string[]): number {
    return this.#access.writing(() => this.#items.delete(ids));
  }

  get(id: string): Item | undefined {
    return this.#access.reading(() => this.#items.get(id));
  }

  has(id: string): boolean {
    return this.#access.reading(() => this.#items.labelOf(id) !== undefined);
  }

  /** (dimension) */
  embeddingOf(id: string): Float32Array | undefined {
    return this.#access.reading(() => this.#items.embeddingOf(id));
  }

  /** A page of items in the order of their ids (compared as UTF-8): the first `limit` (100) after the id `after`. */
  list(options: { limit?: number; after?: string } = {}): Item[] {
    return this.#access.reading(() => this.#items.list(options.limit ?? 100, options.after ?? ''));
  }

  /** Tells of an id whether a filter lets its item through, as of when the promise resolved or later. Throws FILTER_INVALID. */
  async matcher(filter: Json): Promise<(id: string) => boolean> {
    const parsed = parseFilter(filter);
    for (;;) {
      await this.#access.longReading(() => this.#filters.prepare(parsed));
      const labels = this.#access.reading(() => this.#items.atOnce(() => this.#filters.current(parsed)));
      if (!labels) continue;
      return (id) => {
        const label = this.#access.reading(() => this.#items.labelOf(id));
        return label !== undefined && labels.has(label);
      };
    }
  }

  /** All items in the order of their ids, read page by page: changes meanwhile may or may not be seen. */
  *items(): Generator<Item> {
    for (let after = ''; ;) {
      const page = this.list({ limit: 500, after });
      yield* page;
      const last = page.at(-1);
      if (!last) return;
      after = last.id;
    }
  }

  /** All items with their embeddings, in the same way. */
  *entries(): Generator<StoredItem> {
    for (const item of this.items()) {
      const embedding = this.embeddingOf(item.id);
      if (embedding) yield { item, embedding };
    }
  }

  count(): number {
    return this.#access.reading(() => this.#items.count());
  }

  /** An item of the same bytes, so that they need not be embedded again. */
  findByHash(contentHash: string): StoredItem | undefined {
    return this.#access.reading(() => this.#items.findByHash(contentHash));
  }

  /** Names of all metadata fields, sorted. Reads every item's metadata. */
  metadataFields(): string[] {
    return this.#access.reading(() => this.#items.metadataFields());
  }

  /**
   * The items nearest to an embedding of the catalogue's model; fewer than k only where the catalogue has fewer that fit the
   * options. The result is of one moment, and includes what other processes wrote before it. Throws FILTER_INVALID, and RangeError for
   * an unusable embedding or number.
   */
  async search(embedding: Float32Array, options: SearchOptions = {}): Promise<SearchResult> {
    checkVector(embedding, this.space.dimension);
    const request = requestOf(options);
    const { exact, filter } = request;
    for (;;) {
      if (!exact) await this.#access.longReading(() => this.#index.prepare());
      if (filter) await this.#access.longReading(() => this.#filters.prepare(filter));
      const result = this.#access.reading(() =>
        this.#items.atOnce(() => this.#searchNow(embedding, request)),
      );
      if (result) return result;
    }
  }

  /**
   * Brings the index up to date and saves it, so that the next process starts at once. To be called at the end of a writing run; a
   * catalogue that is never saved works, and builds its index on the first search. Throws ABORTED when the signal fires.
   */
  async saveIndex(options: LongRunning = {}): Promise<void> {
    await this.#access.longWriting(() => this.#index.save(options));
  }

  /**
   * Checks everything that is stored, and how well the index finds it. Changes nothing; builds the index where there is no snapshot of
   * it. What is wrong is in the report, with what to do about it.
   */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return this.#access.longReading(() => verifyCatalog(this.#parts, options));
  }

  /**
   * Gives back the room of what was deleted or replaced: writes the database anew, drops the record of removals, and saves an index
   * without removed vectors; removes kept pictures that no item has, where an earlier process left them. Needs as much free disk space as the database has. Readers may go on meanwhile.
   */
  async compact(options: LongRunning = {}): Promise<CompactReport> {
    return this.#access.longWriting(() => compactCatalog(this.#parts, options));
  }

  /** Builds the index anew from the stored embeddings, and saves it. */
  async rebuildIndex(options: LongRunning = {}): Promise<void> {
    await this.#access.longWriting(() => this.#index.rebuild(options));
  }

  /** Items of the same bytes, and pairs of others that look alike. Throws ABORTED. */
  async findSimilar(options: PairOptions): Promise<SimilarItems> {
    return this.#access.longReading(() => findSimilar(this.#parts, options));
  }

  info(): CatalogInfo {
    return this.#access.reading(() => ({
      directory: this.directory,
      formatVersion,
      readonly: this.readonly,
      space: this.space,
      createdAt: this.#identity.createdAt,
      items: this.#items.count(),
      failures: this.failures.count(),
      seq: this.#items.seq(),
      index: this.#index.state,
      bytes: bytesOnDisk(this.directory),
    }));
  }

  /** May be called twice. Searches and saves under way end with an Error. */
  close(): void {
    this.#access.close(() => {
      this.#index.close();
      this.#filters.close();
      this.#database.close();
    });
  }

  /** Undefined when the index or the filter has to be prepared first. */
  #searchNow(embedding: Float32Array, request: SearchRequest): SearchResult | undefined {
    const { exact, filter, excluded } = request;
    const index = exact ? undefined : this.#index.current();
    if (!exact && !index) return undefined;
    const start = performance.now();
    const matching = filter && this.#filters.current(filter);
    if (filter && !matching) return undefined;
    const query = { ...request, embedding, matching, exclude: this.#items.labelsOf(excluded) };
    const found = index ? findHits(this.#items, index, query) : scanHits(this.#items, query);
    return {
      ...found,
      // Counting a million rows takes longer than searching them.
      matching: matching?.size ?? index?.size ?? this.#items.count(),
      elapsedMs: performance.now() - start,
    };
  }
}
