/** How much of a score a few places carry. Pure, for browsers too. */
import type { Rect, Size } from '../core/geometry.ts';
import { intersect } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';

/** Where on a picture the score comes from. */
export interface Concentration {
  /** Of the score that lies in the picture, the share, 0 to 1, in the quarter of its area that has most. 0.25 where it is spread evenly. */
  readonly quarter: number;
  /** The share of the score in the bars around the picture. */
  readonly bars: number;
}

/** shares: a match map over the whole tensor; content: where in the tensor (of `size`) the picture lies. */
export function concentration(shares: HeatMap, content: Rect, size: Size): Concentration {
  const width = size.width / shares.width;
  const height = size.height / shares.height;
  // A place that lies partly on the picture counts in proportion.
  const places = Array.from(shares.data, (share, i) => {
    const x = (i % shares.width) * width;
    const y = Math.floor(i / shares.width) * height;
    const common = intersect({ x, y, width, height }, content);
    return { share, area: common ? (common.width * common.height) / (width * height) : 0 };
  });
  const total = places.reduce((sum, { share }) => sum + share, 0);
  const inside = places.reduce((sum, { share, area }) => sum + share * area, 0);
  if (total <= 0 || inside <= 0) return { quarter: 0, bars: total > 0 ? 1 : 0 };
  let room = places.reduce((sum, { area }) => sum + area, 0) / 4;
  let quarter = 0;
  for (const { share, area } of places.toSorted((a, b) => b.share - a.share)) {
    quarter += share * Math.min(room, area);
    room = Math.max(0, room - area);
  }
  return { quarter: quarter / inside, bars: Math.max(0, 1 - inside / total) };
}
