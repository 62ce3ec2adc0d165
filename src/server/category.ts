/** What a picture probably is: a vote of its nearest neighbours, each counting as much as it is similar. */
import type { Json } from '../core/item.ts';
import type { Hit } from '../search/ranking.ts';

export interface CategoryGuess {
  readonly field: string;
  readonly value: string;
  /** 0 to 1: the winner's share of the vote. */
  readonly confidence: number;
  readonly votes: { readonly value: string; readonly share: number }[];
}

/** So many neighbours vote. */
export const voters = 10;

/** Null where none of the nearest has the field, or none is similar at all. */
export function guessCategory(hits: readonly Hit[], field: string): CategoryGuess | null {
  const weights = new Map<string, number>();
  for (const { item, score } of hits.slice(0, voters)) {
    const value = textOf(item.metadata[field]);
    if (value !== undefined && score > 0) weights.set(value, (weights.get(value) ?? 0) + score);
  }
  const total = [...weights.values()].reduce((a, b) => a + b, 0);
  const votes = [...weights].map(([value, weight]) => ({ value, share: weight / total }));
  votes.sort((a, b) => b.share - a.share || (a.value < b.value ? -1 : 1));
  const [best] = votes;
  return best ? { field, value: best.value, confidence: best.share, votes: votes.slice(0, 5) } : null;
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
