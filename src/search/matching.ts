// Which rows a filter lets through, as SQLite finds them.
import type { Connection } from './database.ts';
import type { Filter } from './filter.ts';
import { filterSql, type Sql } from './filter-sql.ts';

/** The labels of all items that match. Without an index on its fields, that parses the metadata of every item: 10 µs each and more. */
export function findMatching(connection: Connection, filter: Filter): number[] {
  const { text, values } = conditionOf(connection, filter);
  return connection
    .prepare<(string | number)[], number>(`SELECT label FROM items WHERE ${text}`)
    .pluck()
    .all(...values);
}

export interface ChangedItem {
  readonly seq: number;
  readonly label: number;
  /** 1 or 0. */
  readonly matches: number;
}

/** The first `limit` items that were changed after the change `seq`, in the order of their latest changes. */
export function matchesAfter(
  connection: Connection,
  filter: Filter,
  seq: number,
  limit: number,
): ChangedItem[] {
  const { text, values } = conditionOf(connection, filter);
  return connection
    .prepare<(string | number)[], ChangedItem>(
      `SELECT seq, label, ${text} AS matches FROM items WHERE seq > ? ORDER BY seq LIMIT ?`,
    )
    .all(...values, seq, limit);
}

function conditionOf(connection: Connection, filter: Filter): Sql {
  // Asked for each time: another process may have made or dropped an index.
  const fields = connection
    .prepare<[], { field: number; path: string }>('SELECT field, path FROM indexed_fields')
    .all();
  const byPath = new Map(fields.map(({ path, field }) => [path, field]));
  return filterSql(filter, (path) => byPath.get(path));
}
