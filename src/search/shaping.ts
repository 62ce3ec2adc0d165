// What becomes of hits between ranking and page: one of each product, and an order that avoids more of the same. Pure.
import { dot } from '../core/vector.ts';

export interface Scored {
  readonly label: number;
  readonly id: string;
  readonly productId: string | null;
  /** Of length 1, or all zero. */
  readonly embedding: Float32Array;
  readonly score: number;
}

/** The first of each product, in the order given; one without a product stands for itself. */
export function bestOfEachProduct(hits: readonly Scored[]): Scored[] {
  const seen = new Set<string>();
  return hits.filter(({ productId }) => {
    if (productId === null) return true;
    if (seen.has(productId)) return false;
    seen.add(productId);
    return true;
  });
}

/** How many of the best hits `diverse` chooses from: the same for all pages that end by the 50th hit, so that they fit together. */
export function poolSize(end: number): number {
  let size = 100;
  while (size < 2 * end) size *= 2;
  return size;
}

/**
 * `count` of the hits, each the one with the largest λ · score - (1 - λ) · (largest cosine with one chosen before), where λ is
 * 1 - diversity: maximal marginal relevance (Carbonell, Goldstein 1998). Equal ones in the order given, which is best first.
 */
export function diverse(hits: readonly Scored[], count: number, diversity: number): Scored[] {
  const left = hits.map((hit) => ({ hit, likeness: 0 }));
  const chosen: Scored[] = [];
  while (chosen.length < count && left.length > 0) {
    const value = ({ hit, likeness }: (typeof left)[number]) =>
      (1 - diversity) * hit.score - diversity * likeness;
    let best = 0;
    for (let i = 1; i < left.length; i++) if (value(left[i]!) > value(left[best]!)) best = i;
    const [{ hit } = { hit: hits[0]! }] = left.splice(best, 1);
    for (const other of left) {
      const cosine = dot(hit.embedding, other.hit.embedding);
      other.likeness = chosen.length === 0 ? cosine : Math.max(other.likeness, cosine);
    }
    chosen.push(hit);
  }
  return chosen;
}
