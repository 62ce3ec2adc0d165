/** A picture in a picture: what lies inside a frame of one colour, as in screenshots, letterboxed videos and photos of prints. Pure. */
import type { Rect } from '../core/geometry.ts';
import type { Pixels, Rgb } from './pixels.ts';

/** A colour further than this from the frame's, in one channel of 255, is not the frame. Compressed frames are not quite even. */
const tolerance = 14;
/** Of a row or column of the frame, so many pixels may be something else: dust, a cursor. */
const strayShare = 0.01;
/** Of each edge of what lies inside, so much must differ from the frame: an object that was cut out touches its box in places only. */
const fullShare = 0.5;
/** Pixels inside the edges where that is looked at: the edge itself is mixed with the frame where a picture was resized. */
const inset = 2;
/** A frame that takes less of the picture than this is let be; what lies inside is no picture below so many pixels a side. */
const smallestCut = 0.06;
const smallestSide = 16;

/**
 * The rectangle inside the frame, in whole pixels; undefined where there is no frame: where the border has several colours, or where what
 * lies in it does not fill a rectangle, such as a product on white.
 */
export function insideFrame(pixels: Pixels): Rect | undefined {
  const { width, height } = pixels;
  const colour = colourAt(pixels, 0, 0);
  const isFrame = (x: number, y: number) => distance(pixels, x, y, colour) <= tolerance;
  const share = (count: number, test: (i: number) => boolean) => {
    let hits = 0;
    for (let i = 0; i < count; i++) if (test(i)) hits++;
    return hits / count;
  };
  const isFrameRow = (y: number) => share(width, (x) => isFrame(x, y)) >= 1 - strayShare;
  const isFrameColumn = (x: number) => share(height, (y) => isFrame(x, y)) >= 1 - strayShare;
  const top = firstNot(height, isFrameRow);
  const left = firstNot(width, isFrameColumn);
  const bottom = height - firstNot(height, (i) => isFrameRow(height - 1 - i));
  const right = width - firstNot(width, (i) => isFrameColumn(width - 1 - i));
  const inside = { x: left, y: top, width: right - left, height: bottom - top };
  if (Math.min(inside.width, inside.height) < smallestSide) return undefined;
  if (inside.width * inside.height > (1 - smallestCut) * width * height) return undefined;
  const row = (y: number) => share(inside.width, (i) => !isFrame(left + i, y));
  const column = (x: number) => share(inside.height, (i) => !isFrame(x, top + i));
  // Only sides that the frame is on: a letterbox has two.
  const edges = [
    ...(top > 0 ? [row(top + inset)] : []),
    ...(bottom < height ? [row(bottom - 1 - inset)] : []),
    ...(left > 0 ? [column(left + inset)] : []),
    ...(right < width ? [column(right - 1 - inset)] : []),
  ];
  return edges.every((filled) => filled >= fullShare) ? inside : undefined;
}

/** The first index that fails the test; `count` where none does. */
function firstNot(count: number, test: (i: number) => boolean): number {
  let i = 0;
  while (i < count && test(i)) i++;
  return i;
}

function colourAt({ data, width }: Pixels, x: number, y: number): Rgb {
  const i = (y * width + x) * 3;
  return [data[i]!, data[i + 1]!, data[i + 2]!];
}

function distance(pixels: Pixels, x: number, y: number, [r, g, b]: Rgb): number {
  const i = (y * pixels.width + x) * 3;
  const { data } = pixels;
  return Math.max(Math.abs(data[i]! - r), Math.abs(data[i + 1]! - g), Math.abs(data[i + 2]! - b));
}
