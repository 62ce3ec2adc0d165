/**
 * Which places of two pictures answer each other:
 *
 *   M[z,w] = <F_q(z), F_p(w)> / (hw · h'w' · |f_q| |f_p|),    Σ M = s exactly    (match-map.ts)
 *
 * A row at a time: M itself is never stored.
 */
import type { Point, Rect } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { dot, norm } from '../core/vector.ts';
import { heatMap } from '../image/heat-map.ts';
import type { Subject } from './subject.ts';

/** A place of each picture. */
export interface PlacePair {
  /** Centres of the places, in pixels of the tensors. */
  readonly from: Point;
  readonly to: Point;
  /** The part of the score that lies in the pair, M[from, to]; of a region, in all its places with `to`. */
  readonly share: number;
  /** Cosine of the features of the two places. */
  readonly likeness: number;
  /** Is each the most alike of all places for the other ("best buddies": Dekel et al. 2015, doi 10.1109/CVPR.2015.7298813)? */
  readonly mutual: boolean;
}

export interface RegionAnswer {
  /** How much of each place was asked about: (h,w), 0 to 1. */
  readonly region: HeatMap;
  /** Where in the other picture it matched: (h',w'), a sum of rows of M. */
  readonly map: HeatMap;
  /** The sum of the map: the region's part in the score. */
  readonly share: number;
  /** The strongest places of the map, the strongest first. */
  readonly answers: readonly PlacePair[];
}

/** Pairs that are nearer to each other than this part of the tensors' sides, on both sides, say the same thing twice. */
const apart = 0.15;

/**
 * The places of `to` that answer a part of `from`: a point (the place it lies in) or a rectangle (each place by the part of it that is
 * inside), in pixels of the tensor. Throws RangeError for a part outside the tensor.
 */
export function answersTo(from: Subject, asked: Point | Rect, to: Subject, count = 3): RegionAnswer {
  const [a, b] = [placesOf(from), placesOf(to)];
  const region = weightsOf(a, asked);
  const chosen = a.vectors.flatMap((_, z) => (region.data[z]! > 0 ? [z] : []));
  if (chosen.length === 0)
    throw new RangeError(`expected a part of the tensor, received ${JSON.stringify(asked)}`);
  const map = heatMap(b.columns, b.rows);
  for (const z of chosen) {
    for (let w = 0; w < map.data.length; w++) map.data[w]! += region.data[z]! * share(a, z, b, w);
  }
  const pairs = b.seen.map((w): PlacePair => {
    // Of a region, the place that is most alike speaks for it.
    const z = mostAlike(b, w, a, chosen);
    const mutual = mostAlike(b, w, a) === z && mostAlike(a, z, b) === w;
    return { ...pairOf(a, z, b, w), share: map.data[w]!, mutual };
  });
  const total = map.data.reduce((sum, value) => sum + value, 0);
  return {
    region,
    map,
    share: total,
    answers: strongest(pairs, count, (one, other) => near(one.to, other.to, b)),
  };
}

/** The pairs of places that are the most alike for each other, those with the largest share first; at most `count`. */
export function mutualMatches(from: Subject, to: Subject, count: number): PlacePair[] {
  const [a, b] = [placesOf(from), placesOf(to)];
  const back = new Map(b.seen.map((w) => [w, mostAlike(b, w, a)]));
  const pairs = a.seen.flatMap((z): PlacePair[] => {
    const w = mostAlike(a, z, b);
    return back.get(w) === z ? [pairOf(a, z, b, w)] : [];
  });
  return strongest(pairs, count, (one, other) => near(one.from, other.from, a) && near(one.to, other.to, b));
}

/** A feature map, place by place. */
interface Places {
  readonly columns: number;
  readonly rows: number;
  /** Of the tensor, in pixels. */
  readonly width: number;
  readonly height: number;
  /** F(z), (C) for each place. */
  readonly vectors: readonly Float32Array[];
  readonly lengths: readonly number[];
  /** |f| · hw. */
  readonly divisor: number;
  /** Those that lie in the picture, by their centres, and show something. */
  readonly seen: readonly number[];
}

function placesOf({ image, features, content, norm: length }: Subject): Places {
  const [channels = 0, rows = 0, columns = 0] = features.dims;
  const [, height = 0, width = 0] = image.dims;
  const count = rows * columns;
  const vectors = Array.from({ length: count }, (_, z) =>
    Float32Array.from({ length: channels }, (_, c) => features.data[c * count + z]!),
  );
  const size = { columns, rows, width, height };
  const lengths = vectors.map(norm);
  const inside = (z: number) => {
    const { x, y } = centreOf(size, z);
    const { x: left, y: top } = content;
    return x >= left && x < left + content.width && y >= top && y < top + content.height;
  };
  const seen = [...vectors.keys()].filter((z) => lengths[z]! > 0 && inside(z));
  return { ...size, vectors, lengths, divisor: length * count, seen };
}

type Grid = Pick<Places, 'columns' | 'rows' | 'width' | 'height'>;

function centreOf({ columns, rows, width, height }: Grid, place: number): Point {
  return {
    x: (((place % columns) + 0.5) * width) / columns,
    y: ((Math.floor(place / columns) + 0.5) * height) / rows,
  };
}

function weightsOf({ columns, rows, width, height }: Grid, asked: Point | Rect): HeatMap {
  const across = parts(columns, width, asked.x, 'width' in asked ? asked.width : undefined);
  const down = parts(rows, height, asked.y, 'width' in asked ? asked.height : undefined);
  return heatMap(
    columns,
    rows,
    Float32Array.from(
      { length: columns * rows },
      (_, z) => across[z % columns]! * down[Math.floor(z / columns)]!,
    ),
  );
}

/** For each of `count` pieces of a line the part of it from `start` on for `length`; without a length, 1 for the piece with `start`. */
function parts(count: number, whole: number, start: number, length: number | undefined): number[] {
  const step = whole / count;
  return Array.from({ length: count }, (_, i) => {
    const [low, high] = [i * step, (i + 1) * step];
    if (length === undefined) return start >= low && start < high ? 1 : 0;
    return Math.max(0, Math.min(high, start + length) - Math.max(low, start)) / step;
  });
}

/** M[z,w] */
function share(a: Places, z: number, b: Places, w: number): number {
  const divisor = a.divisor * b.divisor;
  return divisor > 0 ? dot(a.vectors[z]!, b.vectors[w]!) / divisor : 0;
}

function cosine(a: Places, z: number, b: Places, w: number): number {
  const lengths = a.lengths[z]! * b.lengths[w]!;
  return lengths > 0 ? dot(a.vectors[z]!, b.vectors[w]!) / lengths : 0;
}

function pairOf(a: Places, z: number, b: Places, w: number): PlacePair {
  return {
    from: centreOf(a, z),
    to: centreOf(b, w),
    share: share(a, z, b, w),
    likeness: cosine(a, z, b, w),
    mutual: true,
  };
}

/** Which of the places of b (those that are seen, when absent) has features the most like those of place z of a. */
function mostAlike(a: Places, z: number, b: Places, among: readonly number[] = b.seen): number {
  let best = among[0]!;
  let most = -Infinity;
  for (const w of among) {
    const likeness = cosine(a, z, b, w);
    if (likeness > most) [best, most] = [w, likeness];
  }
  return best;
}

const near = (one: Point, other: Point, { width, height }: Grid): boolean =>
  Math.abs(one.x - other.x) < apart * width && Math.abs(one.y - other.y) < apart * height;

/** By share, without those that only repeat a stronger one. */
function strongest(
  pairs: readonly PlacePair[],
  count: number,
  repeats: (one: PlacePair, other: PlacePair) => boolean,
): PlacePair[] {
  const chosen: PlacePair[] = [];
  for (const pair of pairs.toSorted((x, y) => y.share - x.share)) {
    if (chosen.length === count) break;
    if (!chosen.some((other) => repeats(pair, other))) chosen.push(pair);
  }
  return chosen;
}
