// The rows of a catalogue: items, their embeddings, and the record of changes from which an index catches up.
import { AppError } from '../core/errors.ts';
import type { Item, NewItem } from '../core/item.ts';
import { norm } from '../core/vector.ts';
import { type Connection, inTransaction } from './database.ts';
import { decodeEmbedding, encodeEmbedding } from './embedding-blob.ts';
import { itemOf, type ItemRow, prepareItemStatements, storedSource, valuesOf } from './item-statements.ts';

export interface LabelledEmbedding {
  readonly label: number;
  readonly embedding: Float32Array;
}

export interface StoredItem {
  readonly item: Item;
  readonly embedding: Float32Array;
}

export class ItemStore {
  readonly #connection: Connection;
  readonly #dimension: number;
  readonly #directory: string;
  readonly #sql: ReturnType<typeof prepareItemStatements>;

  /** directory: the catalogue's. */
  constructor(connection: Connection, { directory, dimension }: { directory: string; dimension: number }) {
    this.#connection = connection;
    this.#directory = directory;
    this.#dimension = dimension;
    this.#sql = prepareItemStatements(connection);
  }

  /** Everything that `work` reads is of one moment, whatever other processes write meanwhile. */
  atOnce<T>(work: () => T): T {
    return this.#connection.transaction(work).deferred();
  }

  /** Adds or replaces by id; all or none. */
  put(items: readonly NewItem[]): void {
    this.#change((next) => {
      for (const item of items) this.#putOne(item, next);
    });
  }

  /** Returns how many of the ids there were. */
  delete(ids: readonly string[]): number {
    return this.#change((next) => {
      let deleted = 0;
      for (const id of ids) {
        const label = this.labelOf(id);
        if (label === undefined) continue;
        this.#bury(label, next);
        deleted++;
      }
      return deleted;
    });
  }

  get(id: string): Item | undefined {
    const row = this.#sql.byId.get(id);
    return row && this.#itemOf(row);
  }

  byLabel(label: number): Item | undefined {
    const row = this.#sql.byLabel.get(label);
    return row && this.#itemOf(row);
  }

  /** In the order of ids, from the first after `after`. */
  list(limit: number, after: string): Item[] {
    return this.#sql.list.all(after, limit).map((row) => this.#itemOf(row));
  }

  count(): number {
    return this.#sql.count.get() ?? 0;
  }

  /** In the time that looking at so many rows takes. */
  hasMoreThan(count: number): boolean {
    return this.#sql.afterSoMany.get(count) !== undefined;
  }

  /** Of all items, in order. */
  labels(): number[] {
    return this.#sql.labels.all();
  }

  labelOf(id: string): number | undefined {
    return this.#sql.labelOf.get(id);
  }

  /** Of those that are in the catalogue. */
  labelsOf(ids: Iterable<string>): Set<number> {
    const labels = new Set<number>();
    for (const id of ids) {
      const label = this.labelOf(id);
      if (label !== undefined) labels.add(label);
    }
    return labels;
  }

  embeddingOf(id: string): Float32Array | undefined {
    const row = this.#sql.vectorOfId.get(id);
    return row && decodeEmbedding(row.vector);
  }

  /** Of a label: what ranking needs, without the rest of the row. */
  ranked(label: number): { id: string; productId: string | null; embedding: Float32Array } | undefined {
    const row = this.#sql.vectorOfLabel.get(label);
    return row && { id: row.id, productId: row.productId, embedding: decodeEmbedding(row.vector) };
  }

  /** Null where the item has no product, or there is none of that label. */
  productOf(label: number): string | null {
    return this.#sql.productOf.get(label) ?? null;
  }

  findByHash(contentHash: string): StoredItem | undefined {
    const row = this.#sql.byHash.get(contentHash);
    return row && { item: this.#itemOf(row), embedding: decodeEmbedding(row.vector) };
  }

  /** Whether an item has this very file. */
  needsPicture({ source, contentHash }: Pick<Item, 'source' | 'contentHash'>): boolean {
    return this.#sql.needsPicture.get(contentHash, storedSource(source, this.#directory)) !== undefined;
  }

  metadataFields(): string[] {
    return this.#sql.metadataFields.all();
  }

  /** The number of the latest change. */
  seq(): number {
    return this.#sql.seq.get() ?? 0;
  }

  /** Tombstones up to this seq have been dropped: an index that is older cannot catch up. */
  prunedSeq(): number {
    return this.#sql.prunedSeq.get() ?? 0;
  }

  /** In the order of labels. */
  embeddingsAfter(label: number, limit: number): LabelledEmbedding[] {
    const rows = this.#sql.vectorsAfter.all(label, limit);
    return rows.map((row) => ({ label: row.label, embedding: decodeEmbedding(row.vector) }));
  }

  *embeddings(): Generator<LabelledEmbedding> {
    for (const row of this.#sql.vectorsAfter.iterate(0, -1)) {
      yield { label: row.label, embedding: decodeEmbedding(row.vector) };
    }
  }

  /** Of these labels; those that there are not are left out. */
  *embeddingsOf(labels: Iterable<number>): Generator<LabelledEmbedding> {
    for (const label of labels) {
      const vector = this.#sql.vector.get(label);
      if (vector) yield { label, embedding: decodeEmbedding(vector) };
    }
  }

  /** Labels that were removed after the given change. */
  removedAfter(seq: number): number[] {
    return this.#sql.removedAfter.all(seq);
  }

  /** The first `limit` removals after the given change, in order. */
  removalsAfter(seq: number, limit: number): { seq: number; label: number }[] {
    return this.#sql.removalsAfter.all(seq, limit);
  }

  /** Drops the tombstones that nobody needs who starts from a snapshot at `seq`. */
  pruneTombstones(seq: number): void {
    if (seq <= this.prunedSeq()) return;
    this.#change(() => {
      this.#sql.prune.run(seq);
      this.#sql.setPrunedSeq.run(seq);
    });
  }

  #itemOf(row: ItemRow): Item {
    return itemOf(row, this.#directory);
  }

  #putOne(item: NewItem, next: () => number): void {
    this.#check(item);
    const vector = encodeEmbedding(item.embedding);
    const old = this.#sql.vectorOfId.get(item.id);
    if (old && old.vector.equals(vector)) {
      this.#sql.update.run({ ...valuesOf(item, this.#directory), seq: next(), label: old.label });
      return;
    }
    if (old) this.#bury(old.label, next);
    const label = next();
    this.#sql.insert.run({ ...valuesOf(item, this.#directory), seq: label, label });
    this.#sql.insertVector.run(label, vector);
  }

  #bury(label: number, next: () => number): void {
    this.#sql.insertTombstone.run(next(), label);
    this.#sql.delete.run(label);
  }

  /** A transaction in which `next` hands out the numbers of its changes. */
  #change<T>(work: (next: () => number) => T): T {
    return inTransaction(this.#connection, () => {
      const before = this.seq();
      let seq = before;
      const result = work(() => ++seq);
      if (seq !== before) this.#sql.setSeq.run(seq);
      return result;
    });
  }

  #check(item: NewItem): void {
    if (item.id === '') {
      throw new AppError(
        'ITEM_INVALID',
        `expected an id for ${item.source}, received an empty one. Give it an id`,
      );
    }
    const { length } = item.embedding;
    if (length !== this.#dimension) {
      throw new RangeError(
        `expected an embedding of ${this.#dimension} values for item ${item.id}, received ${length}`,
      );
    }
    const size = norm(item.embedding);
    // The negated form refuses NaN too.
    if (size !== 0 && !(Math.abs(size - 1) < 1e-3)) {
      throw new RangeError(
        `expected an embedding of length 1 (or all zero) for item ${item.id}, received length ${size}`,
      );
    }
  }
}
