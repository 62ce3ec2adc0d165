// Exact search: every vector is compared. The oracle of the approximate index, and the faster choice for small catalogues.
import { normalize } from '../core/vector.ts';
import { TopK } from './top-k.ts';
import {
  checkK,
  checkLabel,
  checkVector,
  type Neighbour,
  type NeighbourOptions,
  type VectorIndex,
} from './vector-index.ts';

/**
 *   row      0         1         2
 *   rows  [ x x x x | x x x x | x x x x | (room to grow) ]     one Float32Array, dimension values a row
 *   labels  17        4         90                             removing row 0 moves the last row into its place
 */
export class ExactIndex implements VectorIndex {
  readonly method = 'exact';
  readonly dimension: number;
  #rows: Float32Array;
  #labels: Float64Array;
  readonly #rowOf = new Map<number, number>();

  constructor(dimension: number, options: { capacity?: number } = {}) {
    const capacity = Math.max(options.capacity ?? 0, 64);
    this.dimension = dimension;
    this.#rows = new Float32Array(capacity * dimension);
    this.#labels = new Float64Array(capacity);
  }

  get size(): number {
    return this.#rowOf.size;
  }

  add(label: number, vector: Float32Array): void {
    checkLabel(label);
    checkVector(vector, this.dimension);
    if (this.#rowOf.has(label)) throw new RangeError(`label ${label} is in use`);
    const row = this.size;
    if (row === this.#labels.length) this.#grow();
    this.#rows.set(normalize(vector), row * this.dimension);
    this.#labels[row] = label;
    this.#rowOf.set(label, row);
  }

  remove(label: number): boolean {
    const row = this.#rowOf.get(label);
    if (row === undefined) return false;
    const last = this.size - 1;
    const lastLabel = this.#labels[last]!;
    this.#rows.copyWithin(row * this.dimension, last * this.dimension, (last + 1) * this.dimension);
    this.#labels[row] = lastLabel;
    this.#rowOf.set(lastLabel, row);
    this.#rowOf.delete(label);
    return true;
  }

  has(label: number): boolean {
    return this.#rowOf.has(label);
  }

  search(vector: Float32Array, k: number, options: NeighbourOptions = {}): Neighbour[] {
    checkVector(vector, this.dimension);
    checkK(k);
    const { filter } = options;
    const query = Float64Array.from(normalize(vector));
    const best = new TopK(k);
    const { size, dimension } = this;
    const [rows, labels] = [this.#rows, this.#labels];
    for (let row = 0; row < size; row++) {
      const score = dotRow(rows, row * dimension, query);
      if (score < best.floor) continue;
      const label = labels[row]!;
      if (!filter || filter(label)) best.offer(label, score);
    }
    return best.sorted();
  }

  #grow(): void {
    const rows = new Float32Array(this.#rows.length * 2);
    rows.set(this.#rows);
    this.#rows = rows;
    const labels = new Float64Array(this.#labels.length * 2);
    labels.set(this.#labels);
    this.#labels = labels;
  }
}

/** Four partial sums, because one is a chain of additions that each wait for the one before. */
function dotRow(rows: Float32Array, offset: number, query: Float64Array): number {
  const whole = query.length & ~3;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = 0;
  for (; i < whole; i += 4) {
    a += rows[offset + i]! * query[i]!;
    b += rows[offset + i + 1]! * query[i + 1]!;
    c += rows[offset + i + 2]! * query[i + 2]!;
    d += rows[offset + i + 3]! * query[i + 3]!;
  }
  for (; i < query.length; i++) a += rows[offset + i]! * query[i]!;
  return a + b + (c + d);
}
