/** Names learned from catalogues that are too small for people to learn from. */
import type { Catalog } from '../../src/search/catalog.ts';
import { type Example, learnNames } from '../../src/search/naming/learn.ts';
import { saveNames } from '../../src/search/naming/names-file.ts';

/** Learns the texts of a metadata field, and keeps them with the catalogue. */
export async function learnFew(catalog: Catalog, field: string): Promise<void> {
  const examples = Array.from(catalog.entries(), ({ item: { id, metadata }, embedding }): Example => ({
    id,
    name: metadata[field] as string,
    embedding,
  }));
  const { namer, accuracy } = await learnNames(examples);
  const date = '2026-01-01T00:00:00.000Z';
  const { seq } = catalog.info();
  const facts = { accuracy, examples: examples.length, date, seq, ignoreSame: null };
  await saveNames(catalog, { field, namer, ...facts });
}
