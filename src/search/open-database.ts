// From a folder to an open connection: every way in which the folder can be something else than a catalogue one may open, told apart.
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { EmbeddingSpace } from '../core/embedder.ts';
import { AppError, systemCode } from '../core/errors.ts';
import { closeAfterWriting, type Connection, openForReading, openForWriting } from './database.ts';
import {
  clearWriter,
  create,
  formatVersion,
  inspect,
  migrate,
  readWriter,
  versionOf,
  writeWriter,
} from './schema.ts';
import { lockForWriting, mayWrite, type WriterLock } from './writer-lock.ts';
import { shellWord } from '../core/shell-word.ts';

export interface OpenDatabase {
  readonly connection: Connection;
  readonly readonly: boolean;
  close(): void;
}

export interface OpenDatabaseOptions {
  /** Makes the catalogue for this space where there is none. */
  readonly createFor: EmbeddingSpace | undefined;
  readonly readonly: boolean;
}

/** Throws the CATALOG_ errors. A folder that cannot be written is opened for reading. */
export function openDatabase(directory: string, options: OpenDatabaseOptions): OpenDatabase {
  const { createFor } = options;
  checkDirectory(directory, createFor !== undefined);
  if (!createFor && !existsSync(databaseFile(directory))) throw notFoundError(directory);
  if (options.readonly) return openReader(directory);
  const lock = mayWrite(databaseFile(directory)) ? lockForWriting(directory) : 'read-only';
  if (lock === 'busy') throw busyError(directory);
  if (lock === 'read-only') {
    if (createFor && !existsSync(databaseFile(directory))) throw readOnlyError(directory);
    return openReader(directory);
  }
  try {
    return openWriter(directory, lock, createFor);
  } catch (error) {
    lock.release();
    throw error;
  }
}

export function databaseFile(directory: string): string {
  return join(directory, 'catalog.db');
}

export function readOnlyError(directory: string): AppError {
  const message = `expected a catalogue that can be written, but ${directory} is open for reading only. Check the folder’s permissions, or open it without readonly`;
  return new AppError('CATALOG_READ_ONLY', message, { details: { directory } });
}

function openWriter(
  directory: string,
  lock: WriterLock,
  createFor: EmbeddingSpace | undefined,
): OpenDatabase {
  const connection = openForWriting(databaseFile(directory));
  try {
    if (inspect(connection, directory) === 'ours') migrate(connection);
    else if (createFor) create(connection, createFor);
    else throw notFoundError(directory);
    writeWriter(connection, { pid: process.pid, host: hostname(), since: Date.now() });
  } catch (error) {
    connection.close();
    throw error;
  }
  const close = () => {
    try {
      clearWriter(connection);
    } catch {
      // On a full disk. It only serves messages, and only while the lock is held.
    } finally {
      closeAfterWriting(connection);
      lock.release();
    }
  };
  return { connection, readonly: false, close };
}

function openReader(directory: string): OpenDatabase {
  const connection = openForReading(databaseFile(directory));
  try {
    if (inspect(connection, directory) === 'empty') throw notFoundError(directory);
    const version = versionOf(connection);
    if (version < formatVersion) {
      const message = `expected a catalogue of format ${formatVersion} in ${directory}, received format ${version}. Open it once for writing: that brings it up to date`;
      throw new AppError('CATALOG_READ_ONLY', message, { details: { directory, version } });
    }
  } catch (error) {
    connection.close();
    throw error;
  }
  return { connection, readonly: true, close: () => void connection.close() };
}

/** A catalogue is made in a new or an empty folder, so that it does not mix with somebody's files. */
function checkDirectory(directory: string, mayCreate: boolean): void {
  if (mayCreate) makeDirectory(directory);
  const found = statSync(directory, { throwIfNoEntry: false });
  if (!found) throw notFoundError(directory);
  if (!found.isDirectory()) {
    throw new AppError('CATALOG_INVALID', `expected a folder, received a file: ${directory}. Name a folder`, {
      details: { directory },
    });
  }
  if (!mayCreate || existsSync(databaseFile(directory))) return;
  const foreign = readdirSync(directory).find((name) => name !== 'writer.lock');
  if (foreign === undefined) return;
  throw new AppError(
    'CATALOG_INVALID',
    `expected a catalogue or an empty folder for a new one, but ${directory} holds other files (${foreign}). Name another folder`,
    { details: { directory, found: foreign } },
  );
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    const code = systemCode(error);
    // A file in its place: checkDirectory says so.
    if (code === 'EEXIST') return;
    throw new AppError(
      'CATALOG_READ_ONLY',
      `the folder ${directory} could not be made (${code}). Name another, or check the permissions`,
      {
        cause: error,
        details: { directory },
      },
    );
  }
}

function notFoundError(directory: string): AppError {
  return new AppError(
    'CATALOG_NOT_FOUND',
    `expected a catalogue in ${directory}, found none. Check the path, or make one with: whymatch index SOURCE --catalog ${shellWord(directory)}`,
    { details: { directory } },
  );
}

function busyError(directory: string): AppError {
  const writer = writerOf(directory);
  const who = writer ? `process ${writer.pid} on ${writer.host}` : 'another process';
  return new AppError(
    'CATALOG_BUSY',
    `the catalogue ${directory} is being written by ${who}. Wait for it to finish, or open the catalogue with readonly`,
    { details: { directory, ...writer } },
  );
}

function writerOf(directory: string) {
  try {
    const { connection } = openReader(directory);
    const writer = readWriter(connection);
    connection.close();
    return writer;
  } catch {
    // It is only just being made.
    return undefined;
  }
}
