// One writer at a time. The operating system holds the lock and drops it when the process ends, however it ends, so no lock is ever stale.
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../core/errors.ts';
import { type Connection, isSqliteError, openWithoutWaiting } from './database.ts';

export interface WriterLock {
  release(): void;
}

/** Who writes, as the catalogue's meta table tells readers. Only for messages: the lock decides. */
export interface Writer {
  readonly pid: number;
  readonly host: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

/**
 * Takes the lock, or returns the reason why not: another process (or connection) holds it, or the folder cannot be written.
 * The lock is SQLite's own, on an empty file that stays: removing a lock file is a race. Nothing else may open and close that file
 * in this process, because POSIX then drops the lock.
 */
export function lockForWriting(directory: string): WriterLock | 'busy' | 'read-only' {
  const path = join(directory, 'writer.lock');
  // SQLite would lock a file that it may only read, as a reader.
  if (!mayWrite(directory) || !mayWrite(path)) return 'read-only';
  let connection: Connection | undefined;
  try {
    connection = openWithoutWaiting(path);
    connection.pragma('journal_mode = MEMORY');
    // A write transaction that never writes, held until release.
    connection.exec('BEGIN IMMEDIATE');
  } catch (error) {
    connection?.close();
    if (!isSqliteError(error)) throw error;
    if (/^SQLITE_(BUSY|LOCKED)/.test(error.code)) return 'busy';
    if (/^SQLITE_(CANTOPEN|READONLY|PERM|IOERR|FULL)/.test(error.code)) return 'read-only';
    throw error;
  }
  const held = connection;
  return { release: () => void held.close() };
}

/** True also for what does not exist yet. */
export function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}
