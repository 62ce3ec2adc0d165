/**
 * What a picture shows: by what was learned of names and a vote of its nearest neighbours (namer.ts); by the vote alone where nothing was. The vote: the weight of a neighbour of score s is exp((s - s₁) / T), s₁ the best score
 * (a softmax over scores, as in the neighbourhood components of Goldberger et al. 2005, and in the k-NN of Wu et al. 2018).
 */
import type { Json } from '../../core/item.ts';
import type { Measured } from '../calibration.ts';
import { probabilityAt } from '../curve.ts';
import { fieldOf } from '../item-field.ts';
import type { Hit } from '../ranking.ts';
import type { Naming } from './namer.ts';

export interface Voter {
  /** What it shows; undefined where nobody has said. */
  readonly value: Json | undefined;
  /** Cosine with the picture. */
  readonly score: number;
}

export interface Vote {
  readonly value: string;
  /** Of the weight of all voters; or the probability, as learned. 0 to 1. */
  readonly share: number;
}

/**
 * Five voters and T = 0.05: of the pairs that name best on the development sets, the one whose shares are nearest to how often they are
 * right (docs/evaluation.md). So a share is a calibrated confidence to begin with; a catalogue that was measured has its own curve.
 */
export const voters = 5;
export const temperature = 0.05;

/** Five voters of one mind were right in 94 to 99 % of the cases measured: nothing unmeasured is surer than that. */
const mostSure = 0.99;

/**
 * The first `k` voters that say something, best first; each distinct value with its share, the largest first. Empty where nobody says
 * anything. Only texts that are not empty are names.
 */
export function voteOf(
  candidates: readonly Voter[],
  options: { readonly k?: number; readonly temperature?: number } = {},
): Vote[] {
  const { k = voters, temperature: t = temperature } = options;
  const named = candidates
    .flatMap(({ value, score }) => (isName(value) && score > 0 ? [{ value, score }] : []))
    .slice(0, k);
  const best = named[0]?.score ?? 0;
  const weights = new Map<string, number>();
  let total = 0;
  for (const { value, score } of named) {
    const weight = Math.exp((score - best) / t);
    weights.set(value, (weights.get(value) ?? 0) + weight);
    total += weight;
  }
  return sorted(Array.from(weights, ([value, weight]) => ({ value, share: weight / total })));
}

/** What hits, the nearest first, say of a field. */
export const voteOfHits = (hits: readonly Pick<Hit, 'item' | 'score'>[], field: string): Vote[] =>
  voteOf(hits.map(({ item, score }) => ({ value: fieldOf(item, field), score })));

/** Only texts that are not empty name something. */
export const isName = (value: Json | undefined): value is string => typeof value === 'string' && value !== '';

/** A name, and how sure it is. */
export interface NameGuess {
  /** The metadata field that it is a value of. */
  readonly field: string;
  readonly value: string;
  /** 0 to 1: in how many of such cases the name is right. */
  readonly confidence: number;
  /** learned: it can be explained (explain-name.ts). */
  readonly by: 'vote' | 'learned';
  /** The first five. */
  readonly votes: readonly Vote[];
}

export interface GuessOptions {
  /** By what was learned. */
  readonly learned?: Naming | undefined;
  /** What a share of the vote alone means. */
  readonly calibration?: Pick<Measured, 'names'> | undefined;
}

/**
 * Null where none of the nearest has a name, and nothing was learned. `hits`: the nearest items, best first; at least `voters` where there
 * are so many.
 */
export function guessName(
  hits: readonly Hit[],
  field: string,
  { learned, calibration }: GuessOptions = {},
): NameGuess | null {
  const vote = voteOfHits(hits, field);
  const votes = learned ? votesWith(vote, learned) : vote;
  const [best] = votes;
  if (!best) return null;
  const curve = votes === vote ? calibration?.names[field] : undefined;
  const confidence = curve ? probabilityAt(curve, best.share) : Math.min(best.share, mostSure);
  return {
    field,
    value: best.value,
    confidence,
    by: votes === vote ? 'vote' : 'learned',
    votes: votes.slice(0, 5),
  };
}

/** The names by what was learned; the vote where its first name was not there yet when names were learned. */
export function votesWith(vote: readonly Vote[], learned: Naming): readonly Vote[] {
  const probabilities = learned(vote);
  const [first] = vote;
  if (first && !probabilities.has(first.value)) return vote;
  return sorted(Array.from(probabilities, ([value, share]) => ({ value, share })));
}

const sorted = (votes: readonly Vote[]): Vote[] =>
  votes.toSorted((a, b) => b.share - a.share || (a.value < b.value ? -1 : 1));
