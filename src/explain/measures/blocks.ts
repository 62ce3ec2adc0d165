/**
 * Blocks of about 8×8 pixels: the unit in which measures take a picture apart. They tile the part of the tensor where the picture lies
 * (the bars around it never take part), all of one size but for rounding.
 */
import type { Rect } from '../../core/geometry.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import { shuffled } from '../../core/random.ts';

/** Side of a block in pixels of the tensor. */
export const blockSide = 8;

export interface BlockGrid {
  /** Where the picture lies in the tensor, whole pixels. */
  readonly content: Rect;
  readonly columns: number;
  readonly rows: number;
  /** Row by row, whole pixels. */
  readonly blocks: readonly Rect[];
}

/** content: where in the tensor the picture lies, whole pixels. */
export function blockGrid(content: Rect, side = blockSide): BlockGrid {
  const across = edges(content.x, content.width, side);
  const down = edges(content.y, content.height, side);
  const blocks = spans(down).flatMap(([y, bottom]) =>
    spans(across).map(([x, right]) => ({ x, y, width: right - x, height: bottom - y })),
  );
  return { content, columns: across.length - 1, rows: down.length - 1, blocks };
}

/** Where blocks begin and end along a side. */
function edges(start: number, length: number, side: number): number[] {
  const count = Math.max(1, Math.round(length / side));
  return Array.from({ length: count + 1 }, (_, i) => start + Math.round((i * length) / count));
}

const spans = (edges: readonly number[]): [number, number][] =>
  edges.slice(1).map((end, i) => [edges[i]!, end]);

/** The mean of a map (of the tensor's size) over each block. */
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
