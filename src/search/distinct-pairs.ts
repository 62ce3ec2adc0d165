// Decisions of people that two pictures are not the same, so that nobody has to look twice.
import type { Access } from './access.ts';
import type { Connection } from './database.ts';

/** Kept for the bytes of the pictures, named by content hashes, so that they outlive items and hold for copies. The order of a pair means nothing. */
export class DistinctPairs {
  readonly #access: Access;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(connection: Connection, access: Access) {
    this.#access = access;
    this.#sql = prepare(connection);
  }

  /** Returns false when it was known. Twice the same hash: copies that are meant to be. */
  add(hash: string, other: string): boolean {
    return this.#access.writing(() => this.#sql.add.run(...ordered(hash, other), Date.now()).changes > 0);
  }

  /** Returns false when it was not known. */
  remove(hash: string, other: string): boolean {
    return this.#access.writing(() => this.#sql.remove.run(...ordered(hash, other)).changes > 0);
  }

  has(hash: string, other: string): boolean {
    return this.#access.reading(() => this.#sql.has.get(...ordered(hash, other)) !== undefined);
  }
}

function ordered(a: string, b: string): [string, string] {
  return a <= b ? [a, b] : [b, a];
}

function prepare(connection: Connection) {
  return {
    add: connection.prepare<[string, string, number]>(
      'INSERT INTO distinct_pairs (hash_a, hash_b, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    remove: connection.prepare<[string, string]>(
      'DELETE FROM distinct_pairs WHERE hash_a = ? AND hash_b = ?',
    ),
    has: connection
      .prepare<[string, string], number>('SELECT 1 FROM distinct_pairs WHERE hash_a = ? AND hash_b = ?')
      .pluck(),
  };
}
