/**
 * Nearest neighbours by cosine, as an interface. An index knows labels (whole numbers) and vectors, and nothing of pictures.
 * Every implementation passes test/search/vector-index.contract.ts.
 */

import { dot } from '../core/vector.ts';

export type SearchMethod = 'exact' | 'hnsw';

export interface VectorIndex {
  /** exact: finds the nearest. hnsw: finds most of them, sooner. */
  readonly method: SearchMethod;
  /** Length of a vector. */
  readonly dimension: number;
  /** Number of labels that a search can return. */
  readonly size: number;

  /**
   * Adds a vector (copied, and scaled to length 1; a zero vector stays zero) under a label from 0 to 4294967295.
   * A label that was removed may be used again. Throws RangeError for a label in use, and for a vector of another length or with
   * a value that is not finite.
   */
  add(label: number, vector: Float32Array): void;

  /** Whether a search can return the label. */
  has(label: number): boolean;

  /** Returns false when the label is not in the index. */
  remove(label: number): boolean;

  /**
   * The k nearest labels, best first; fewer where the index (or what the filter lets through) has fewer, or, from an
   * approximate index, where it found fewer. Equal scores are ordered by label. Throws RangeError for an unusable vector or k.
   */
  search(vector: Float32Array, k: number, options?: NeighbourOptions): Neighbour[];
}

export interface Neighbour {
  readonly label: number;
  /** Cosine, -1 to 1; 0 where either vector is zero. Rounded as the index computes it: good to about 1e-5. */
  readonly score: number;
}

export interface NeighbourOptions {
  /** Candidates that an approximate index keeps while it searches: more is slower and finds more. Exact ones ignore it. */
  readonly ef?: number | undefined;
  /** Only labels for which it returns true are found. It must not throw, nor change the index. */
  readonly filter?: ((label: number) => boolean) | undefined;
}

/** hnswlib-node keeps labels in 32 bits and would wrap larger ones silently. */
const maxLabel = 0xffff_ffff;

export function checkLabel(label: number): void {
  if (!Number.isInteger(label) || label < 0 || label > maxLabel) {
    throw new RangeError(`expected a label that is a whole number from 0 to ${maxLabel}, received ${label}`);
  }
}

export function checkVector(vector: Float32Array, dimension: number): void {
  if (vector.length !== dimension) {
    throw new RangeError(`expected a vector of ${dimension} values, received ${vector.length}`);
  }
  // A sum of squares of float32 values cannot overflow: it is finite when they are.
  if (Number.isFinite(dot(vector, vector))) return;
  const at = vector.findIndex((value) => !Number.isFinite(value));
  throw new RangeError(`expected finite values, received ${vector[at]} at position ${at}`);
}

export function checkK(k: number): void {
  if (!Number.isInteger(k) || k < 1) {
    throw new RangeError(
      `expected k, the number of neighbours, to be a whole number from 1 up, received ${k}`,
    );
  }
}

/** Best score first, then the smaller label. */
export function byScore(a: Neighbour, b: Neighbour): number {
  return b.score - a.score || a.label - b.label;
}
