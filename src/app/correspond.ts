/** Which places of two pictures answer each other, in pixels of the pictures. */
import { AppError } from '../core/errors.ts';
import { intersect, type Point, type Rect } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { answersTo, mutualMatches, type PlacePair } from '../explain/correspondence.ts';
import { type Placement, toPicture, toTensor } from '../image/placement.ts';
import type { ExaminedPicture } from './pictures.ts';

/** PlacePair with points in pixels of the upright pictures. */
export type MatchedPoints = PlacePair;

/** What a part of a picture matched in another. */
export interface PictureAnswer {
  /** What was asked about, in pixels of the picture. */
  readonly asked: Point | Rect;
  /** The places of the feature map that count for it, all or in part, in pixels of the picture: it is what one can tell apart. */
  readonly resolved: Rect;
  /** The part of the score that lies in it. */
  readonly share: number;
  /** Where in the other picture: one value for each place (h',w'), which sum to `share`. */
  readonly map: HeatMap;
  /** The strongest places first. */
  readonly answers: readonly MatchedPoints[];
}

type Examined = Pick<ExaminedPicture, 'picture' | 'placement' | 'subject'>;

/**
 * Where in `hit` a point or a rectangle of `query` (pixels of the upright picture) matched.
 * Throws USAGE for what lies outside the part of the picture that the model saw.
 */
export function correspond(query: Examined, hit: Examined, asked: Point | Rect, count = 3): PictureAnswer {
  const { placement } = query;
  const part = toTensorPart(placement, asked);
  const { region, map, share, answers } = answersTo(query.subject, part, hit.subject, count);
  const cell = {
    width: placement.tensor.width / region.width,
    height: placement.tensor.height / region.height,
  };
  const chosen = [...region.data.keys()].filter((z) => region.data[z]! > 0);
  const columns = chosen.map((z) => z % region.width);
  const rows = chosen.map((z) => Math.floor(z / region.width));
  const from = { x: Math.min(...columns) * cell.width, y: Math.min(...rows) * cell.height };
  const to = { x: (Math.max(...columns) + 1) * cell.width, y: (Math.max(...rows) + 1) * cell.height };
  return {
    asked,
    resolved: toPicturePart(placement, from, to),
    share,
    map,
    answers: answers.map(inPictures(query, hit)),
  };
}

/** The places of two pictures that are the most alike for each other, those with the largest part in the score first. */
export function matchedPoints(query: Examined, hit: Examined, count: number): MatchedPoints[] {
  return mutualMatches(query.subject, hit.subject, count).map(inPictures(query, hit));
}

const inPictures =
  (query: Examined, hit: Examined) =>
  (pair: PlacePair): MatchedPoints => ({
    ...pair,
    from: within(toPicture(query.placement, pair.from), query.placement.source),
    to: within(toPicture(hit.placement, pair.to), hit.placement.source),
  });

/** Nothing is drawn beside a picture: the centre of a place at its edge may lie there by a fraction of a pixel. */
function within(point: Point, { x, y, width, height }: Rect): Point {
  return { x: Math.min(x + width, Math.max(x, point.x)), y: Math.min(y + height, Math.max(y, point.y)) };
}

function toTensorPart(placement: Placement, asked: Point | Rect): Point | Rect {
  const { source } = placement;
  if (!('width' in asked)) {
    const { x, y } = asked;
    const inside =
      x >= source.x && x < source.x + source.width && y >= source.y && y < source.y + source.height;
    if (inside) return toTensor(placement, asked);
    throw outside(`a point`, source, `${x},${y}`);
  }
  const seen = asked.width > 0 && asked.height > 0 ? intersect(asked, source) : undefined;
  if (!seen) throw outside('a region', source, `${asked.x},${asked.y},${asked.width},${asked.height}`);
  const from = toTensor(placement, seen);
  const to = toTensor(placement, { x: seen.x + seen.width, y: seen.y + seen.height });
  return { ...from, width: to.x - from.x, height: to.y - from.y };
}

function toPicturePart(placement: Placement, from: Point, to: Point): Rect {
  const a = toPicture(placement, from);
  const b = toPicture(placement, to);
  const box = { ...a, width: b.x - a.x, height: b.y - a.y };
  return intersect(box, placement.source) ?? box;
}

function outside(what: string, { x, y, width, height }: Rect, received: string): AppError {
  const [right, bottom] = [Math.round(x + width), Math.round(y + height)];
  return new AppError(
    'USAGE',
    `expected ${what} in the part of the query that the model saw, x from ${Math.round(x)} to ${right} and y from ` +
      `${Math.round(y)} to ${bottom}, received ${received}`,
  );
}
