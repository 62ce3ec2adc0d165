// A catalogue: one folder with the items of one model's embedding space, durable, searchable, and watched for other processes' changes.
import type { EmbeddingSpace } from '../core/embedder.ts';
import type { Item, Json, NewItem } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import type { PictureBytes } from '../image/open.ts';
import { catalogError, inTransaction, withCatalogErrors } from './database.ts';
import { DistinctPairs } from './distinct-pairs.ts';
import { type Collection, Collections } from './collections.ts';
import { type Failure, FailureLog, type NewFailure } from './failure-log.ts';
import { parseFilter } from './filter.ts';
import { FieldIndexes } from './field-indexes.ts';
import { FilterSets } from './filter-sets.ts';
import type { Stamp } from './item-statements.ts';
import { dropPicture, keepPicture } from './kept-pictures.ts';
import { ItemStore, type StoredItem } from './item-store.ts';
import type { IndexSettings } from './index-settings.ts';
import { type IndexState, LiveIndex } from './live-index.ts';
import { bytesOnDisk, type CatalogParts, compactCatalog, type CompactReport } from './maintenance.ts';
import { type OpenDatabase, readOnlyError } from './open-database.ts';
import { findHits, type Hit, scanHits } from './ranking.ts';
import { formatVersion, type Identity, readTuning, type Tuning, writeTuning } from './schema.ts';
import { findSimilar, type PairOptions, type SimilarItems } from './similar-pairs.ts';
import { tidySnapshots } from './snapshot.ts';
import { closedError } from './saved-graph.ts';
import { requestOf, type SearchOptions, type SearchRequest } from './search-request.ts';
import { type TuneOptions, type TuneReport, tuneIndex } from './tune.ts';
import { checkVector, type SearchMethod } from './vector-index.ts';
import { verifyCatalog, type VerifyOptions, type VerifyReport } from './verify.ts';

export type { SearchOptions };

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
 * or CATALOG_INVALID where the disk or another process lets them down, and an Error after close().
 */
export class Catalog {
  readonly directory: string;
  readonly readonly: boolean;
  readonly #database: OpenDatabase;
  readonly #identity: Identity;
  readonly #items: ItemStore;
  readonly #failures: FailureLog;
  readonly #collections: Collections;
  readonly #fields: FieldIndexes;
  readonly #filters: FilterSets;
  readonly #distinct: DistinctPairs;
  readonly #index: LiveIndex;
  readonly #openedAt = Date.now();
  #closed = false;

  /** For openCatalog. */
  constructor(directory: string, database: OpenDatabase, identity: Identity, settings: IndexSettings) {
    const { uid, space } = identity;
    this.directory = directory;
    this.readonly = database.readonly;
    this.#database = database;
    this.#identity = identity;
    this.#items = new ItemStore(database.connection, { directory, dimension: space.dimension });
    this.#failures = new FailureLog(database.connection);
    this.#collections = new Collections(database.connection);
    this.#fields = new FieldIndexes(database.connection);
    this.#filters = new FilterSets(database.connection, this.#items, directory);
    this.#distinct = new DistinctPairs(database.connection);
    const { fingerprint, dimension } = space;
    const { m, efConstruction } = settings;
    const origin = { uid, fingerprint, dimension, m, efConstruction };
    this.#index = new LiveIndex(this.#items, { directory, isWriter: !this.readonly }, origin, settings);
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
    this.#write(() =>
      inTransaction(this.#database.connection, () => {
        this.#items.put(items);
        this.#failures.resolve(items);
      }),
    );
    this.#index.changed();
  }

  /** Returns how many of the ids were in the catalogue. */
  delete(ids: readonly string[]): number {
    return this.#write(() => this.#items.delete(ids));
  }

  get(id: string): Item | undefined {
    return this.#read(() => this.#items.get(id));
  }

  has(id: string): boolean {
    return this.#read(() => this.#items.labelOf(id) !== undefined);
  }

  /** (dimension) */
  embeddingOf(id: string): Float32Array | undefined {
    return this.#read(() => this.#items.embeddingOf(id));
  }

  /** A page of items in the order of their ids (compared as UTF-8): the first `limit` (100) after the id `after`. */
  list(options: { limit?: number; after?: string } = {}): Item[] {
    return this.#read(() => this.#items.list(options.limit ?? 100, options.after ?? ''));
  }

  /** Tells of an id whether a filter lets its item through, as of when the promise resolved or later. Throws FILTER_INVALID. */
  async matcher(filter: Json): Promise<(id: string) => boolean> {
    const parsed = parseFilter(filter);
    for (;;) {
      await this.#long(() => this.#filters.prepare(parsed));
      const labels = this.#read(() => this.#items.atOnce(() => this.#filters.current(parsed)));
      if (!labels) continue;
      return (id) => {
        const label = this.#read(() => this.#items.labelOf(id));
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
    return this.#read(() => this.#items.count());
  }

  /** An item of the same bytes, so that they need not be embedded again. */
  findByHash(contentHash: string): StoredItem | undefined {
    return this.#read(() => this.#items.findByHash(contentHash));
  }

  /** Whether an item has this very file, which may be a picture that the catalogue keeps. */
  needsPicture(file: Pick<Item, 'source' | 'contentHash'>): boolean {
    return this.#read(() => this.#items.needsPicture(file));
  }

  /** What was known of the item's file when it was indexed: unchanged files are not read again. */
  stamp(id: string): Stamp | undefined {
    return this.#read(() => this.#items.stamp(id));
  }

  /** Names of all metadata fields, sorted. Reads every item's metadata. */
  metadataFields(): string[] {
    return this.#read(() => this.#items.metadataFields());
  }

  /** Names of the metadata fields that have an index for filters. */
  indexedFields(): string[] {
    return this.#read(() => this.#fields.names());
  }

  /**
   * Makes filters on a metadata field quick, once and for all future items; filters find the same without it. A name is as in
   * filters. Returns false when there was nothing to do.
   */
  indexField(name: string): boolean {
    return this.#write(() => this.#fields.add(name));
  }

  /** Returns false when there was no such index. */
  dropFieldIndex(name: string): boolean {
    return this.#write(() => this.#fields.remove(name));
  }

  /** A second failure of the same source and id counts as its next attempt, whose number is returned. */
  recordFailure(failure: NewFailure): number {
    return this.#write(() => this.#failures.record(failure));
  }

  /** In the order of sources. */
  failures(): Failure[] {
    return this.#read(() => this.#failures.all());
  }

  /** Returns false when there was none. */
  clearFailure(source: string, id: string | null = null): boolean {
    return this.#write(() => this.#failures.clear(source, id));
  }

  /** Stores the file of a picture that is no file of this machine, for an item to be put; returns its path. */
  keepPicture(picture: PictureBytes): Promise<string> {
    this.#write(() => undefined);
    return keepPicture(this.directory, picture);
  }

  /** Removes the file of a picture that the catalogue keeps, and that no item needs any more. */
  async dropPicture(item: Pick<Item, 'source' | 'contentHash'>): Promise<void> {
    this.#write(() => undefined);
    await dropPicture(this, item);
  }

  /** The sources that were indexed, by name. */
  collections(): Collection[] {
    return this.#read(() => this.#collections.all());
  }

  /** How many items belong to a collection. */
  countOf(collection: string): number {
    return this.#read(() => this.#collections.count(collection));
  }

  /** Ids of a collection's items, in order: the first `limit` after `after`. */
  idsOf(collection: string, { limit, after }: { limit: number; after: string }): string[] {
    return this.#read(() => this.#collections.ids(collection, after, limit));
  }

  /** Notes that a collection is being indexed. Returns since when: a run that goes on after an interrupted one counts from that one's start. */
  beginRun(name: string, location: string): number {
    return this.#write(() => this.#collections.begin(name, location));
  }

  /** Notes that a run came to its end. */
  endRun(name: string): void {
    this.#write(() => this.#collections.end(name));
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
      if (!exact) await this.#long(() => this.#index.prepare());
      if (filter) await this.#long(() => this.#filters.prepare(filter));
      const result = this.#read(() => this.#items.atOnce(() => this.#searchNow(embedding, request)));
      if (result) return result;
    }
  }

  /**
   * Brings the index up to date and saves it, so that the next process starts at once. To be called at the end of a writing run; a
   * catalogue that is never saved works, and builds its index on the first search. Throws ABORTED when the signal fires.
   */
  async saveIndex(options: LongRunning = {}): Promise<void> {
    this.#write(() => undefined);
    await this.#long(() => this.#index.save(options));
  }

  /**
   * Checks everything that is stored, and how well the index finds it. Changes nothing; builds the index where there is no snapshot of
   * it. What is wrong is in the report, with what to do about it.
   */
  async verify(options: VerifyOptions = {}): Promise<VerifyReport> {
    return this.#long(() => verifyCatalog(this.#parts, options));
  }

  /**
   * Gives back the room of what was deleted or replaced: writes the database anew, drops the record of removals, and saves an index
   * without removed vectors; removes kept pictures that no item has, where an earlier process left them. Needs as much free disk space as the database has. Readers may go on meanwhile.
   */
  async compact(options: LongRunning = {}): Promise<CompactReport> {
    this.#write(() => undefined);
    return this.#long(() => compactCatalog(this.#parts, options));
  }

  /** Measures, with the catalogue's own embeddings, what the parameters of the index are worth. Changes nothing. Throws ABORTED. */
  async tune(options: TuneOptions = {}): Promise<TuneReport> {
    return this.#long(() => tuneIndex(this.#parts, options));
  }

  /** The parameters of the index that were chosen for this catalogue; what is absent is as everywhere. */
  tuning(): Tuning {
    return this.#read(() => readTuning(this.#database.connection));
  }

  /** Keeps parameters for whoever opens the catalogue from now on, but what is undefined. m and efConstruction count for the next graph. */
  keepTuning(tuning: { readonly [K in keyof Tuning]: Tuning[K] | undefined }): void {
    this.#write(() => {
      const given = Object.fromEntries(Object.entries(tuning).filter(([, value]) => value !== undefined));
      writeTuning(this.#database.connection, { ...this.tuning(), ...given });
    });
  }

  /** Builds the index anew from the stored embeddings, and saves it. */
  async rebuildIndex(options: LongRunning = {}): Promise<void> {
    this.#write(() => undefined);
    await this.#long(() => this.#index.rebuild(options));
  }

  /** Items of the same bytes, and pairs of others that look alike. Throws ABORTED. */
  async findSimilar(options: PairOptions): Promise<SimilarItems> {
    return this.#long(() => findSimilar(this.#parts, options));
  }

  /** Whether somebody found these pictures, named by their content hashes, to be different ones. */
  areDistinct(hash: string, other: string): boolean {
    return this.#read(() => this.#distinct.has(hash, other));
  }

  /** Remembers that they are, or (with false) no more. Returns false when nothing changed. */
  setDistinct(hash: string, other: string, distinct = true): boolean {
    return this.#write(() =>
      distinct ? this.#distinct.add(hash, other) : this.#distinct.remove(hash, other),
    );
  }

  info(): CatalogInfo {
    return this.#read(() => ({
      directory: this.directory,
      formatVersion,
      readonly: this.readonly,
      space: this.space,
      createdAt: this.#identity.createdAt,
      items: this.#items.count(),
      failures: this.#failures.count(),
      seq: this.#items.seq(),
      index: this.#index.state,
      bytes: bytesOnDisk(this.directory),
    }));
  }

  /** May be called twice. Searches and saves under way end with an Error. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#index.close();
    this.#filters.close();
    withCatalogErrors(this.directory, () => this.#database.close());
  }

  /** Undefined when the index or the filter has to be prepared first. */
  #searchNow(embedding: Float32Array, request: SearchRequest): SearchResult | undefined {
    const { exact, filter, excluded } = request;
    const index = exact ? undefined : this.#index.current();
    if (!exact && !index) return undefined;
    const start = performance.now();
    const matching = filter && this.#filters.current(filter);
    if (filter && !matching) return undefined;
    const query = { ...request, embedding, matching, exclude: this.#labelsOf(excluded) };
    const found = index ? findHits(this.#items, index, query) : scanHits(this.#items, query);
    return {
      ...found,
      // Counting a million rows takes longer than searching them.
      matching: matching?.size ?? index?.size ?? this.#items.count(),
      elapsedMs: performance.now() - start,
    };
  }

  get #parts(): CatalogParts {
    const { connection } = this.#database;
    const openedAt = this.#openedAt;
    return { directory: this.directory, openedAt, connection, items: this.#items, index: this.#index };
  }

  #labelsOf(ids: Iterable<string>): Set<number> {
    const labels = new Set<number>();
    for (const id of ids) {
      const label = this.#items.labelOf(id);
      if (label !== undefined) labels.add(label);
    }
    return labels;
  }

  #read<T>(work: () => T): T {
    if (this.#closed) throw closedError();
    return withCatalogErrors(this.directory, work);
  }

  #write<T>(work: () => T): T {
    if (this.readonly && !this.#closed) throw readOnlyError(this.directory);
    return this.#read(work);
  }

  async #long<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw closedError();
    try {
      return await work();
    } catch (error) {
      throw catalogError(this.directory, error);
    }
  }
}
