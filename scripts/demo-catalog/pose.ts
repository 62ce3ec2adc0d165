/** Where layers go in a picture: outlines, perspective, the way of a hider into the scene. */
import type { Size } from '../../src/core/geometry.ts';
import type { Homography } from './homography.ts';
import { multiply, project } from './homography.ts';
import type { Layer } from './raster.ts';
import { projectedCover } from './shadow.ts';
import type { Hider, Thing, View } from './view.ts';

/** The smallest box around opaque pixels; right and bottom are exclusive. */
export interface Outline {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The outline of a layer's pixels from row `from` on; empty (right below left) where there are none. */
export function outlineOf({ width, height, data }: Layer, from = 0): Outline {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = Math.max(0, Math.floor(from)); y < height; y++) {
    const row = y * width * 4 + 3;
    let first = 0;
    while (first < width && data[row + first * 4]! < 128) first++;
    if (first === width) continue;
    let last = width - 1;
    while (data[row + last * 4]! < 128) last--;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
    top = Math.min(top, y);
    bottom = y + 1;
  }
  return { left, top, right, bottom };
}

/** The map that shows an object with this outline in its layer as the view's pose says. */
export function objectPlace(outline: Outline, { pose, size, stands }: View): Homography {
  const { left, top, right, bottom } = outline;
  const longer = Math.max(right - left, bottom - top);
  const centred: Homography = [
    1 / longer,
    0,
    -(left + right) / 2 / longer,
    0,
    1 / longer,
    -(top + bottom) / 2 / longer,
    0,
    0,
    1,
  ];
  const seen = multiply(perspective(pose.roll, pose.yaw, pose.pitch), centred);
  const box = projectedBox(seen, outline);
  const scale =
    (pose.fill * Math.min(size.width, size.height)) / Math.max(box.right - box.left, box.bottom - box.top);
  const x = pose.x * size.width - (scale * (box.left + box.right)) / 2;
  const y = pose.y * size.height - scale * (stands ? box.bottom : (box.top + box.bottom) / 2);
  return multiply([scale, 0, x, 0, scale, y, 0, 0, 1], seen);
}

/** The plane z = 0, turned in space, seen from 2.4 units away. */
function perspective(roll: number, yaw: number, pitch: number): Homography {
  const [cr, sr, cy, sy, cp, sp] = [
    Math.cos(roll),
    Math.sin(roll),
    Math.cos(yaw),
    Math.sin(yaw),
    Math.cos(pitch),
    Math.sin(pitch),
  ];
  const away = 2.4;
  // Columns of Rz(roll) · Ry(yaw) · Rx(pitch) for x and y.
  const [xx, xy, xz] = [cr * cy, sr * cy, -sy];
  const [yx, yy, yz] = [cr * sy * sp - sr * cp, sr * sy * sp + cr * cp, cy * sp];
  return [xx, yx, 0, xy, yy, 0, xz / away, yz / away, 1];
}

function projectedBox(map: Homography, { left, top, right, bottom }: Outline): Outline {
  const corners = [
    project(map, left, top),
    project(map, right, top),
    project(map, left, bottom),
    project(map, right, bottom),
  ];
  const [xs, ys] = [corners.map((corner) => corner[0]), corners.map((corner) => corner[1])];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/** Where a piece of clutter stands (its foot at x, y) or lies (its middle there). */
export function thingPlace(thing: Thing, layer: Layer, size: Size, stands: boolean): Homography {
  const scale = (thing.size * Math.min(size.width, size.height)) / layer.height;
  const anchor = stands ? layer.height : layer.height / 2;
  return placedAt(
    thing.x * size.width,
    thing.y * size.height,
    thing.roll,
    scale,
    layer.width - layer.height / 2,
    anchor,
  );
}

/** Places that a hider passes on its way across the object, from outside to the far side. */
export function hiderPlaces(hider: Hider, layer: Layer, outline: Outline): Homography[] {
  const longer = Math.max(outline.right - outline.left, outline.bottom - outline.top);
  const scale = (hider.size * longer) / layer.height;
  const [cos, sin] = [Math.cos(hider.towards), Math.sin(hider.towards)];
  const [cx, cy] = [(outline.left + outline.right) / 2, (outline.top + outline.bottom) / 2];
  // A squat hider (a ball, a parcel) stays upright; its middle leads. An arm points the way it moves; its tip leads.
  const squat = layer.width === layer.height;
  return Array.from({ length: 96 }, (_, i) => {
    const ahead = longer * (-1 + i / 56);
    const aside = longer * hider.aside;
    const x = cx + cos * ahead - sin * aside;
    const y = hider.onFloor
      ? outline.bottom + 0.05 * longer - (scale * layer.height) / 2
      : cy + sin * ahead + cos * aside;
    return squat
      ? placedAt(x, y, 0, scale, layer.width / 2, layer.height / 2)
      : placedAt(x, y, hider.towards, scale, layer.width, layer.height / 2);
  });
}

/** The layer's point (px, py) at x, y, turned by `angle` and scaled. */
function placedAt(x: number, y: number, angle: number, scale: number, px: number, py: number): Homography {
  const [cos, sin] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  return [cos, -sin, x - cos * px + sin * py, sin, cos, y - sin * px - cos * py, 0, 0, 1];
}

/** The share of the object's pixels (in the frame) that `hider` at `place` covers, from every `step`th row and column. */
export function coveredShare(seen: Layer, hider: Layer, place: Homography, step = 4): number {
  const cover = projectedCover(hider, place);
  let [all, covered] = [0, 0];
  for (let y = 0; y < seen.height; y += step) {
    for (let x = 0; x < seen.width; x += step) {
      if (seen.data[(y * seen.width + x) * 4 + 3]! < 128) continue;
      all++;
      if (cover(x + 0.5, y + 0.5) >= 128) covered++;
    }
  }
  return all === 0 ? 0 : covered / all;
}
