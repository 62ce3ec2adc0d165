// The sources that a catalogue was indexed from: which items belong to each, and whether its latest run came to its end.
import type { Access } from './access.ts';
import type { Connection } from './database.ts';

export interface Collection {
  readonly name: string;
  /** What to open to read it again. */
  readonly location: string;
  /** Of the latest run, or of the first of those that were interrupted since the last complete one. Milliseconds since 1970. */
  readonly startedAt: number;
  /** Null while a run is under way, or after it was interrupted. */
  readonly completedAt: number | null;
  readonly items: number;
}

export class Collections {
  readonly #access: Access;
  readonly #sql: ReturnType<typeof prepare>;

  constructor(connection: Connection, access: Access) {
    this.#access = access;
    this.#sql = prepare(connection);
  }

  /** By name. */
  all(): Collection[] {
    return this.#access.reading(() => this.#sql.all.all());
  }

  /** How many items belong to it. */
  count(name: string): number {
    return this.#access.reading(() => this.#sql.count.get(name) ?? 0);
  }

  /** Ids of its items, in order: the first `limit` after `after`. */
  ids(name: string, { limit, after }: { readonly limit: number; readonly after: string }): string[] {
    return this.#access.reading(() => this.#sql.ids.all(name, after, limit));
  }

  /** Notes that it is being indexed. Returns since when: a run that goes on after an interrupted one counts from that one's start. */
  begin(name: string, location: string): number {
    return this.#access.writing(() => this.#sql.begin.get({ name, location, now: Date.now() })!);
  }

  /** Notes that a run came to its end. */
  end(name: string): void {
    this.#access.writing(() => this.#sql.end.run(Date.now(), name));
  }
}

function prepare(connection: Connection) {
  return {
    all: connection.prepare<[], Collection>(`
      SELECT name, location, started_at AS startedAt, completed_at AS completedAt,
        (SELECT count(*) FROM items WHERE collection = name) AS items
      FROM collections ORDER BY name`),
    count: connection.prepare<[string], number>('SELECT count(*) FROM items WHERE collection = ?').pluck(),
    ids: connection
      .prepare<[string, string, number], string>(
        'SELECT id FROM items WHERE collection = ? AND id > ? ORDER BY id LIMIT ?',
      )
      .pluck(),
    begin: connection
      .prepare<[{ name: string; location: string; now: number }], number>(
        `INSERT INTO collections (name, location, started_at) VALUES (@name, @location, @now)
        ON CONFLICT (name) DO UPDATE SET location = excluded.location, completed_at = NULL,
          started_at = iif(completed_at IS NULL, started_at, excluded.started_at)
        RETURNING started_at`,
      )
      .pluck(),
    end: connection.prepare<[number, string]>('UPDATE collections SET completed_at = ? WHERE name = ?'),
  };
}
