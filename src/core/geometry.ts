/** A rectangle in pixels; x, y is its top left corner. */
export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Which parts of query and hit were compared, in pixels of their upright pictures; null: the whole. */
export interface LookedAtParts {
  readonly query: Rect | null;
  readonly hit: Rect | null;
}

export const wholePictures: LookedAtParts = { query: null, hit: null };

/** The common part of two rectangles, or undefined where they do not overlap. */
export function intersect(a: Rect, b: Rect): Rect | undefined {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : undefined;
}
