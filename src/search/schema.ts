// The tables of a catalogue, the steps from one version to the next, and the facts in its meta table.
import { randomUUID } from 'node:crypto';
import type { EmbeddingSpace } from '../core/embedder.ts';
import { AppError } from '../core/errors.ts';
import { type Connection, inTransaction } from './database.ts';
import type { Writer } from './writer-lock.ts';

/** 'WMAT' in the header of the SQLite file says that it is ours; user_version holds the format's version. */
const applicationId = 0x574d4154;

/**
 * Step i takes a catalogue from version i to i + 1. A published step is never edited.
 *
 * - `seq` in meta counts every change and never goes back, so a reader that knows one value can ask for what is newer.
 * - An item's `label` is the seq at which its embedding was written: the index knows an item by it. A new embedding gets
 *   a new label and leaves a tombstone for the old one; a change of anything else keeps the label, and the index as it is.
 * - Embeddings live in a table of their own, so that reading and filtering items does not read them.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE items (
    label        INTEGER PRIMARY KEY,
    seq          INTEGER NOT NULL,
    id           TEXT NOT NULL UNIQUE,
    product_id   TEXT,
    source       TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    bytes        INTEGER NOT NULL,
    modified_at  REAL NOT NULL,
    indexed_at   INTEGER NOT NULL,
    metadata     TEXT NOT NULL
  ) STRICT;
  CREATE INDEX items_content_hash ON items (content_hash);

  -- Float32, little-endian.
  CREATE TABLE embeddings (
    label  INTEGER PRIMARY KEY REFERENCES items (label) ON DELETE CASCADE,
    vector BLOB NOT NULL
  ) STRICT;

  CREATE TABLE tombstones (seq INTEGER PRIMARY KEY, label INTEGER NOT NULL) STRICT;

  CREATE TABLE failures (
    source  TEXT NOT NULL,
    id      TEXT NOT NULL,
    code    TEXT NOT NULL,
    message TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (source, id)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE INDEX items_product_id ON items (product_id);

  -- Fields of metadata that are indexed, by their JSON path, and the value that each item has there. Triggers keep them true, so that
  -- no statement has to be made for a field: names and paths are data.
  CREATE TABLE indexed_fields (field INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE field_values (
    field INTEGER NOT NULL REFERENCES indexed_fields (field) ON DELETE CASCADE,
    -- 0 null, 1 boolean, 2 number, 3 text, 4 list or object.
    kind  INTEGER NOT NULL,
    value ANY NOT NULL,
    label INTEGER NOT NULL REFERENCES items (label) ON DELETE CASCADE,
    PRIMARY KEY (field, kind, value, label)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX field_values_label ON field_values (label);
  CREATE VIEW current_field_values AS
    SELECT field, label,
      CASE json_type(metadata, path) WHEN 'null' THEN 0 WHEN 'true' THEN 1 WHEN 'false' THEN 1
        WHEN 'integer' THEN 2 WHEN 'real' THEN 2 WHEN 'text' THEN 3 ELSE 4 END AS kind,
      CASE json_type(metadata, path) WHEN 'true' THEN 1 WHEN 'text' THEN json_extract(metadata, path)
        WHEN 'integer' THEN CAST(json_extract(metadata, path) AS REAL)
        WHEN 'real' THEN CAST(json_extract(metadata, path) AS REAL) ELSE 0 END AS value
    FROM indexed_fields, items WHERE json_type(metadata, path) IS NOT NULL;
  CREATE TRIGGER field_values_of_new_item AFTER INSERT ON items BEGIN
    INSERT INTO field_values (field, kind, value, label)
      SELECT field, kind, value, label FROM current_field_values WHERE label = new.label;
  END;
  CREATE TRIGGER field_values_of_changed_item AFTER UPDATE OF metadata ON items BEGIN
    DELETE FROM field_values WHERE label = new.label;
    INSERT INTO field_values (field, kind, value, label)
      SELECT field, kind, value, label FROM current_field_values WHERE label = new.label;
  END;

  -- Pairs that somebody looked at and found to be different pictures. They hold for the bytes, whatever items have them.
  CREATE TABLE distinct_pairs (
    hash_a TEXT NOT NULL,
    hash_b TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (hash_a, hash_b),
    CHECK (hash_a <= hash_b)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- A picture that is no file of this machine is kept in the catalogue's folder; source is then 'catalog:' and its path below.
  ALTER TABLE items ADD COLUMN origin TEXT;
  ALTER TABLE items ADD COLUMN version TEXT;
  ALTER TABLE items ADD COLUMN collection TEXT;
  CREATE INDEX items_collection ON items (collection, id) WHERE collection IS NOT NULL;
  ALTER TABLE failures ADD COLUMN collection TEXT;

  -- What was indexed, and whether the latest run came to its end.
  CREATE TABLE collections (
    name         TEXT PRIMARY KEY,
    location     TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    completed_at INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What has changed since some change, so that the set of a filter can follow.
  CREATE INDEX items_seq ON items (seq);
  `,
];

export const formatVersion = migrations.length;

/** The number of the latest change. */
export const latestSeq = `SELECT value FROM meta WHERE key = 'seq'`;

export function seqOf(connection: Connection): number {
  return Number(connection.prepare(latestSeq).pluck().get());
}

/** What a catalogue is, fixed when it was made. */
export interface Identity {
  /** Tells this catalogue from any other, so that an index file copied from elsewhere is not taken for its own. */
  readonly uid: string;
  readonly space: EmbeddingSpace;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/**
 * 'ours', or 'empty' for a database that has nothing in it (what a kill during creation leaves). Throws CATALOG_INVALID for
 * somebody else's database and CATALOG_VERSION for a newer format.
 */
export function inspect(connection: Connection, directory: string): 'ours' | 'empty' {
  const id = connection.pragma('application_id', { simple: true });
  const version = versionOf(connection);
  const tables = connection.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (id === 0 && version === 0 && tables === 0) return 'empty';
  if (id !== applicationId) {
    throw new AppError(
      'CATALOG_INVALID',
      `expected a whymatch catalogue in ${directory}, but its catalog.db is another program’s database. Name another folder`,
      { details: { directory } },
    );
  }
  if (version > formatVersion) {
    throw new AppError(
      'CATALOG_VERSION',
      `expected a catalogue of format ${formatVersion} or older in ${directory}, received format ${version}. Update whymatch`,
      { details: { directory, version, supported: formatVersion } },
    );
  }
  return 'ours';
}

/** Makes the tables of a new catalogue, all at once or not at all. */
export function create(connection: Connection, space: EmbeddingSpace): void {
  // WAL first: it cannot be switched on inside a transaction.
  connection.pragma('journal_mode = WAL');
  inTransaction(connection, () => {
    migrateFrom(connection, 0);
    const facts = {
      uid: randomUUID(),
      model: space.model,
      fingerprint: space.fingerprint,
      dimension: space.dimension,
      created_at: Date.now(),
      seq: 0,
      pruned_seq: 0,
    };
    for (const [key, value] of Object.entries(facts)) setMeta(connection, key, value);
    connection.pragma(`application_id = ${applicationId}`);
  });
}

/** Brings an older catalogue to the current version. */
export function migrate(connection: Connection): void {
  connection.pragma('journal_mode = WAL');
  if (versionOf(connection) === formatVersion) return;
  inTransaction(connection, () => migrateFrom(connection, versionOf(connection)));
}

export function versionOf(connection: Connection): number {
  return Number(connection.pragma('user_version', { simple: true }));
}

function migrateFrom(connection: Connection, version: number): void {
  for (const step of migrations.slice(version)) connection.exec(step);
  connection.pragma(`user_version = ${formatVersion}`);
}

export function readIdentity(connection: Connection): Identity {
  return {
    uid: String(getMeta(connection, 'uid')),
    space: {
      model: String(getMeta(connection, 'model')),
      fingerprint: String(getMeta(connection, 'fingerprint')),
      dimension: Number(getMeta(connection, 'dimension')),
    },
    createdAt: Number(getMeta(connection, 'created_at')),
  };
}

/** Parameters of the index that somebody chose for this catalogue. */
export interface Tuning {
  readonly ef?: number;
  readonly m?: number;
  readonly efConstruction?: number;
}

export function readTuning(connection: Connection): Tuning {
  const value = getMeta(connection, 'tuning');
  return typeof value === 'string' ? (JSON.parse(value) as Tuning) : {};
}

export function writeTuning(connection: Connection, tuning: Tuning): void {
  setMeta(connection, 'tuning', JSON.stringify(tuning));
}

export function readWriter(connection: Connection): Writer | undefined {
  const value = getMeta(connection, 'writer');
  return typeof value === 'string' ? JSON.parse(value) : undefined;
}

export function writeWriter(connection: Connection, writer: Writer): void {
  setMeta(connection, 'writer', JSON.stringify(writer));
}

export function clearWriter(connection: Connection): void {
  connection.prepare(`DELETE FROM meta WHERE key = 'writer'`).run();
}

function getMeta(connection: Connection, key: string): unknown {
  return connection.prepare('SELECT value FROM meta WHERE key = ?').pluck().get(key);
}

function setMeta(connection: Connection, key: string, value: string | number): void {
  connection.prepare('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)').run(key, value);
}
