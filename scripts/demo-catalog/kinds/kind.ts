/** What a kind of product is. */
import type { Brush } from '../brush.ts';

export interface Kind {
  /** The category, as a shop would name it and fit for a file name. */
  readonly name: string;
  /** Whether it is photographed standing on something, or lying (or hanging) flat before something. */
  readonly stance: 'stands' | 'lies';
  /** Round things show another side of their pattern when the viewpoint moves. */
  readonly round?: boolean;
  /** Lowest and highest price. */
  readonly price: readonly [number, number];
  /** Scale of the pattern: 1 suits a shirt; smaller for things with narrow surfaces. */
  readonly coarseness: number;
  /** The SVG body, in a box of 400 × 400 that it nearly fills. */
  draw(brush: Brush): string;
}
