// Items that are written together: those whose embedding is known, and those that the model is asked for all at once.

import type { Embedder } from '../core/embedder.ts';
import type { NewItem } from '../core/item.ts';
import { batchItem, stack, type Tensor } from '../core/tensor.ts';
import type { Draft, Examined } from './examine.ts';
import type { ItemFailure, ItemStore } from './store.ts';

export type BatchEntry = Extract<Examined, { outcome: 'updated' | 'reused' | 'prepared' }>;

/** What became of an entry. */
export type Written =
  | { readonly outcome: 'indexed' | 'updated' | 'reused'; readonly item: NewItem }
  | { readonly outcome: 'failed'; readonly failure: ItemFailure };

/** Entries that cost no tensor are collected up to this many times the batch size, for fewer transactions. */
const entriesPerTensor = 16;

export class Batch {
  readonly #size: number;
  readonly #store: ItemStore;
  readonly #embedder: Embedder;
  #entries: BatchEntry[] = [];
  /** By content hash: identical pictures are embedded once. */
  readonly #tensors = new Map<string, Tensor>();

  /** size: how many pictures the model is given at once. */
  constructor(size: number, store: ItemStore, embedder: Embedder) {
    this.#size = size;
    this.#store = store;
    this.#embedder = embedder;
  }

  get isFull(): boolean {
    return this.#tensors.size >= this.#size || this.#entries.length >= this.#size * entriesPerTensor;
  }

  add(entry: BatchEntry): void {
    this.#entries.push(entry);
    if (entry.outcome === 'prepared') this.#tensors.set(entry.draft.contentHash, entry.tensor);
  }

  /** Embeds what needs it and puts all entries in one transaction, in the order in which they were added. Empties the batch. */
  async write(): Promise<Written[]> {
    const embeddings = await this.#embed();
    const asked = new Set<string>();
    const written = this.#entries.map((entry) => {
      if (entry.outcome !== 'prepared') return entry;
      const { draft } = entry;
      const outcome = asked.has(draft.contentHash) ? 'reused' : 'indexed';
      asked.add(draft.contentHash);
      return withEmbedding(draft, embeddings.get(draft.contentHash)!, outcome);
    });
    const items = written.flatMap((entry) => (entry.outcome === 'failed' ? [] : [entry.item]));
    if (items.length > 0) this.#store.put(items);
    this.#entries = [];
    this.#tensors.clear();
    return written;
  }

  async #embed(): Promise<Map<string, Float32Array>> {
    if (this.#tensors.size === 0) return new Map();
    const embeddings = await this.#embedder.embed(stack([...this.#tensors.values()]));
    // A copy of each: a view would keep the whole batch in memory.
    return new Map([...this.#tensors.keys()].map((hash, i) => [hash, batchItem(embeddings, i).data.slice()]));
  }
}

function withEmbedding(draft: Draft, embedding: Float32Array, outcome: 'indexed' | 'reused'): Written {
  if (embedding.every((value) => Number.isFinite(value))) return { outcome, item: { ...draft, embedding } };
  const { source, id } = draft;
  const message = `${source}: the model returned an embedding that is not finite; try another model, or another picture`;
  return { outcome: 'failed', failure: { source, id, code: 'ENGINE_FAILED', message } };
}
