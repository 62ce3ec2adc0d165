import { hash } from 'node:crypto';

/** Each slot: three words of the id's hash, and its number. */
const words = 4;

/**
 * From ids to numbers, in about 32 bytes an id however long it is, so that a source of millions of rows can be watched for ids that
 * come twice, or not at all. Ids are told apart by 96 bits of their SHA-256: among a billion of them the chance that any two are
 * taken for one is about 10⁻¹¹. Open addressing with linear probing.
 */
export class IdMap {
  #slots = new Uint32Array(1024 * words);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** number: 1 to 2³² - 1. Returns the number that the id has already, and keeps that; undefined when it is new. */
  add(id: string, number: number): number | undefined {
    if (this.#size * words * 2 >= this.#slots.length) this.#grow();
    const key = keyOf(id);
    const slot = find(this.#slots, key);
    const before = this.#slots[slot + 3]!;
    if (before !== 0) return before;
    this.#slots.set([...key, number], slot);
    this.#size++;
    return undefined;
  }

  has(id: string): boolean {
    return this.#slots[find(this.#slots, keyOf(id)) + 3] !== 0;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let slot = 0; slot < old.length; slot += words) {
      if (old[slot + 3] === 0) continue;
      const entry = old.subarray(slot, slot + words);
      this.#slots.set(entry, find(this.#slots, entry));
    }
  }
}

function keyOf(id: string): Uint32Array {
  const digest = hash('sha256', id, 'buffer');
  return Uint32Array.of(digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8));
}

/** Where the key is, or would be. */
function find(slots: Uint32Array, key: Uint32Array): number {
  const mask = slots.length / words - 1;
  for (let i = key[0]! & mask; ; i = (i + 1) & mask) {
    const slot = i * words;
    const isKey = slots[slot] === key[0] && slots[slot + 1] === key[1] && slots[slot + 2] === key[2];
    if (isKey || slots[slot + 3] === 0) return slot;
  }
}
