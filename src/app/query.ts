/**
 * From a picture to what search compares with. What these options are worth, and what was tried and left out, is in docs/evaluation.md;
 * scripts/measure-search.ts measures it.
 */
import type { Rect } from '../core/geometry.ts';
import { insideFrame } from '../image/frame.ts';
import { openPicture, type Picture } from '../image/open.ts';
import { pixelsOf } from '../image/transform/render.ts';
import type { Model } from '../model/model.ts';
import {
  examinePicture,
  examinePictures,
  type ExaminedPicture,
  type PictureInput,
  type PreparedInput,
  preparePicture,
} from './pictures.ts';
import { fused } from './query-views.ts';
import { proposeRegions } from './regions.ts';

export interface QueryOptions {
  /** Look past a frame of one colour around the picture, as in screenshots; true when absent. */
  readonly unframe?: boolean | undefined;
  /** Search with the object in the picture, too: one more forward pass. False when absent. */
  readonly subject?: boolean | undefined;
}

/** Frames are looked for at this size. */
const frameSide = 256;

/**
 * The part of a picture that lies inside a frame of one colour, in pixels of the upright picture; undefined where there is no frame.
 * Throws IMAGE_CORRUPT.
 */
export async function unframed(picture: Picture): Promise<Rect | undefined> {
  const pixels = await pixelsOf(picture, frameSide);
  const inside = insideFrame(pixels);
  if (!inside) return undefined;
  const [scaleX, scaleY] = [picture.width / pixels.width, picture.height / pixels.height];
  const x = Math.ceil(inside.x * scaleX);
  const y = Math.ceil(inside.y * scaleY);
  const width = Math.floor((inside.x + inside.width) * scaleX) - x;
  const height = Math.floor((inside.y + inside.height) * scaleY) - y;
  return Math.min(width, height) >= 16 ? { x, y, width, height } : undefined;
}

/** The input, narrowed to what lies inside a frame, unless the caller has chosen a part already. Throws the IMAGE_ codes. */
export async function withoutFrame({ source, crop }: PictureInput): Promise<PictureInput> {
  if (crop) return { source, crop };
  const picture = await openPicture(source);
  return { source: picture, crop: await unframed(picture) };
}

/** A picture as search compares it. */
export interface LookedAt {
  /** (C) of length 1: the direction of search. */
  readonly embedding: Float32Array;
  /** The whole picture, then the object in it where that was looked at and something stands out. */
  readonly seen: readonly [ExaminedPicture, ...ExaminedPicture[]];
}

/** What is looked at beside the whole picture, and whether it takes part in the direction of search. */
export interface LookOptions extends Pick<QueryOptions, 'subject'> {
  /** Look at the object, though the direction is that of the whole picture: for re-ranking. False when absent. */
  readonly object?: boolean | undefined;
}

/** Throws IMAGE_CORRUPT. */
export async function lookAtQueries(
  model: Model,
  pictures: readonly Picture[],
  { unframe = true, ...options }: QueryOptions & LookOptions = {},
): Promise<LookedAt[]> {
  const prepared: PreparedInput[] = [];
  for (const picture of pictures) {
    const crop = unframe ? await unframed(picture) : undefined;
    prepared.push(await preparePicture(model, { source: picture, crop }));
  }
  const examined = await examinePictures(model, prepared);
  return Promise.all(examined.map((query) => lookAtObject(model, query, options)));
}

/**
 * With `subject` the direction of search is that of the picture and its object (findForeground), each counting as much; that of the picture
 * alone where nothing stands out. One more forward pass, with `subject` or `object`.
 */
export async function lookAtObject(
  model: Model,
  whole: ExaminedPicture,
  { subject = false, object = false }: LookOptions,
): Promise<LookedAt> {
  const { picture, placement } = whole;
  const { unit } = whole.subject;
  const [region] = subject || object ? proposeRegions(whole.subject, placement) : [];
  if (!region) return { embedding: unit, seen: [whole] };
  const { x, y, width, height } = region;
  const part = await examinePicture(model, { source: picture, crop: { x, y, width, height } });
  const embedding = subject ? fused([unit, part.subject.unit]) : unit;
  return { embedding, seen: [whole, part] };
}
