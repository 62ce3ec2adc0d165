/** The part of a map where the picture lies. */
import type { Rect } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';

/** The cells of a rectangle (whole numbers, inside the map), as a map of its size; the map itself where that is all of it. */
export function cutOut(map: HeatMap, { x, y, width, height }: Rect): HeatMap {
  if (x < 0 || y < 0 || x + width > map.width || y + height > map.height) {
    throw new RangeError(
      `expected a part of a map of ${map.width}×${map.height}, received ${width}×${height} at ${x}, ${y}`,
    );
  }
  if (width === map.width && height === map.height) return map;
  const data = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * map.width + x;
    data.set(map.data.subarray(start, start + width), row * width);
  }
  return { width, height, data };
}

/** What a map marks, by place: negative values (what speaks against) count as nothing. */
export function energyOf(value: number): number {
  return Math.max(0, value);
}
