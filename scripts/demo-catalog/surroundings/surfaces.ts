/** What products lie or stand on, seen from above: squares of 640 × 640. */
import type { Random } from '../svg.ts';
import { pick } from '../svg.ts';
import { linen, marble, planks, rug, tiles } from './floors.ts';
import { autumn, cobbles, concrete, grass, pebbles } from './grounds.ts';

/** Side of a surface's box, and of its picture in pixels. */
export const surfaceSize = 640;

/** Name -> SVG body. The random source chooses tones and details. */
export const surfaces: Readonly<Record<string, (random: Random) => string>> = {
  wood: (random) =>
    planks(random, pick(random, ['#a9713f', '#8a5632', '#c99a63', '#6d4a33']), 6 + Math.floor(random() * 3)),
  boards: (random) => planks(random, pick(random, ['#e7e2d8', '#9fb3b5', '#c7b9a6']), 8),
  tiles,
  grass,
  linen,
  concrete,
  marble,
  cobbles,
  pebbles,
  rug,
  leaves: autumn,
};
