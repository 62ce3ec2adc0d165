// What an indexing run reads from: something that lists pictures, whatever it is made of.

import type { Metadata } from '../../core/item.ts';
import type { ItemFailure } from '../store.ts';

/** One picture that a source names. Nothing has looked at the file yet. */
export interface SourceItem {
  readonly type: 'item';
  /** Unique within the source. */
  readonly id: string;
  readonly productId: string | null;
  /** Absolute path of the picture. */
  readonly file: string;
  readonly metadata: Metadata;
}

/** An entry that names no usable picture, such as a broken row or a folder that cannot be read. */
export interface SourceFailure extends ItemFailure {
  readonly type: 'failure';
}

export type SourceEntry = SourceItem | SourceFailure;

export interface ItemSource {
  /** Name of the kind, such as `folder`. */
  readonly kind: string;
  /** Absolute path of the folder or table. */
  readonly location: string;
  /** All entries, in an order that does not change from run to run. Can be walked more than once. */
  entries(): AsyncIterable<SourceEntry>;
  /** About how many entries there are, for a progress bar; cheap beside indexing them. Undefined when it is stopped. */
  count(signal?: AbortSignal): Promise<number | undefined>;
}
