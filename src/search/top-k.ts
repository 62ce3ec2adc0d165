import type { Neighbour } from './vector-index.ts';

/** Keeps the k best of the neighbours offered to it: a binary heap with the worst one kept on top. */
export class TopK {
  readonly #k: number;
  readonly #heap: Neighbour[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** A score below this cannot enter; -Infinity while there is room. Lets a scan skip most offers. */
  get floor(): number {
    return this.#heap.length < this.#k ? -Infinity : this.#heap[0]!.score;
  }

  offer(label: number, score: number): void {
    const heap = this.#heap;
    const neighbour = { label, score };
    if (heap.length < this.#k) {
      heap.push(neighbour);
      this.#rise(heap.length - 1);
    } else if (isWorse(heap[0]!, neighbour)) {
      heap[0] = neighbour;
      this.#sink();
    }
  }

  /** What was kept, best first. */
  sorted(): Neighbour[] {
    return [...this.#heap].sort((a, b) => (isWorse(a, b) ? 1 : -1));
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isWorse(heap[at]!, heap[parent]!)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let child = 2 * at + 1;
      if (child >= heap.length) return;
      if (child + 1 < heap.length && isWorse(heap[child + 1]!, heap[child]!)) child++;
      if (!isWorse(heap[child]!, heap[at]!)) return;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  }
}

function isWorse(a: Neighbour, b: Neighbour): boolean {
  return a.score < b.score || (a.score === b.score && a.label > b.label);
}
