/** Where the objects of a picture seem to be, for `region: auto` and for a page that proposes crops. */
import { intersect, type Rect } from '../core/geometry.ts';
import { foregroundParts } from '../explain/foreground.ts';
import type { Subject } from '../explain/subject.ts';
import { type Placement, toPicture } from '../image/placement.ts';

export interface Region extends Rect {
  /** 0 to 1: its share in all that stands out from the background. */
  readonly score: number;
}

/** An object larger than this part of the picture is the picture. */
const largestPart = 0.85;
/** Pixels of the picture; smaller ones are not worth a search. */
const smallestSide = 16;

/** In whole pixels of the upright picture, what stands out most first; none where nothing does. */
export function proposeRegions(subject: Subject, placement: Placement): Region[] {
  const { source } = placement;
  return foregroundParts(subject).flatMap(({ box, share }) => {
    const from = toPicture(placement, box);
    const to = toPicture(placement, { x: box.x + box.width, y: box.y + box.height });
    const found = intersect({ ...from, width: to.x - from.x, height: to.y - from.y }, source);
    if (!found || found.width * found.height > largestPart * source.width * source.height) return [];
    const rounded = inward(found);
    const small = Math.min(rounded.width, rounded.height) < smallestSide;
    return small ? [] : [{ ...rounded, score: Math.round(1000 * share) / 1000 }];
  });
}

function inward({ x, y, width, height }: Rect): Rect {
  const [left, top] = [Math.ceil(x - 1e-6), Math.ceil(y - 1e-6)];
  return {
    x: left,
    y: top,
    width: Math.floor(x + width + 1e-6) - left,
    height: Math.floor(y + height + 1e-6) - top,
  };
}
