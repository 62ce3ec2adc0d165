// What an indexing run needs of a catalogue. The catalogue of src/search has this shape; the indexer does not know it.

import type { EmbeddingSpace } from '../core/embedder.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Item, NewItem } from '../core/item.ts';
import type { PictureBytes } from '../image/open.ts';

/** Names a failure: there is one for each source and id. */
export interface FailureKey {
  /** The picture's path, URL or ARCHIVE!MEMBER; for an entry that names none, its place in the source: `/shop/items.csv:17`. */
  readonly source: string;
  /** The item's id, where the entry has one. */
  readonly id: string | null;
}

/** Why an entry of a source is not in the catalogue, or not in its newest form. */
export interface ItemFailure extends FailureKey {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A failure as the catalogue has it. */
export interface RecordedFailure extends FailureKey {
  /** Name of the source that was being indexed; null where that is not known. */
  readonly collection: string | null;
}

/** An item with the embedding that it shares with every file of the same bytes. */
export interface KnownPicture {
  readonly item: Pick<Item, 'width' | 'height'>;
  readonly embedding: Float32Array;
}

export interface ItemStore {
  /** The folder of the catalogue. */
  readonly directory: string;
  /** Of the model whose embeddings are in it. */
  readonly space: EmbeddingSpace;
  /** The item as it was last written. */
  get(id: string): Item | undefined;
  /** Any item of a file with these bytes. */
  findByHash(contentHash: string): KnownPicture | undefined;
  /** Adds or replaces items, all or none of them. Once it returns they are safe. */
  put(items: readonly NewItem[]): void;
  readonly failures: FailureStore;
  readonly pictures: PictureStore;
}

/** What could not be indexed. */
export interface FailureStore {
  all(): readonly RecordedFailure[];
  /** Takes the place of an earlier failure of the same source and id. Returns how many times it has failed. */
  record(failure: ItemFailure & { readonly collection: string }): number;
  clear(source: string, id: string | null): void;
}

/** The files of pictures that are no files of this machine. */
export interface PictureStore {
  /** Returns the file's path. */
  keep(picture: PictureBytes): Promise<string>;
  /** Removes the file of a picture that the catalogue kept, and that no item needs any more. */
  drop(item: Pick<Item, 'source' | 'contentHash'>): Promise<void>;
}
