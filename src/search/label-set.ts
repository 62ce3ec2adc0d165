// A set of labels that is asked often: what a filter lets through.

/** One bit a label, up to the largest: 125 kB for a million. */
export class LabelSet {
  #bits: Uint32Array;
  #size = 0;

  constructor(labels: ArrayLike<number> = []) {
    let largest = 0;
    for (let i = 0; i < labels.length; i++) largest = Math.max(largest, labels[i]!);
    this.#bits = new Uint32Array((largest >>> 5) + 1);
    for (let i = 0; i < labels.length; i++) this.add(labels[i]!);
  }

  get size(): number {
    return this.#size;
  }

  has(label: number): boolean {
    return ((this.#bits[label >>> 5] ?? 0) & (1 << (label & 31))) !== 0;
  }

  add(label: number): void {
    if (this.has(label)) return;
    const word = label >>> 5;
    if (word >= this.#bits.length) {
      const grown = new Uint32Array(Math.max(word + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[word]! |= 1 << (label & 31);
    this.#size++;
  }

  remove(label: number): void {
    if (!this.has(label)) return;
    this.#bits[label >>> 5]! &= ~(1 << (label & 31));
    this.#size--;
  }

  /** In ascending order. */
  *labels(): Generator<number> {
    for (const [word, bits] of this.#bits.entries()) {
      for (let rest = bits; rest !== 0; rest &= rest - 1) yield word * 32 + 31 - Math.clz32(rest & -rest);
    }
  }
}
