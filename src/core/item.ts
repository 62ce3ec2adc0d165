/** A value that JSON can hold; the metadata of an item is an object of these. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Metadata = { readonly [key: string]: Json };

/** One picture of a catalogue, as it is written. */
export interface NewItem {
  /** Unique in the catalogue. */
  readonly id: string;
  /** Several pictures of one product share it; null when the source names none. */
  readonly productId: string | null;
  /** Absolute path of the picture. For one that came from elsewhere (see `origin`) the catalogue's own copy of it. */
  readonly source: string;
  /** Where a picture came from that is no file of this machine: its URL, or ARCHIVE!MEMBER. Absent or null: it is a file. */
  readonly origin?: string | null | undefined;
  /** What the origin calls this version of the picture: an HTTP entity tag. */
  readonly version?: string | null | undefined;
  /** Name of the source that it was indexed from, whose `sync` may remove it. Absent or null: somebody put it by hand. */
  readonly collection?: string | null | undefined;
  /** Hex SHA-256 of the file's bytes. */
  readonly contentHash: string;
  /** Size of the upright picture in pixels. */
  readonly width: number;
  readonly height: number;
  /** Size of the file in bytes and its time of change (milliseconds since 1970): unchanged files are not read again. */
  readonly bytes: number;
  readonly modifiedAt: number;
  readonly metadata: Metadata;
  /** (C), of length 1. */
  readonly embedding: Float32Array;
}

/** An item as a catalogue returns it, without its embedding. */
export interface Item extends Omit<NewItem, 'embedding'> {
  readonly origin: string | null;
  readonly version: string | null;
  readonly collection: string | null;
  /** Grows with every change to the catalogue. */
  readonly seq: number;
  /** When the row was written, milliseconds since 1970. */
  readonly indexedAt: number;
}
