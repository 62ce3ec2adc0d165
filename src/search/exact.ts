// Exact search: every vector is compared. The oracle of the approximate index, and the faster choice for small catalogues.
import { normalize, dotRow } from '../core/vector.ts';
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
 *   row       0         1              1023      1024
 *   blocks  [ x x x x | x x x x | … | x x x x ] [ x x x x | (room to grow)     dimension values a row
 *   labels    17        4              90        91                            removing a row moves the last one into its place
 *
 * Blocks, because one array would have to be copied whole to grow.
 */
export class ExactIndex implements VectorIndex {
  readonly method = 'exact';
  readonly dimension: number;
  readonly #blocks: Float32Array[] = [];
  readonly #labels: number[] = [];
  readonly #rowOf = new Map<number, number>();

  constructor(dimension: number) {
    this.dimension = dimension;
  }

  get size(): number {
    return this.#labels.length;
  }

  add(label: number, vector: Float32Array): void {
    checkLabel(label);
    checkVector(vector, this.dimension);
    if (this.#rowOf.has(label)) throw new RangeError(`label ${label} is in use`);
    const row = this.size;
    if (row === this.#blocks.length * blockRows) {
      this.#blocks.push(new Float32Array(blockRows * this.dimension));
    }
    this.#valuesOf(row).set(normalize(vector));
    this.#labels.push(label);
    this.#rowOf.set(label, row);
  }

  remove(label: number): boolean {
    const row = this.#rowOf.get(label);
    if (row === undefined) return false;
    const last = this.size - 1;
    const lastLabel = this.#labels.pop()!;
    this.#rowOf.delete(label);
    if (row !== last) {
      this.#valuesOf(row).set(this.#valuesOf(last));
      this.#labels[row] = lastLabel;
      this.#rowOf.set(lastLabel, row);
    }
    if (last % blockRows === 0) this.#blocks.pop();
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
    for (const [number, values] of this.#blocks.entries()) {
      const first = number * blockRows;
      const rows = Math.min(blockRows, size - first);
      for (let row = 0; row < rows; row++) {
        const score = dotRow(values, row * dimension, query);
        if (score < best.floor) continue;
        const label = this.#labels[first + row]!;
        if (!filter || filter(label)) best.offer(label, score);
      }
    }
    return best.sorted();
  }

  #valuesOf(row: number): Float32Array {
    const start = (row % blockRows) * this.dimension;
    return this.#blocks[Math.floor(row / blockRows)]!.subarray(start, start + this.dimension);
  }
}

const blockRows = 1024;
