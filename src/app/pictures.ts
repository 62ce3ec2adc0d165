import { AppError } from '../core/errors.ts';
import type { Rect } from '../core/geometry.ts';
import type { Item } from '../core/item.ts';
import type { Subject } from '../explain/subject.ts';
import { examine } from '../explain/subject.ts';
import type { Picture, PictureBytes } from '../image/open.ts';
import { openPicture, readPictureBytes } from '../image/open.ts';
import type { Placement } from '../image/placement.ts';
import { prepare } from '../image/prepare.ts';
import type { Model } from '../model/model.ts';

/** A picture as callers give it: a path or the file's bytes, and which part of it counts (pixels of the upright picture). */
export interface PictureInput {
  readonly source: string | Uint8Array | PictureBytes;
  readonly crop?: Rect | undefined;
}

/** A picture that was opened, prepared and run through the network. */
export interface ExaminedPicture {
  readonly picture: Picture;
  /** Where the picture lies in the tensor that the model saw: maps go back through it. */
  readonly placement: Placement;
  readonly subject: Subject;
}

/** Throws the IMAGE_ codes, and CROP_OUTSIDE. */
export async function examinePicture(model: Model, input: PictureInput): Promise<ExaminedPicture> {
  const [examined] = await examinePictures(model, [await preparePicture(model, input)]);
  return examined!;
}

/** A picture ready for the network. */
export type PreparedInput = Omit<ExaminedPicture, 'subject'> & Pick<Subject, 'image'>;

export async function preparePicture(
  model: Pick<Model, 'input'>,
  { source, crop }: PictureInput,
): Promise<PreparedInput> {
  const picture = await openPicture(source);
  const { tensor, placement } = await prepare(picture, model.input, crop ? { crop } : {});
  return { picture, placement, image: tensor };
}

/** Runs prepared pictures through the network together. */
export async function examinePictures(
  model: Model,
  prepared: readonly PreparedInput[],
): Promise<ExaminedPicture[]> {
  const images = prepared.map(({ image }) => image);
  const contents = prepared.map(({ placement }) => placement.target);
  const subjects = await examine(model, images, contents);
  return prepared.map(({ picture, placement }, i) => ({ picture, placement, subject: subjects[i]! }));
}

/**
 * The bytes of an item's picture, read again from its source. Throws ITEM_CHANGED when it is not the picture that was indexed, and the
 * IMAGE_ codes.
 */
export async function readItemPicture(item: Item): Promise<PictureBytes> {
  const bytes = await readPictureBytes(item.source);
  if (bytes.contentHash === item.contentHash) return bytes;
  throw new AppError(
    'ITEM_CHANGED',
    `the picture of item "${item.id}" has changed since it was indexed; index it again: ${item.source}`,
  );
}

/** What one picture can do; anything else concerns more than that picture. */
export function isPictureProblem({ code }: AppError): boolean {
  return code.startsWith('IMAGE_') || code === 'ITEM_CHANGED';
}
