// Which items a filter lets through, and the indexes on metadata that make finding them quick.
import { type Connection, inTransaction } from './database.ts';
import { fieldOf, type Filter } from './filter.ts';
import { fieldName, filterSql, jsonPath } from './filter-sql.ts';
import { LabelSet } from './label-set.ts';

/** The sets of so many filters are kept until the catalogue changes. */
const keptSets = 16;

export class Filters {
  readonly #connection: Connection;
  readonly #sql: ReturnType<typeof prepare>;
  readonly #sets = new Map<string, LabelSet>();
  #setsOf = -1;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#sql = prepare(connection);
  }

  /** The labels of the items that a filter lets through, as of the change `seq`, which is to be the latest. */
  matching(filter: Filter, seq: number): LabelSet {
    if (seq !== this.#setsOf) {
      this.#sets.clear();
      this.#setsOf = seq;
    }
    const key = JSON.stringify(filter);
    const known = this.#sets.get(key);
    if (known) return known;
    const set = this.#find(filter);
    const [oldest] = this.#sets.keys();
    if (this.#sets.size >= keptSets) this.#sets.delete(oldest!);
    this.#sets.set(key, set);
    return set;
  }

  /** Names of the fields that are indexed, as filters have them, sorted. */
  indexed(): string[] {
    return this.#sql.fields
      .all()
      .map(({ path }) => fieldName({ keys: keysOf(path) }))
      .sort();
  }

  /** Returns false when it was indexed already, or needs no index. Reads the metadata of every item. */
  addIndex(name: string): boolean {
    const field = fieldOf(name);
    if ('column' in field) return false;
    return inTransaction(this.#connection, () => {
      const { changes, lastInsertRowid } = this.#sql.addField.run(jsonPath(field.keys));
      if (changes > 0) this.#sql.fill.run(lastInsertRowid);
      return changes > 0;
    });
  }

  /** Returns false when there was no such index. */
  removeIndex(name: string): boolean {
    const field = fieldOf(name);
    return 'keys' in field && this.#sql.removeField.run(jsonPath(field.keys)).changes > 0;
  }

  #find(filter: Filter): LabelSet {
    // Another process may have changed them.
    const fields = new Map(this.#sql.fields.all().map(({ path, field }) => [path, field]));
    const { text, values } = filterSql(filter, (path) => fields.get(path));
    const select = this.#connection.prepare<(string | number)[], number>(
      `SELECT label FROM items WHERE ${text}`,
    );
    return new LabelSet(select.pluck().all(...values));
  }
}

function prepare(connection: Connection) {
  return {
    fields: connection.prepare<[], { field: number; path: string }>('SELECT field, path FROM indexed_fields'),
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
