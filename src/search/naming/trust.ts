/** How much the discriminant and the vote are to be trusted, by pictures that were left out. */
import { pooled, type Trust } from './namer.ts';

/** What is said of a picture by those who have not seen it. */
export interface Tested {
  /** (K) */
  readonly scores: Float64Array;
  readonly shares: Float64Array;
  /** Of its true name. */
  readonly label: number;
}

/** From 1/4096 to 4, and none. */
const trustsInScores = [0, ...Array.from({ length: 29 }, (_, i) => 2 ** (i / 2 - 12))];
const trustsInVote = [0, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 3 / 4, 1, 5 / 4, 3 / 2];

/**
 * That with which the true names are least surprising, had one more example had any name (Laplace's rule): a few that are all right are no reason to be
 * certain. For names of many kinds of things the vote is more worth, for those of one kind the discriminant (docs/evaluation.md).
 */
export function trustFor(tested: readonly Tested[]): Trust {
  const doubt = 1 / (tested.length + 1);
  let best = { trust: { scores: 1, vote: 0 }, surprise: Infinity };
  const consider = (trust: Trust) => {
    const surprise = tested.reduce((sum, one) => sum + surpriseOf(one, trust, doubt), 0);
    if (surprise < best.surprise) best = { trust, surprise };
  };
  // In turn, twice: the surprise is convex in both.
  for (let round = 0; round < 2; round++) {
    for (const scores of trustsInScores) consider({ scores, vote: best.trust.vote });
    for (const vote of trustsInVote) consider({ scores: best.trust.scores, vote });
  }
  return best.trust;
}

/** Cross-entropy of the probabilities with the true name, which is another with the probability `doubt`. */
function surpriseOf({ scores, shares, label }: Tested, trust: Trust, doubt: number): number {
  const probabilities = pooled(scores, shares, trust);
  let [sum, known] = [0, 0];
  for (const [k, probability] of probabilities.entries()) {
    if (scores[k] === -Infinity) continue;
    sum -= Math.log(Math.max(probability, 1e-12));
    known++;
  }
  return (1 - doubt) * -Math.log(Math.max(probabilities[label]!, 1e-12)) + (doubt * sum) / known;
}
