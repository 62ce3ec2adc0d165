/** Where the subject of a picture seems to be, from how strongly the network answers to each place. No labels, no second model. */
import { intersect, type Rect } from '../core/geometry.ts';
import { quantile } from '../core/vector.ts';
import type { Subject } from '../explain/subject.ts';
import { type Placement, toPicture } from '../image/placement.ts';

export interface Region extends Rect {
  /** 0 to 1: the share of the answer above the background's that lies inside. */
  readonly score: number;
}

/** A subject larger than this part of the picture is the picture. */
const largestPart = 0.85;
/** Of the answer, so much may lie beside the region on each of its sides. */
const tail = 0.06;

/** At most one region, in pixels of the upright picture; none where no subject stands out. */
export function proposeRegions(subject: Subject, placement: Placement): Region[] {
  const [, height = 0, width = 0] = subject.features.dims;
  const answer = excess(subject);
  const columns = Array.from({ length: width }, (_, x) => sum(height, (y) => answer[y * width + x]!));
  const rows = Array.from({ length: height }, (_, y) => sum(width, (x) => answer[y * width + x]!));
  const [left, right] = span(columns);
  const [top, bottom] = span(rows);
  const { tensor, source } = placement;
  const from = toPicture(placement, { x: (left * tensor.width) / width, y: (top * tensor.height) / height });
  const to = toPicture(placement, {
    x: (right * tensor.width) / width,
    y: (bottom * tensor.height) / height,
  });
  const box = intersect({ ...from, width: to.x - from.x, height: to.y - from.y }, source);
  if (!box || box.width * box.height > largestPart * source.width * source.height) return [];
  const rounded = inward(box);
  if (Math.min(rounded.width, rounded.height) < 16) return [];
  return [{ ...rounded, score: Math.round(1000 * (1 - 2 * tail) ** 2) / 1000 }];
}

/** |F(z)|² above that of a typical place, for each place. */
function excess({ features }: Subject): Float64Array {
  const [channels = 0, height = 0, width = 0] = features.dims;
  const places = height * width;
  const energy = new Float64Array(places);
  for (let i = 0; i < channels * places; i++) energy[i % places]! += features.data[i]! ** 2;
  const typical = quantile(energy, 0.5);
  return energy.map((value) => Math.max(0, value - typical));
}

/** The part of an axis that holds all but the two tails, in cells; fractional. */
function span(mass: readonly number[]): [number, number] {
  const total = mass.reduce((a, b) => a + b, 0);
  if (!(total > 0)) return [0, mass.length];
  const position = (share: number): number => {
    let before = 0;
    for (const [i, value] of mass.entries()) {
      if (before + value >= share * total) return i + (share * total - before) / value;
      before += value;
    }
    return mass.length;
  };
  return [position(tail), position(1 - tail)];
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

const sum = (count: number, value: (i: number) => number): number =>
  Array.from({ length: count }, (_, i) => value(i)).reduce((a, b) => a + b, 0);
