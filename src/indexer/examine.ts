// What an entry of the source needs: nothing, a new row, or an embedding. All that can be found out about one picture by itself.

import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { AppError, errorCodes, messageOf } from '../core/errors.ts';
import type { InputSpec } from '../core/input-spec.ts';
import type { Item, NewItem } from '../core/item.ts';
import type { Tensor } from '../core/tensor.ts';
import { openPicture, readPictureBytes } from '../image/open.ts';
import { prepare } from '../image/prepare.ts';
import type { SourceEntry, SourceItem } from './sources/source.ts';
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
  readonly store: Pick<ItemStore, 'get' | 'findByHash'>;
  readonly input: InputSpec;
  /** Prepare every picture, known or not. */
  readonly force: boolean;
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
    return { outcome: 'failed', failure: { source: entry.file, id: entry.id, code, message } };
  }
}

async function examineItem(entry: SourceItem, { store, input, force }: ExamineOptions): Promise<Examined> {
  const { id, productId, file: source, metadata } = entry;
  // Before the bytes: should the file change in between, the next run sees another time and reads it again.
  const stamp = await stampOf(source);
  const before = force ? undefined : store.get(id);
  if (before && isSameFile(before, source, stamp)) {
    if (before.productId === productId && isDeepStrictEqual(before.metadata, metadata)) {
      return { outcome: 'unchanged', key: { source, id } };
    }
    const known = store.findByHash(before.contentHash);
    if (known)
      return { outcome: 'updated', item: { ...before, productId, metadata, embedding: known.embedding } };
  }

  const file = await pictureWork(source, () => readPictureBytes(source));
  const { contentHash } = file;
  const { bytes, modifiedAt } = stamp ?? { bytes: file.bytes.length, modifiedAt: 0 };
  const draft = { id, productId, source, contentHash, bytes, modifiedAt, metadata };
  const known = force ? undefined : store.findByHash(contentHash);
  if (known) {
    return {
      outcome: before?.contentHash === contentHash ? 'updated' : 'reused',
      item: withKnown(draft, known),
    };
  }

  const { tensor, picture } = await pictureWork(source, async () => prepare(await openPicture(file), input));
  return { outcome: 'prepared', draft: { ...draft, width: picture.width, height: picture.height }, tensor };
}

interface Stamp {
  readonly bytes: number;
  readonly modifiedAt: number;
}

/** Undefined where there is no file: whoever reads it says so. */
async function stampOf(file: string): Promise<Stamp | undefined> {
  try {
    const { size, mtimeMs } = await stat(file);
    return { bytes: size, modifiedAt: mtimeMs };
  } catch {
    return undefined;
  }
}

function isSameFile(before: Item, source: string, stamp: Stamp | undefined): boolean {
  return before.source === source && before.bytes === stamp?.bytes && before.modifiedAt === stamp.modifiedAt;
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
