/** What a planned picture consists of. */
import type { Size } from '../../src/core/geometry.ts';
import type { Light } from './lighting.ts';

export interface Pose {
  /** Longer side of the object's outline, as a share of the picture's shorter side. */
  readonly fill: number;
  /** Rotation in the picture, about the vertical and about the horizontal axis; radians. */
  readonly roll: number;
  readonly yaw: number;
  readonly pitch: number;
  /** How far round objects are turned to show another side; radians. */
  readonly turn: number;
  /** Place in the picture, 0 to 1: the outline's middle, or its foot (y) where the object stands. */
  readonly x: number;
  readonly y: number;
}

export type Backdrop =
  | { readonly type: 'studio'; readonly tone: string }
  | { readonly type: 'flat'; readonly surface: string; readonly angle: number; readonly zoom: number }
  | { readonly type: 'stage'; readonly surface: string; readonly wall: string; readonly edge: number };

/** A piece of clutter; x, y as in a pose, size as a share of the picture's shorter side. */
export interface Thing {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly roll: number;
}

export interface Hider {
  readonly name: string;
  /** Whether it slides along the floor, just before the object, rather than through the air. */
  readonly onFloor: boolean;
  /** Direction in which it moves into the picture; radians, 0 is to the right. */
  readonly towards: number;
  /** Share of the object that it should hide. */
  readonly share: number;
  /** Its size, as a share of the object's longer side. */
  readonly size: number;
  /** Sideways shift, in the same unit. */
  readonly aside: number;
}

export interface View {
  readonly name: string;
  readonly size: Size;
  readonly stands: boolean;
  readonly pose: Pose;
  readonly backdrop: Backdrop;
  readonly things: readonly Thing[];
  readonly hider?: Hider;
  readonly light: Light;
}
