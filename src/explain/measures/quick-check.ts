/**
 * The quick check: how far the score falls when what a map marks is blurred, against the same area chosen at random. Samek et al. 2015
 * (arXiv 1509.06321) compare maps by such perturbations; one step of their curve is enough for a verdict beside a picture.
 */
import { shuffled } from '../../core/random.ts';
import type { BlockGrid } from './blocks.ts';
import { blockCount } from './blocks.ts';

/** The part of the picture's blocks that is blurred. */
export const checkedPart = 0.2;
/** Random choices of as many blocks to compare with. */
export const randomChoices = 3;

/** order: of all blocks, the most important first. The marked ones. */
export function markedBlocks(grid: BlockGrid, order: readonly number[]): readonly number[] {
  return order.slice(0, blockCount(grid, checkedPart));
}

/** As many blocks, chosen at random, so many times. */
export function randomBlocks(grid: BlockGrid, random: () => number): readonly (readonly number[])[] {
  return Array.from({ length: randomChoices }, () =>
    shuffled([...grid.blocks.keys()], random).slice(0, blockCount(grid, checkedPart)),
  );
}
