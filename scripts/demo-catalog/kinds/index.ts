/** The kinds of product, in the order in which products are made. */
import { backpack, cap, sneaker, tShirt } from './clothing.ts';
import { sunglasses, umbrella, watch } from './accessories.ts';
import { armchair, lamp } from './home.ts';
import type { Kind } from './kind.ts';
import { guitar, headphones, skateboard } from './leisure.ts';
import { book, bottle, mug, teapot } from './tableware.ts';

export const kinds: readonly Kind[] = [
  mug,
  tShirt,
  sneaker,
  lamp,
  backpack,
  teapot,
  guitar,
  cap,
  armchair,
  bottle,
  umbrella,
  watch,
  book,
  sunglasses,
  skateboard,
  headphones,
];
