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

/** By content hash. */
type Embeddings = ReadonlyMap<string, Float32Array>;

/** Entries that cost no tensor are collected up to this many times the batch size, for fewer transactions. */
const entriesPerTensor = 16;

/** Filled, then embedded, then written; the next one is filled meanwhile. */
export class Batch {
  readonly #size: number;
  readonly #entries: BatchEntry[] = [];
  /** Content hashes of the pictures that the model is asked for, and their tensors until it is: identical ones are embedded once. */
  readonly #asked = new Set<string>();
  #tensors: Tensor[] = [];
  #before: readonly Batch[];
  #embeddings: Promise<Embeddings> = Promise.resolve(new Map());

  /**
   * size: how many pictures the model is given at once. before: the batches that are embedded or written meanwhile; what they ask the
   * model for, this one does not.
   */
  constructor(size: number, before: readonly Batch[] = []) {
    this.#size = size;
    this.#before = before;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get isFull(): boolean {
    return this.#tensors.length >= this.#size || this.#entries.length >= this.#size * entriesPerTensor;
  }

  /** Those that the model was asked for. */
  get embeddings(): Promise<Embeddings> {
    return this.#embeddings;
  }

  asksFor(contentHash: string): boolean {
    return this.#asked.has(contentHash);
  }

  add(entry: BatchEntry): void {
    this.#entries.push(entry);
    if (entry.outcome !== 'prepared') return;
    const { contentHash } = entry.draft;
    if ([this, ...this.#before].some((batch) => batch.asksFor(contentHash))) return;
    this.#asked.add(contentHash);
    this.#tensors.push(entry.tensor);
  }

  /** Begins to embed what needs it. Nothing can be added any more; what goes wrong is thrown by `write`. */
  embed(embedder: Embedder): void {
    this.#embeddings = embeddingsOf([...this.#asked], this.#tensors, embedder);
    this.#embeddings.catch(() => undefined);
    this.#tensors = [];
  }

  /** Puts all entries in one transaction, in the order in which they were added, once they are embedded. */
  async write(store: ItemStore): Promise<Written[]> {
    const asked = await Promise.all([this, ...this.#before].map(({ embeddings }) => embeddings));
    const embeddings = new Map(asked.flatMap((some) => [...some]));
    this.#before = [];
    const counted = new Set<string>();
    const written = this.#entries.map((entry) => {
      if (entry.outcome !== 'prepared') return entry;
      const { draft } = entry;
      const { contentHash } = draft;
      const outcome = this.asksFor(contentHash) && !counted.has(contentHash) ? 'indexed' : 'reused';
      counted.add(contentHash);
      return withEmbedding(draft, embeddings.get(contentHash)!, outcome);
    });
    const items = written.flatMap((entry) => (entry.outcome === 'failed' ? [] : [entry.item]));
    if (items.length > 0) store.put(items);
    return written;
  }
}

/**
 * Keeps the model busy: whenever it has embedded a batch the next one waits for it already, and rows are written while it computes.
 *
 *   filled:    3 3 3 3 4 4 4 4
 *   embedded:    2 2 2 2 3 3 3
 *   written:     1       2
 */
export class BatchQueue {
  readonly #size: number;
  readonly #embedder: Embedder;
  readonly #write: (batch: Batch) => Promise<void>;
  /** With the model, or done and not yet written; oldest first. */
  #embedding: Batch[] = [];
  #filling: Batch;

  /** size: as of a Batch. write: writes one, in the order in which they were filled. */
  constructor(size: number, embedder: Embedder, write: (batch: Batch) => Promise<void>) {
    this.#size = size;
    this.#embedder = embedder;
    this.#write = write;
    this.#filling = new Batch(size);
  }

  /** Waits while the model has a batch more than it computes at a time. Throws what embedding and writing earlier batches throw. */
  async add(entry: BatchEntry): Promise<void> {
    this.#filling.add(entry);
    if (!this.#filling.isFull) return;
    this.#embed();
    await this.#writeUntil(this.#embedder.parallelRuns ?? 1);
  }

  /** Embeds and writes what was added. */
  async finish(): Promise<void> {
    if (!this.#filling.isEmpty) this.#embed();
    await this.#writeUntil(0);
  }

  /** Waits for what the model computes still, when an error has ended the run: nothing goes on behind the caller's back. */
  async stop(): Promise<void> {
    await Promise.allSettled(this.#embedding.map(({ embeddings }) => embeddings));
  }

  #embed(): void {
    this.#filling.embed(this.#embedder);
    this.#embedding = [...this.#embedding, this.#filling];
    this.#filling = new Batch(this.#size, this.#embedding);
  }

  /** Until so many are left. */
  async #writeUntil(left: number): Promise<void> {
    while (this.#embedding.length > left) {
      const [first, ...rest] = this.#embedding;
      await this.#write(first!);
      this.#embedding = rest;
    }
  }
}

async function embeddingsOf(
  hashes: readonly string[],
  tensors: readonly Tensor[],
  embedder: Embedder,
): Promise<Embeddings> {
  if (tensors.length === 0) return new Map();
  const embeddings = await embedder.embed(stack(tensors));
  // A copy of each: a view would keep the whole batch in memory.
  return new Map(hashes.map((hash, i) => [hash, batchItem(embeddings, i).data.slice()]));
}

function withEmbedding(draft: Draft, embedding: Float32Array, outcome: 'indexed' | 'reused'): Written {
  if (embedding.every((value) => Number.isFinite(value))) return { outcome, item: { ...draft, embedding } };
  const { source, id } = draft;
  const message = `${source}: the model returned an embedding that is not finite; try another model, or another picture`;
  return { outcome: 'failed', failure: { source, id, code: 'ENGINE_FAILED', message } };
}
