/** The thread in which filters are carried out on all items: on a connection of its own, which is open no longer than that takes. */
import { runTasks } from '../threads/thread.ts';
import { openForReading, withCatalogErrors } from './database.ts';
import type { Filter } from './filter.ts';
import { findMatching } from './matching.ts';
import { databaseFile } from './open-database.ts';
import { seqOf } from './schema.ts';

export interface Matching {
  readonly labels: Uint32Array<ArrayBuffer>;
  /** The latest change when they were found. */
  readonly seq: number;
}

const tasks = {
  find: async (directory: string, filter: Filter): Promise<Matching> =>
    withCatalogErrors(directory, () => find(directory, filter)),
};
export type FilterTasks = typeof tasks;

runTasks(() => Promise.resolve({ tasks, end: () => Promise.resolve() }));

function find(directory: string, filter: Filter): Matching {
  const connection = openForReading(databaseFile(directory));
  try {
    const atOnce = connection.transaction(() => ({
      seq: seqOf(connection),
      labels: Uint32Array.from(findMatching(connection, filter)),
    }));
    return atOnce.deferred();
  } finally {
    connection.close();
  }
}
