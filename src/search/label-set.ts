// A set of labels, made once and asked often: what a filter lets through.

/** One bit a label, up to the largest: 125 kB for a million. */
export class LabelSet {
  /** Without repetitions. */
  readonly labels: Uint32Array;
  readonly #bits: Uint32Array;

  constructor(labels: ArrayLike<number>) {
    this.labels = Uint32Array.from(labels);
    const largest = this.labels.reduce((a, b) => Math.max(a, b), 0);
    this.#bits = new Uint32Array((largest >>> 5) + 1);
    for (const label of this.labels) this.#bits[label >>> 5]! |= 1 << (label & 31);
  }

  get size(): number {
    return this.labels.length;
  }

  has(label: number): boolean {
    return ((this.#bits[label >>> 5] ?? 0) & (1 << (label & 31))) !== 0;
  }
}
