/** Which places of a hit answer which places of the query, small enough to be part of a page. */
import type { Size } from '../core/geometry.ts';
import type { Tensor } from '../core/tensor.ts';
import { correspondence } from '../explain/match-map.ts';
import type { Subject } from '../explain/subject.ts';
import { heatMap, resizeMap } from '../image/heat-map.ts';

export interface Answers {
  /** Places of each side. */
  readonly query: Size;
  readonly hit: Size;
  /** (query places, hit places): the square root of M (match-map.ts), 255 for its largest value; its square gives shares. */
  readonly data: Uint8Array;
}

/** More places on a side than this are too fine to point at, and too many to send. */
const mostPlaces = 14;

export function answersOf(query: Subject, hit: Subject): Answers {
  const from = coarse(query);
  const to = coarse(hit);
  const [size, other] = [placesOf(from.features), placesOf(to.features)];
  const rows = Array.from(
    { length: size.width * size.height },
    (_, place) => correspondence(from, place, to).data,
  );
  const largest = rows.reduce((max, row) => row.reduce((a, b) => Math.max(a, b), max), 0);
  const data = new Uint8Array(rows.length * other.width * other.height);
  for (const [i, row] of rows.entries()) {
    for (const [k, value] of row.entries()) {
      data[i * row.length + k] = largest > 0 ? Math.round(255 * Math.sqrt(Math.max(0, value) / largest)) : 0;
    }
  }
  return { query: size, hit: other, data };
}

/** The subject with its features averaged to fewer places. M of averages is the sum of M over what was averaged. */
function coarse(subject: Subject): Subject {
  const { width, height } = placesOf(subject.features);
  const factor = mostPlaces / Math.max(width, height);
  if (factor >= 1) return subject;
  const size = {
    width: Math.max(1, Math.round(width * factor)),
    height: Math.max(1, Math.round(height * factor)),
  };
  const [channels = 0] = subject.features.dims;
  const planes = Array.from({ length: channels }, (_, c) => {
    const plane = subject.features.data.slice(c * width * height, (c + 1) * width * height);
    return resizeMap(heatMap(width, height, plane), size).data;
  });
  const data = new Float32Array(channels * size.width * size.height);
  for (const [c, plane] of planes.entries()) data.set(plane, c * plane.length);
  return { ...subject, features: { dims: [channels, size.height, size.width], data } };
}

function placesOf({ dims: [, height = 0, width = 0] }: Tensor): Size {
  return { width, height };
}
