// What an entry of the source needs: nothing, a new row, or an embedding. All that can be found out about one picture by itself.

import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { AppError, errorCodes, messageOf } from '../core/errors.ts';
import type { InputSpec } from '../core/input-spec.ts';
import type { Item, NewItem } from '../core/item.ts';
import type { Tensor } from '../core/tensor.ts';
import { openPicture, type PictureBytes, readPictureBytes } from '../image/open.ts';
import { prepare } from '../image/prepare.ts';
import { isStillKept, stampOf } from './file-stamp.ts';
import { placeOf, type SourceEntry, type SourceItem, type Stamp } from './sources/source.ts';
import type { FailureKey, ItemFailure, ItemStore, KnownPicture } from './store.ts';

/** All of an item but its embedding. */
export type Draft = Omit<NewItem, 'embedding'>;

export type Examined =
  | { readonly outcome: 'failed'; readonly failure: ItemFailure }
  | { readonly outcome: 'unchanged'; readonly key: FailureKey }
  /** The embedding is known: from the item itself (updated), or from another one of the same bytes (reused). */
  | { readonly outcome: 'updated' | 'reused'; readonly item: NewItem }
  /** tensor: (3,H,W). */
  | { readonly outcome: 'prepared'; readonly draft: Draft; readonly tensor: Tensor };

export interface ExamineOptions {
  readonly store: Pick<ItemStore, 'get' | 'findByHash' | 'pictures'>;
  readonly input: InputSpec;
  /** Prepare every picture, known or not. */
  readonly force: boolean;
  /** What items belong to that say nothing themselves. */
  readonly collection: string;
}

/**
 * Does as little as it can: a file whose size and time have not changed is not read, bytes that are known are not decoded.
 * What is wrong with the entry or its picture comes back as a failure; it throws only what the store throws.
 */
export async function examine(entry: SourceEntry, options: ExamineOptions): Promise<Examined> {
  if (entry.type === 'failure') {
    const { type: _, ...failure } = entry;
    return { outcome: 'failed', failure };
  }
  try {
    return await examineItem(entry, options);
  } catch (error) {
    if (!isPictureError(error)) throw error;
    const { code, message } = error;
    return { outcome: 'failed', failure: { source: placeOf(entry), id: entry.id, code, message } };
  } finally {
    entry.remote?.release?.();
  }
}

async function examineItem(entry: SourceItem, options: ExamineOptions): Promise<Examined> {
  const { store, input, force } = options;
  const place = placeOf(entry);
  // Before the bytes: should the file change in between, the next run sees another time and reads it again.
  const stamp = entry.remote ? entry.remote.stamp : await stampOf(place);
  const before = force ? undefined : store.get(entry.id);
  const facts = factsOf(entry, options, stamp);
  if (before && isSamePicture(before, entry, stamp) && (!entry.remote || (await isStillKept(before)))) {
    if (hasFacts(before, facts)) return { outcome: 'unchanged', key: { source: place, id: entry.id } };
    const known = store.findByHash(before.contentHash);
    if (known) return { outcome: 'updated', item: { ...before, ...facts, embedding: known.embedding } };
  }

  const file = await pictureWork(place, () => readBytes(entry, place));
  const { contentHash } = file;
  const known = force ? undefined : store.findByHash(contentHash);
  if (known) {
    const draft = await draftOf(entry, facts, file, options);
    const item = withKnown(draft, known);
    if (before?.contentHash !== contentHash) return { outcome: 'reused', item };
    const isKnown =
      before.source === item.source &&
      hasFacts(before, { ...facts, bytes: draft.bytes, modifiedAt: draft.modifiedAt });
    return isKnown
      ? { outcome: 'unchanged', key: { source: place, id: entry.id } }
      : { outcome: 'updated', item };
  }

  const { tensor, picture } = await pictureWork(place, async () => prepare(await openPicture(file), input));
  const { width, height } = picture;
  return {
    outcome: 'prepared',
    draft: { ...(await draftOf(entry, facts, file, options)), width, height },
    tensor,
  };
}

/** What an item is told by its source, whatever its bytes are. */
type Facts = Pick<Item, 'id' | 'productId' | 'metadata' | 'collection' | 'origin' | 'version'> &
  Partial<Pick<Item, 'bytes' | 'modifiedAt'>>;

function factsOf(entry: SourceItem, { collection }: ExamineOptions, stamp: Stamp | undefined): Facts {
  const { id, productId, metadata, remote } = entry;
  return {
    id,
    productId,
    metadata,
    collection: entry.collection === undefined ? collection : entry.collection,
    origin: remote?.origin ?? null,
    version: stamp?.version ?? null,
    ...(stamp && { bytes: stamp.bytes, modifiedAt: stamp.modifiedAt }),
  };
}

function hasFacts(item: Item, facts: Facts): boolean {
  return Object.entries(facts).every(([name, value]) => isDeepStrictEqual(item[name as keyof Facts], value));
}

/** A remote picture is kept by the catalogue before its row says so. */
async function draftOf(
  entry: SourceItem,
  facts: Facts,
  file: PictureBytes,
  { store }: ExamineOptions,
): Promise<Omit<Draft, 'width' | 'height'>> {
  const { bytes = file.bytes.length, modifiedAt = 0 } = facts;
  const source = entry.remote ? await store.pictures.keep(file) : file.source;
  return { ...facts, source, contentHash: file.contentHash, bytes, modifiedAt };
}

async function readBytes({ remote }: SourceItem, place: string): Promise<PictureBytes> {
  if (!remote) return readPictureBytes(place);
  const bytes = await remote.read();
  if (bytes.length === 0) throw new AppError('IMAGE_EMPTY', `expected a picture, received 0 bytes: ${place}`);
  return { bytes, source: place, contentHash: createHash('sha256').update(bytes).digest('hex') };
}

function isSamePicture(before: Item, entry: SourceItem, stamp: Stamp | undefined): boolean {
  const place = placeOf(entry);
  const isSamePlace = entry.remote
    ? before.origin === place
    : before.origin === null && before.source === place;
  return (
    isSamePlace &&
    (entry.remote?.stampTells ?? true) &&
    before.bytes === stamp?.bytes &&
    before.modifiedAt === stamp.modifiedAt &&
    before.version === stamp.version
  );
}

/** The item of a draft whose bytes are known: size in pixels and embedding follow from the bytes. */
export function withKnown(
  draft: Omit<Draft, 'width' | 'height'>,
  { item, embedding }: KnownPicture,
): NewItem {
  return { ...draft, width: item.width, height: item.height, embedding };
}

/** One picture must not end the run, not even by a defect in the code that reads it. */
async function pictureWork<T>(source: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isPictureError(error)) throw error;
    throw new AppError('IMAGE_UNREADABLE', `${source} could not be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function isPictureError(error: unknown): error is AppError {
  return error instanceof AppError && errorCodes[error.code][0] === 'input';
}
