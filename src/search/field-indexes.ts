// The indexes on fields of metadata, which make filters on them quick; filters find the same without them.
import type { Access } from './access.ts';
import { type Connection, inTransaction } from './database.ts';
import { fieldOf } from './filter.ts';
import { fieldName, jsonPath } from './filter-sql.ts';

export class FieldIndexes {
  readonly #access: Access;
  readonly #connection: Connection;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(connection: Connection, access: Access) {
    this.#access = access;
    this.#connection = connection;
    this.#sql = prepare(connection);
  }

  /** Names of the fields that are indexed, as filters have them, sorted. */
  names(): string[] {
    const paths = this.#access.reading(() => this.#sql.paths.all());
    return paths.map((path) => fieldName({ keys: keysOf(path) })).sort();
  }

  /**
   * For this and all future items; a name is as in filters. Returns false when it was indexed already, or needs no index. Reads the
   * metadata of every item.
   */
  add(name: string): boolean {
    return this.#access.writing(() => {
      const field = fieldOf(name);
      if ('column' in field) return false;
      return inTransaction(this.#connection, () => {
        const { changes, lastInsertRowid } = this.#sql.addField.run(jsonPath(field.keys));
        if (changes > 0) this.#sql.fill.run(lastInsertRowid);
        return changes > 0;
      });
    });
  }

  /** Returns false when there was no such index. */
  remove(name: string): boolean {
    return this.#access.writing(() => {
      const field = fieldOf(name);
      return 'keys' in field && this.#sql.removeField.run(jsonPath(field.keys)).changes > 0;
    });
  }
}

function prepare(connection: Connection) {
  return {
    paths: connection.prepare<[], string>('SELECT path FROM indexed_fields').pluck(),
    addField: connection.prepare<[string]>(
      'INSERT INTO indexed_fields (path) VALUES (?) ON CONFLICT DO NOTHING',
    ),
    fill: connection.prepare<[number | bigint]>(`
      INSERT INTO field_values (field, kind, value, label)
      SELECT field, kind, value, label FROM current_field_values WHERE field = ?`),
    removeField: connection.prepare<[string]>('DELETE FROM indexed_fields WHERE path = ?'),
  };
}

/** The keys of a path that jsonPath made. */
function keysOf(path: string): string[] {
  const keys = path.slice(1).match(/"(?:[^"\\]|\\.)*"/g) ?? [];
  return keys.map((key) => JSON.parse(key) as string);
}
