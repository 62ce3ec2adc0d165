// Pairs of items that look alike: what duplicates are looked for among.
import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../core/errors.ts';
import type { Item } from '../core/item.ts';
import type { LongRunning } from '../core/progress.ts';
import { dot } from '../core/vector.ts';
import { LabelSet } from './label-set.ts';
import type { CatalogParts } from './maintenance.ts';

export interface PairOptions extends LongRunning {
  /** Cosine from which two items are a pair. */
  readonly minScore: number;
  /** So many neighbours of every item are looked at; 20 unless given. */
  readonly neighbours?: number;
}

/** The item that was indexed earlier is `a`. */
export interface SimilarPair {
  readonly a: Item;
  readonly b: Item;
  readonly score: number;
}

export interface SimilarItems {
  /** Items of the same bytes, two or more each, the earliest first. */
  readonly identical: readonly (readonly Item[])[];
  /** Of items of different bytes, the best score first; the earliest stands for those of the same bytes. */
  readonly pairs: readonly SimilarPair[];
}

/** Items looked up between two turns of the event loop. */
const stepSize = 16;

export async function findSimilar(parts: CatalogParts, options: PairOptions): Promise<SimilarItems> {
  const { items, index, connection } = parts;
  const firsts = new LabelSet(
    connection
      .prepare<[], number>('SELECT min(label) AS label FROM items GROUP BY content_hash')
      .pluck()
      .all(),
  );
  const pairs = new Map<string, { a: number; b: number; score: number }>();
  const queries = [...firsts.labels()];
  const total = queries.length;
  await index.settle(options);
  for (let done = 0; done < total; done += stepSize) {
    await index.prepare(options);
    const labels = queries.slice(done, done + stepSize);
    items.atOnce(() => {
      for (const label of labels)
        for (const pair of pairsOf(parts, label, firsts, options)) pairs.set(`${pair.a} ${pair.b}`, pair);
    });
    options.onProgress?.({ phase: 'compare', done: Math.min(total, done + stepSize), total });
    await setImmediate();
    throwIfAborted(options.signal);
  }
  const found = [...pairs.values()].sort((x, y) => y.score - x.score || x.a - y.a || x.b - y.b);
  return {
    identical: identicalItems(parts),
    pairs: found.flatMap(({ a, b, score }) => {
      const [first, second] = [items.byLabel(a), items.byLabel(b)];
      // Either may have gone meanwhile.
      return first && second ? [{ a: first, b: second, score }] : [];
    }),
  };
}

function pairsOf(
  { items, index }: CatalogParts,
  label: number,
  among: LabelSet,
  { minScore, neighbours = 20 }: PairOptions,
): { a: number; b: number; score: number }[] {
  const own = items.ranked(label);
  const current = index.current();
  if (!own || !current) return [];
  const found = current.search(own.embedding, neighbours + 1, { filter: (other) => among.has(other) });
  return found.flatMap((neighbour) => {
    const other = neighbour.label === label ? undefined : items.ranked(neighbour.label);
    if (!other) return [];
    const score = dot(own.embedding, other.embedding);
    return score >= minScore
      ? [{ a: Math.min(label, neighbour.label), b: Math.max(label, neighbour.label), score }]
      : [];
  });
}

function identicalItems({ items, connection }: CatalogParts): Item[][] {
  const rows = connection
    .prepare<[], { label: number; hash: string }>(
      `SELECT label, content_hash AS hash FROM items WHERE content_hash IN
        (SELECT content_hash FROM items GROUP BY content_hash HAVING count(*) > 1) ORDER BY label`,
    )
    .all();
  const groups = new Map<string, Item[]>();
  for (const { label, hash } of rows) {
    const group = groups.get(hash) ?? [];
    group.push(items.byLabel(label)!);
    groups.set(hash, group);
  }
  return [...groups.values()];
}
