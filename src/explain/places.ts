/**
 * How alike two pictures are place by place: what is in one is looked for anywhere in the other. The cosine of the embeddings compares
 * means, so that what covers a part of a picture changes all of it; here it changes the places that it covers.
 */
import type { Subject } from './subject.ts';

/** Directions of features (count, C), row by row; each row of length 1, or all zero. */
export interface Places {
  readonly count: number;
  readonly dimension: number;
  readonly data: Float32Array;
}

/** At most so many hits of one search are compared place by place: their pictures are read for it. */
export const mostReranked = 100;

/** Places a side at most: finer ones find no more (docs/evaluation.md), and pairs grow with the fourth power. */
const mostPlaces = 6;

/** The features of a subject (C,h,w), averaged to at most 6×6 places of equal size, which may overlap by one row or column. */
export function placesOf({ features }: Subject): Places {
  const [dimension = 0, height = 0, width = 0] = features.dims;
  const rows = spans(height);
  const columns = spans(width);
  const data = new Float32Array(rows.length * columns.length * dimension);
  let start = 0;
  for (const row of rows) {
    for (const column of columns) {
      const place = data.subarray(start, start + dimension);
      for (let c = 0; c < dimension; c++) {
        for (let y = row.from; y < row.until; y++) {
          for (let x = column.from; x < column.until; x++) {
            place[c]! += features.data[(c * height + y) * width + x]!;
          }
        }
      }
      toUnitLength(place);
      start += dimension;
    }
  }
  return { count: rows.length * columns.length, dimension, data };
}

/**
 * 0 to 1 for features after a rectifier: the mean over the places of `a` of the best cosine in `b`, and that of the places of `b` in `a`,
 * halved. Symmetric; 1 where each place of either is found in the other.
 */
export function placeSimilarity(a: Places, b: Places): number {
  if (a.dimension !== b.dimension) {
    throw new RangeError(`expected places of ${a.dimension} values, received ${b.dimension}`);
  }
  const bestInA = new Float64Array(b.count).fill(-1);
  const cosines = new Float64Array(a.count * b.count);
  cosinesBetween(a, b, cosines);
  let inB = 0;
  for (let i = 0, n = 0; i < a.count; i++) {
    let best = -1;
    for (let j = 0; j < b.count; j++, n++) {
      const cosine = cosines[n]!;
      if (cosine > best) best = cosine;
      if (cosine > bestInA[j]!) bestInA[j] = cosine;
    }
    inB += best;
  }
  const inA = bestInA.reduce((sum, best) => sum + best, 0);
  return (inB / a.count + inA / b.count) / 2;
}

/** (a.count, b.count), row by row. Four places of `b` at a time: what is read of `a` serves them all. */
function cosinesBetween(a: Places, b: Places, out: Float64Array): void {
  const { dimension } = a;
  for (let i = 0; i < a.count; i++) {
    const one = a.data.subarray(i * dimension, (i + 1) * dimension);
    for (let j = 0; j < b.count; j += 4) {
      // Beyond the last place the last once more.
      const at = (n: number) => Math.min(j + n, b.count - 1) * dimension;
      const [p, q, r, s] = [at(0), at(1), at(2), at(3)];
      let [sumP, sumQ, sumR, sumS] = [0, 0, 0, 0];
      for (let c = 0; c < dimension; c++) {
        const value = one[c]!;
        sumP += value * b.data[p + c]!;
        sumQ += value * b.data[q + c]!;
        sumR += value * b.data[r + c]!;
        sumS += value * b.data[s + c]!;
      }
      const sums = [sumP, sumQ, sumR, sumS];
      for (let n = 0; n < 4 && j + n < b.count; n++) out[i * b.count + j + n] = sums[n]!;
    }
  }
}

interface Span {
  readonly from: number;
  readonly until: number;
}

/** `length` cells in at most mostPlaces spans that cover all of them. */
function spans(length: number): Span[] {
  const count = Math.min(mostPlaces, length);
  return Array.from({ length: count }, (_, i) => ({
    from: Math.floor((i * length) / count),
    until: Math.ceil(((i + 1) * length) / count),
  }));
}

function toUnitLength(vector: Float32Array): void {
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (length === 0) return;
  for (let c = 0; c < vector.length; c++) vector[c]! /= length;
}
