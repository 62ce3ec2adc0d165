// Every SQL statement on items, embeddings and tombstones, and the shapes of their rows.
import path from 'node:path';
import type { Item, Metadata, NewItem } from '../core/item.ts';
import type { Connection, Statement } from './database.ts';
import { latestSeq } from './schema.ts';

/** What tells whether a file has changed since it was indexed. */
export interface VectorRow {
  readonly label: number;
  readonly vector: Buffer;
}

export interface ItemRow extends Omit<Item, 'metadata'> {
  readonly metadata: string;
}

/** A row as an item of the catalogue in `directory`. */
export function itemOf(row: ItemRow, directory: string): Item {
  const metadata: Metadata = JSON.parse(row.metadata);
  return {
    id: row.id,
    productId: row.productId,
    source: absolute(row.source, directory),
    origin: row.origin,
    version: row.version,
    collection: row.collection,
    contentHash: row.contentHash,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    modifiedAt: row.modifiedAt,
    metadata,
    seq: row.seq,
    indexedAt: row.indexedAt,
  };
}

export interface ItemValues extends Omit<Item, 'metadata'> {
  readonly metadata: string;
  readonly label: number;
}

export function valuesOf(item: NewItem, directory: string): Omit<ItemValues, 'seq' | 'label'> {
  const { embedding: _, metadata, ...rest } = item;
  return {
    ...rest,
    source: storedSource(item.source, directory),
    origin: item.origin ?? null,
    version: item.version ?? null,
    collection: item.collection ?? null,
    metadata: JSON.stringify(metadata),
    indexedAt: Date.now(),
  };
}

/** Pictures in the catalogue's own folder move with it. */
const own = 'catalog:';

/** A source as a row has it. */
export function storedSource(source: string, directory: string): string {
  if (!source.startsWith(directory + path.sep)) return source;
  return own + source.slice(directory.length + 1).replaceAll(path.sep, '/');
}

function absolute(source: string, directory: string): string {
  return source.startsWith(own) ? path.join(directory, source.slice(own.length)) : source;
}

const itemColumns = `items.id, product_id AS productId, source, origin, version, collection, content_hash AS contentHash, width, height, bytes,
  modified_at AS modifiedAt, metadata, seq, indexed_at AS indexedAt`;

export function prepareItemStatements(connection: Connection) {
  const prepare = <Values extends unknown[], Row = unknown>(sql: string): Statement<Values, Row> =>
    connection.prepare<Values, Row>(sql);
  return {
    seq: prepare<[], number>(latestSeq).pluck(),
    setSeq: prepare<[number]>(`UPDATE meta SET value = ? WHERE key = 'seq'`),
    prunedSeq: prepare<[], number>(`SELECT value FROM meta WHERE key = 'pruned_seq'`).pluck(),
    setPrunedSeq: prepare<[number]>(`UPDATE meta SET value = ? WHERE key = 'pruned_seq'`),

    insert: prepare<[ItemValues]>(`
      INSERT INTO items (label, seq, id, product_id, source, origin, version, collection, content_hash, width, height, bytes,
        modified_at, indexed_at, metadata)
      VALUES (@label, @seq, @id, @productId, @source, @origin, @version, @collection, @contentHash, @width, @height, @bytes,
        @modifiedAt, @indexedAt, @metadata)`),
    update: prepare<[ItemValues]>(`
      UPDATE items SET seq = @seq, product_id = @productId, source = @source, origin = @origin, version = @version,
        collection = @collection, content_hash = @contentHash, width = @width,
        height = @height, bytes = @bytes, modified_at = @modifiedAt, indexed_at = @indexedAt, metadata = @metadata
      WHERE label = @label AND id = @id`),
    delete: prepare<[number]>('DELETE FROM items WHERE label = ?'),
    insertVector: prepare<[number, Buffer]>('INSERT INTO embeddings (label, vector) VALUES (?, ?)'),
    insertTombstone: prepare<[number, number]>('INSERT INTO tombstones (seq, label) VALUES (?, ?)'),
    prune: prepare<[number]>('DELETE FROM tombstones WHERE seq <= ?'),

    byId: prepare<[string], ItemRow>(`SELECT ${itemColumns} FROM items WHERE id = ?`),
    byLabel: prepare<[number], ItemRow>(`SELECT ${itemColumns} FROM items WHERE label = ?`),
    byHash: prepare<[string], ItemRow & VectorRow>(
      `SELECT ${itemColumns}, vector FROM items JOIN embeddings USING (label) WHERE content_hash = ? LIMIT 1`,
    ),
    needsPicture: prepare<[string, string], number>(
      'SELECT 1 FROM items WHERE content_hash = ? AND source = ? LIMIT 1',
    ).pluck(),
    list: prepare<[string, number], ItemRow>(
      `SELECT ${itemColumns} FROM items WHERE id > ? ORDER BY id LIMIT ?`,
    ),
    count: prepare<[], number>('SELECT count(*) FROM items').pluck(),
    afterSoMany: prepare<[number], number>('SELECT 1 FROM items LIMIT 1 OFFSET ?').pluck(),
    labelOf: prepare<[string], number>('SELECT label FROM items WHERE id = ?').pluck(),
    metadataFields: prepare<[], string>(
      'SELECT DISTINCT field.key FROM items, json_each(items.metadata) AS field ORDER BY field.key',
    ).pluck(),

    vectorOfId: prepare<[string], VectorRow>(
      'SELECT label, vector FROM items JOIN embeddings USING (label) WHERE id = ?',
    ),
    vectorOfLabel: prepare<[number], VectorRow & { id: string; productId: string | null }>(
      'SELECT label, id, product_id AS productId, vector FROM items JOIN embeddings USING (label) WHERE label = ?',
    ),
    labels: prepare<[], number>('SELECT label FROM items ORDER BY label').pluck(),
    vector: prepare<[number], Buffer>('SELECT vector FROM embeddings WHERE label = ?').pluck(),
    productOf: prepare<[number], string | null>('SELECT product_id FROM items WHERE label = ?').pluck(),
    vectorsAfter: prepare<[number, number], VectorRow>(
      'SELECT label, vector FROM embeddings WHERE label > ? ORDER BY label LIMIT ?',
    ),
    removalsAfter: prepare<[number, number], { seq: number; label: number }>(
      'SELECT seq, label FROM tombstones WHERE seq > ? ORDER BY seq LIMIT ?',
    ),
    removedAfter: prepare<[number], number>(
      'SELECT label FROM tombstones WHERE seq > ? ORDER BY seq',
    ).pluck(),
  };
}
