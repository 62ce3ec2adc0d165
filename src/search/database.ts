// One connection to a catalogue's SQLite file: how it is opened, what is durable when, and what its errors mean to a user.
import { createRequire } from 'node:module';
import Database from 'better-sqlite3';
import { AppError, type ErrorCode } from '../core/errors.ts';

export type Connection = Database.Database;

/** What we use of a prepared statement; a declaration file cannot name better-sqlite3's own type. */
export interface Statement<Values extends unknown[], Row = unknown> {
  run(...values: Values): Database.RunResult;
  get(...values: Values): Row | undefined;
  all(...values: Values): Row[];
  iterate(...values: Values): IterableIterator<Row>;
  pluck(): this;
}

export type SqliteError = InstanceType<typeof Database.SqliteError>;

/** How long a statement waits for another process, in milliseconds. Readers and the writer do not block each other in WAL. */
const busyTimeout = 5000;

/**
 * synchronous=FULL: a commit returns after the write-ahead log has reached the disk, so what was acknowledged survives a kill
 * and a power cut. It costs one fsync a batch.
 */
export function openForWriting(file: string): Connection {
  const connection = new Database(file, { timeout: busyTimeout });
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  connection.pragma('cache_size = -65536');
  return connection;
}

export function openForReading(file: string): Connection {
  return new Database(file, { readonly: true, fileMustExist: true, timeout: busyTimeout });
}

/** For a lock that is had at once or not at all. */
export function openWithoutWaiting(file: string): Connection {
  return new Database(file, { timeout: 0 });
}

/**
 * Closes a connection that wrote. The last one to close turns the write-ahead log off, which leaves one ordinary file: only such
 * a file can be read from a folder that cannot be written. While others still read, the log stays.
 */
export function closeAfterWriting(connection: Connection): void {
  try {
    connection.pragma('busy_timeout = 0');
    connection.pragma('wal_checkpoint(TRUNCATE)');
    connection.pragma('journal_mode = DELETE');
  } catch {
    // Somebody reads, or the disk is full. Everything committed is in the log, and the next writer tidies up.
  } finally {
    connection.close();
  }
}

/** Runs `work` in a write transaction: all of it is done, or (when it throws) none. May be nested. */
export function inTransaction<T>(connection: Connection, work: () => T): T {
  return connection.transaction(work).immediate();
}

/** Runs `work`, and turns what SQLite throws into an AppError that says what to do about the catalogue in `directory`. */
export function withCatalogErrors<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw catalogError(directory, error);
  }
}

export function catalogError(directory: string, error: unknown): unknown {
  if (!isSqliteError(error)) return error;
  const meaning = meanings.find(([pattern]) => pattern.test(error.code));
  if (!meaning) return error;
  const [, code, what] = meaning;
  return new AppError(code, `the catalogue ${directory} ${what} (SQLite: ${error.message}, ${error.code})`, {
    cause: error,
    details: { directory, sqlite: error.code },
  });
}

export function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Database.SqliteError;
}

/** The first pattern that fits an SQLite result code decides. */
const meanings: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [
    /^SQLITE_(CORRUPT|NOTADB|IOERR_(READ|SHORT_READ|CORRUPTFS|DATA))/,
    'CATALOG_INVALID',
    'is damaged, or is not a catalogue. Restore it from a copy, or index into a new folder',
  ],
  [
    /^SQLITE_(READONLY|FULL|IOERR|CANTOPEN|PERM)/,
    'CATALOG_READ_ONLY',
    'cannot be written. Check the permissions of the folder and the free disk space',
  ],
  [
    /^SQLITE_(BUSY|LOCKED)/,
    'CATALOG_BUSY',
    'is being used by another process. Wait for it to finish, then try again',
  ],
];

/** better-sqlite3's version, and SQLite's. */
export function aboutDatabase(): { readonly version: string; readonly sqlite: string } {
  const database = new Database(':memory:');
  const sqlite = database.prepare('SELECT sqlite_version()').pluck().get() as string;
  database.close();
  const { version } = createRequire(import.meta.url)('better-sqlite3/package.json') as { version: string };
  return { version, sqlite };
}
