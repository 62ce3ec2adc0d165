/** What items are called, of which a page knows only ids: those of examples, or in a link. */
import { item } from '../api/client.ts';
import type { Hit } from '../api/types.ts';
import { nameOf } from './facts.tsx';
import { useLoad } from './use-load.ts';

const names = new Map<string, string>();

/** Spares a request for items that were hits already. */
export function remember(hits: readonly Hit[]): void {
  for (const { id, metadata } of hits) names.set(id, nameOf(metadata, id));
}

/** The id until the name is known, and of items that are gone. '' for undefined. */
export function useItemName(id: string | undefined): string {
  const known = id === undefined ? '' : names.get(id);
  const load = async (): Promise<string> => nameOf((await item(id!)).metadata, id!);
  const { value } = useLoad(known === undefined ? load : undefined, [id]);
  return known ?? value ?? id!;
}
