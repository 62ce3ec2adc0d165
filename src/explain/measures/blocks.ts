/**
 * Blocks of 8×8 pixels: the unit in which measures take a picture apart. They tile the part of the tensor where the picture lies (the
 * bars around it never take part); those at its right and lower edge may be smaller.
 */
import type { Rect } from '../../core/geometry.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import { shuffled } from '../../core/random.ts';

/** Side of a block in pixels of the tensor. */
export const blockSide = 8;

export interface BlockGrid {
  /** Where the picture lies in the tensor, whole pixels. */
  readonly content: Rect;
  /** Row by row. */
  readonly blocks: readonly Rect[];
}

/** content: where in the tensor the picture lies, whole pixels. */
export function blockGrid(content: Rect, side = blockSide): BlockGrid {
  const [right, bottom] = [content.x + content.width, content.y + content.height];
  const blocks: Rect[] = [];
  for (let y = content.y; y < bottom; y += side) {
    for (let x = content.x; x < right; x += side)
      blocks.push({ x, y, width: Math.min(side, right - x), height: Math.min(side, bottom - y) });
  }
  return { content, blocks };
}

/** The mean of a map (of the tensor's size) over each block, so that small blocks at the edge count like all others. */
export function blockMeans(map: HeatMap, { blocks }: BlockGrid): Float64Array {
  return Float64Array.from(blocks, ({ x, y, width, height }) => {
    let sum = 0;
    for (let row = y; row < y + height; row++) {
      for (let at = row * map.width + x; at < row * map.width + x + width; at++) sum += map.data[at]!;
    }
    return sum / (width * height);
  });
}

/**
 * Indices of the blocks, the most important first. Blocks of equal importance stand in random order, so that an empty map is a random
 * order and not "from the top down".
 */
export function blockOrder(map: HeatMap, grid: BlockGrid, random: () => number): number[] {
  const means = blockMeans(map, grid);
  return shuffled([...means.keys()], random).sort((a, b) => means[b]! - means[a]!);
}

/** How many blocks are a part (0 to 1) of all, at least one. */
export function blockCount({ blocks }: BlockGrid, part: number): number {
  return Math.max(1, Math.round(part * blocks.length));
}
