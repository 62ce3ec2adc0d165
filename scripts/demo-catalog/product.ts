/** Designs the products: which kind, colours, pattern, emblem and proportions every one of them has. */
import { shuffled } from '../../src/core/random.ts';
import type { Badge } from './emblems.ts';
import { badges, emblems } from './emblems.ts';
import { kinds } from './kinds/index.ts';
import type { Palette } from './palettes.ts';
import { palettes } from './palettes.ts';
import type { PatternName, PatternStyle } from './patterns.ts';
import { patternTitles } from './patterns.ts';
import type { Random } from './svg.ts';
import { between, pick, randomFor } from './svg.ts';

export interface Product {
  /** Unique, fit for a file name: mug-teal-stripes. */
  readonly id: string;
  /** Number in the catalogue, from 0. */
  readonly index: number;
  /** Index into `kinds`. */
  readonly kind: number;
  readonly category: string;
  readonly title: string;
  readonly price: string;
  readonly palette: Palette;
  readonly pattern: PatternStyle;
  readonly emblem: string;
  readonly badge: Badge;
  /** Four numbers in 0..1 that a kind turns into widths, lengths and variants. */
  readonly proportions: readonly number[];
  /** Everything random about its pictures follows from this. */
  readonly seed: number;
}

/** `count` products, the kinds in turn. Products of one kind differ in colour as long as the palettes last. */
export function designProducts(seed: number, count: number): Product[] {
  const taken = new Map<string, number>();
  const decks = kinds.map((_, kind) => createDecks(randomFor(seed, 100 + kind)));
  return Array.from({ length: count }, (_, index) => {
    const kind = index % kinds.length;
    const nth = Math.floor(index / kinds.length);
    const product = designProduct(seed, index, kind, decks[kind]!, nth);
    const seen = taken.get(product.id) ?? 0;
    taken.set(product.id, seen + 1);
    return seen === 0 ? product : { ...product, id: `${product.id}-${seen + 1}` };
  });
}

/** The colours, patterns and emblems of one kind, in the order they are dealt out. */
interface Decks {
  readonly palettes: readonly Palette[];
  readonly patterns: readonly PatternName[];
  readonly emblems: readonly string[];
}

function createDecks(random: Random): Decks {
  return {
    palettes: shuffled(palettes, random),
    patterns: shuffled(Object.keys(patternTitles) as PatternName[], random),
    emblems: shuffled(Object.keys(emblems), random),
  };
}

function designProduct(seed: number, index: number, kind: number, decks: Decks, nth: number): Product {
  const random = randomFor(seed, 1, index);
  const { name, price, coarseness } = kinds[kind]!;
  const palette = dealt(decks.palettes, nth);
  const pattern = dealt(decks.patterns, nth);
  const [low, high] = price;
  const quiet = pattern === 'plain' || pattern === 'gradient';
  return {
    id: `${name}-${palette.name}-${pattern}`,
    index,
    kind,
    category: name,
    title: `${patternTitles[pattern]} ${name}, ${palette.name}`,
    price: (Math.round(between(random, low, high)) - 0.1).toFixed(2),
    palette,
    pattern: { name: pattern, scale: coarseness * between(random, 0.8, 1.25), turn: turnOf(pattern, random) },
    emblem: dealt(decks.emblems, nth),
    badge: pick(random, quiet ? badges : badges.slice(1)),
    proportions: Array.from({ length: 4 }, random),
    seed: Math.floor(random() * 2 ** 31),
  };
}

const dealt = <T>(deck: readonly T[], nth: number): T => deck[nth % deck.length]!;

function turnOf(pattern: PatternName, random: Random): number {
  if (pattern === 'stripes') return pick(random, [0, 90, 32]);
  if (pattern === 'checks') return pick(random, [0, 0, 45]);
  if (pattern === 'waves' || pattern === 'zigzag') return pick(random, [0, 0, 90]);
  return pattern === 'blocks' ? 0 : between(random, -12, 12);
}
