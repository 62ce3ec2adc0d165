/**
 * How alike two pictures are place by place: what is in one is looked for anywhere in the other. The cosine of the embeddings compares
 * means, so that what covers a part of a picture changes all of it; here it changes the places that it covers.
 */
import { seededRandom } from '../core/random.ts';
import type { Subject } from './subject.ts';

/** Directions of features (count, dimension), row by row; each row of length 1, or all zero. */
export interface Places {
  readonly count: number;
  readonly dimension: number;
  readonly data: Float32Array;
}

/** At most so many hits of one search are compared place by place: their pictures are read for it. */
export const mostReranked = 100;

/** Places a side at most: finer ones find no more (docs/evaluation.md), and pairs grow with the fourth power. */
const mostPlaces = 6;

/** Values of a place at most; whymatch-s has 512 channels, and more values find no more (docs/evaluation.md). */
const mostValues = 128;

/**
 * The features of a subject (C,h,w), averaged to at most 6×6 places of equal size, which may overlap by one row or column, and projected to at
 * most 128 values.
 */
export function placesOf({ features }: Subject): Places {
  const [channels = 0, height = 0, width = 0] = features.dims;
  const rows = spans(height);
  const columns = spans(width);
  const project = projectionOf(channels);
  const dimension = Math.min(channels, mostValues);
  const data = new Float32Array(rows.length * columns.length * dimension);
  const sums = new Float32Array(channels);
  let start = 0;
  for (const row of rows) {
    for (const column of columns) {
      sums.fill(0);
      for (let c = 0; c < channels; c++) {
        for (let y = row.from; y < row.until; y++) {
          for (let x = column.from; x < column.until; x++) {
            sums[c]! += features.data[(c * height + y) * width + x]!;
          }
        }
      }
      const place = data.subarray(start, start + dimension);
      project(sums, place);
      toUnitLength(place);
      start += dimension;
    }
  }
  return { count: rows.length * columns.length, dimension, data };
}

/** Adds the projection of `values` to `out`. */
type Projection = (values: Float32Array, out: Float32Array) => void;

const projections = new Map<number, Projection>();

/** The same for all features of so many channels: what is compared has gone through the same one. */
function projectionOf(channels: number): Projection {
  let projection = projections.get(channels);
  if (!projection) {
    projection = channels <= mostValues ? (values, out) => out.set(values) : sparseProjection(channels);
    projections.set(channels, projection);
  }
  return projection;
}

/** In so many values of a place each channel takes part. */
const parts = 8;

/**
 * A random projection under which cosines stay what they were, but for a little noise that averages out over the places (Johnson,
 * Lindenstrauss 1984). Sparse, as by Kane, Nelson 2014: the values fall into 8 blocks, and each channel goes into one value of each block, with
 * a random sign.
 */
function sparseProjection(channels: number): Projection {
  const random = seededRandom(channels);
  const block = mostValues / parts;
  const into = Uint8Array.from(
    { length: channels * parts },
    (_, i) => (i % parts) * block + Math.floor(random() * block),
  );
  const signs = Int8Array.from({ length: channels * parts }, () => (random() < 0.5 ? -1 : 1));
  return (values, out) => {
    for (let c = 0, i = 0; c < channels; c++) {
      const value = values[c]!;
      for (const end = i + parts; i < end; i++) out[into[i]!]! += signs[i]! * value;
    }
  };
}

/**
 * -1 to 1, in general above 0 for features after a rectifier: the mean over the places of `a` of the best cosine in `b`, and that of the places of `b` in `a`,
 * halved. Symmetric; 1 where each place of either is found in the other.
 */
export function placeSimilarity(a: Places, b: Places): number {
  if (a.dimension !== b.dimension) {
    throw new RangeError(`expected places of ${a.dimension} values, received ${b.dimension}`);
  }
  const cosines = cosinesBetween(a, b);
  const bestInA = new Float64Array(b.count).fill(-1);
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

/** (a.count, b.count), row by row. Four sums at a time: one alone would wait for itself at each step. */
function cosinesBetween(a: Places, b: Places): Float64Array {
  const { dimension } = a;
  const out = new Float64Array(a.count * b.count);
  // Beyond the last place the last once more.
  const startOf = (j: number) => Math.min(j, b.count - 1) * dimension;
  for (let i = 0; i < a.count; i++) {
    for (let j = 0; j < b.count; j += 4) {
      const [p, q, r, s] = [startOf(j), startOf(j + 1), startOf(j + 2), startOf(j + 3)];
      let [sumP, sumQ, sumR, sumS] = [0, 0, 0, 0];
      for (let c = 0, from = i * dimension; c < dimension; c++) {
        const value = a.data[from + c]!;
        sumP += value * b.data[p + c]!;
        sumQ += value * b.data[q + c]!;
        sumR += value * b.data[r + c]!;
        sumS += value * b.data[s + c]!;
      }
      out.set([sumP, sumQ, sumR, sumS].slice(0, b.count - j), i * b.count + j);
    }
  }
  return out;
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
