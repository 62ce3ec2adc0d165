/**
 * A graph that is only read, and beside it, compared one by one, what it does not have yet.
 *
 *   graph (HNSW, built elsewhere) ──search──┐
 *   tail  (exact, takes new vectors) ───────┴─> the k best of both
 */
import { ExactIndex } from './exact.ts';
import type { HnswIndex } from './hnsw.ts';
import {
  byScore,
  checkVector,
  type Neighbour,
  type NeighbourOptions,
  type SearchMethod,
  type VectorIndex,
} from './vector-index.ts';

export class LayeredIndex implements VectorIndex {
  readonly dimension: number;
  readonly #graph: HnswIndex | undefined;
  readonly #tail: ExactIndex;
  readonly #ef: number | undefined;

  /** ef: candidates that a search of the graph keeps, unless it says otherwise. */
  constructor(dimension: number, graph?: HnswIndex, ef?: number) {
    this.dimension = dimension;
    this.#ef = ef;
    this.#graph = graph;
    this.#tail = new ExactIndex(dimension);
  }

  get method(): SearchMethod {
    return this.#graph && this.#graph.size > 0 ? 'hnsw' : 'exact';
  }

  get size(): number {
    return this.tail + (this.#graph?.size ?? 0);
  }

  /** Vectors beside the graph. */
  get tail(): number {
    return this.#tail.size;
  }

  /** Vectors in the graph that were removed: searches pass through them still. */
  get removed(): number {
    return this.#graph?.removed ?? 0;
  }

  add(label: number, vector: Float32Array): void {
    if (this.#graph?.has(label)) throw new RangeError(`label ${label} is in use`);
    this.#tail.add(label, vector);
  }

  has(label: number): boolean {
    return this.#tail.has(label) || (this.#graph?.has(label) ?? false);
  }

  remove(label: number): boolean {
    return this.#tail.remove(label) || (this.#graph?.remove(label) ?? false);
  }

  search(vector: Float32Array, k: number, options: NeighbourOptions = {}): Neighbour[] {
    checkVector(vector, this.dimension);
    const recent = this.#tail.search(vector, k, options);
    if (!this.#graph) return recent;
    const ef = options.ef ?? (this.#ef && Math.max(this.#ef, 2 * k));
    const found = this.#graph.search(vector, k, { ...options, ef });
    return recent.length === 0 ? found : [...found, ...recent].sort(byScore).slice(0, k);
  }
}
