import { collectionOf, type ItemSource, placeOf, type SourceEntry } from './sources/source.ts';
import type { ItemStore } from './store.ts';

/**
 * The entries of a source that failed before, under the same id or from the same place, and those that the catalogue does not have: a
 * row that could not be used had no id, and once it is set right it is new.
 */
export function onlyFailed(source: ItemSource, store: ItemStore): ItemSource {
  const failures = store.failures.all();
  const ids = new Set(failures.map(({ id }) => id));
  const places = new Set(failures.map(({ source }) => source));

  function isWanted(entry: SourceEntry): boolean {
    if (entry.type === 'failure') return true;
    return ids.has(entry.id) || places.has(placeOf(entry)) || !store.get(entry.id);
  }

  return {
    kind: source.kind,
    location: source.location,
    name: collectionOf(source),
    async *entries() {
      for await (const entry of source.entries()) {
        if (isWanted(entry)) yield entry;
        else if (entry.type === 'item') entry.remote?.release?.();
      }
    },
    // About: items that the catalogue does not have come on top.
    count: async () => failures.filter(({ collection }) => collection === collectionOf(source)).length,
  };
}
