// What could not be indexed, and why, so that an operator can list it and try again.
import type { Access } from './access.ts';
import type { Connection } from './database.ts';

export interface NewFailure {
  /** Path or URL of what failed. */
  readonly source: string;
  /** The item's id, where the source names one. */
  readonly id: string | null;
  /** An error code (src/core/errors.ts), or another program's. */
  readonly code: string;
  readonly message: string;
  /** Name of the source that was being indexed. */
  readonly collection?: string | null | undefined;
}

export interface Failure extends NewFailure {
  readonly collection: string | null;
  /** How many times it has failed, from 1. */
  readonly attempt: number;
  /** When it failed last, milliseconds since 1970. */
  readonly at: number;
}

/** One row for each source and id; a null id is stored as ''. */
export class FailureLog {
  readonly #access: Access;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(connection: Connection, access: Access) {
    this.#access = access;
    this.#sql = prepare(connection);
  }

  /** A second failure of the same source and id counts as its next attempt, whose number is returned. */
  record(failure: NewFailure): number {
    const { id, collection = null } = failure;
    const row = { ...failure, id: id ?? '', collection, at: Date.now() };
    return this.#access.writing(() => this.#sql.record.get(row)!);
  }

  /** In the order of sources: all of them, or the first `limit`. */
  all(limit = -1): Failure[] {
    const rows = this.#access.reading(() => this.#sql.all.all(limit));
    return rows.map((row) => ({ ...row, id: row.id === '' ? null : row.id }));
  }

  count(): number {
    return this.#access.reading(() => this.#sql.count.get() ?? 0);
  }

  /** An item that was indexed is no failure, whether it failed under its id or before that was known. */
  resolve(items: readonly { source: string; id: string }[]): void {
    if (this.count() === 0) return;
    for (const { source, id } of items) {
      this.clear(source, id);
      this.clear(source, null);
    }
  }

  /** Returns false when there was none. */
  clear(source: string, id: string | null): boolean {
    return this.#access.writing(() => this.#sql.clear.run(source, id ?? '').changes > 0);
  }
}

function prepare(connection: Connection) {
  return {
    record: connection
      .prepare<[NewFailure & { id: string; at: number }], number>(
        `INSERT INTO failures (source, id, code, message, collection, attempt, at)
        VALUES (@source, @id, @code, @message, @collection, 1, @at)
        ON CONFLICT (source, id) DO UPDATE SET code = excluded.code, message = excluded.message, collection = excluded.collection,
          attempt = attempt + 1, at = excluded.at
        RETURNING attempt`,
      )
      .pluck(),
    all: connection.prepare<[number], Failure>(
      'SELECT source, id, code, message, collection, attempt, at FROM failures ORDER BY source, id LIMIT ?',
    ),
    count: connection.prepare<[], number>('SELECT count(*) FROM failures').pluck(),
    clear: connection.prepare<[string, string]>('DELETE FROM failures WHERE source = ? AND id = ?'),
  };
}
