// What an indexing run reads from: something that lists pictures, whatever it is made of.

import type { Metadata } from '../../core/item.ts';
import type { ItemFailure } from '../store.ts';

/** One picture that a source names, and where it is: nothing has looked at it yet. */
export type SourceItem = FileItem | UrlItem | RemoteItem;

interface NamedItem {
  readonly type: 'item';
  /** Unique within the source. */
  readonly id: string;
  readonly productId: string | null;
  readonly metadata: Metadata;
  /** What the item belongs to, where that is not the source itself. */
  readonly collection?: string | null;
}

export interface FileItem extends NamedItem {
  /** Absolute path of the picture. */
  readonly file: string;
  readonly url?: never;
  readonly remote?: never;
}

/** Becomes a RemoteItem when it is fetched (see fetch-ahead.ts). */
export interface UrlItem extends NamedItem {
  readonly url: string;
  readonly file?: never;
  readonly remote?: never;
}

export interface RemoteItem extends NamedItem {
  readonly remote: RemotePicture;
  readonly file?: never;
  readonly url?: never;
}

/** A picture that is no file of this machine: the catalogue keeps a copy of it. */
export interface RemotePicture {
  /** What to call it: its URL, or ARCHIVE!MEMBER. */
  readonly origin: string;
  readonly stamp: Stamp;
  /** Whether equal stamps mean equal pictures, so that it need not be read; otherwise only its bytes tell. */
  readonly stampTells: boolean;
  read(): Promise<Uint8Array>;
  /** Nothing more is needed of it. */
  release?(): void;
}

/** What tells one version of a picture from another. */
export interface Stamp {
  readonly bytes: number;
  /** Milliseconds since 1970; 0 where it is not known. */
  readonly modifiedAt: number;
  /** The origin's name for this version, such as an HTTP entity tag. */
  readonly version: string | null;
}

/** An entry that names no usable picture, such as a broken row or a folder that cannot be read. */
export interface SourceFailure extends ItemFailure {
  readonly type: 'failure';
}

export type SourceEntry = SourceItem | SourceFailure;

export interface ItemSource {
  /** Name of the kind, such as `folder`. */
  readonly kind: string;
  /** Absolute path of the folder or table; '-' for standard input. */
  readonly location: string;
  /** What its items belong to in a catalogue; the location when absent. */
  readonly name?: string;
  /** All entries, in an order that does not change from run to run. Can be walked more than once, except for standard input. */
  entries(): AsyncIterable<SourceEntry>;
  /** About how many entries there are, for a progress bar; cheap beside indexing them. Undefined when it is stopped or cannot be said. */
  count(signal?: AbortSignal): Promise<number | undefined>;
}

/** The collection of a source's items. */
export const collectionOf = ({ name, location }: ItemSource): string => name ?? location;

/** A path, a URL, or ARCHIVE!MEMBER: what an item's failures are recorded under. */
export function placeOf({ file, url, remote }: SourceItem): string {
  return file ?? url ?? remote!.origin;
}
