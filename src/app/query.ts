/**
 * From a picture to what search compares with. What these options are worth, and what was tried and left out, is in docs/evaluation.md;
 * scripts/measure-search.ts measures it.
 */
import type { Rect } from '../core/geometry.ts';
import { stack, type Tensor } from '../core/tensor.ts';
import { insideFrame } from '../image/frame.ts';
import { openPicture, type Picture } from '../image/open.ts';
import { prepare } from '../image/prepare.ts';
import { pixelsOf } from '../image/transform/render.ts';
import type { Model } from '../model/model.ts';
import type { PictureInput } from './pictures.ts';
import { fused, mirroredTensor } from './query-views.ts';

export interface QueryOptions {
  /** Look past a frame of one colour around the picture, as in screenshots; true when absent. */
  readonly unframe?: boolean | undefined;
  /** Fuse the picture with its mirror image; false when absent. */
  readonly mirror?: boolean | undefined;
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

/** (C) of length 1 for each picture. Throws IMAGE_CORRUPT. */
export async function embedQueries(
  model: Model,
  pictures: readonly Picture[],
  { unframe = true, mirror = false }: QueryOptions = {},
): Promise<Float32Array[]> {
  const tensors: Tensor[] = [];
  for (const picture of pictures) {
    const crop = unframe ? await unframed(picture) : undefined;
    const { tensor } = await prepare(picture, model.input, crop ? { crop } : {});
    tensors.push(tensor);
    if (mirror) tensors.push(mirroredTensor(tensor));
  }
  const units = await embedTensors(model, tensors);
  if (!mirror) return units;
  return pictures.map((_, i) => fused(units.slice(2 * i, 2 * i + 2)));
}

async function embedTensors(model: Model, tensors: readonly Tensor[]): Promise<Float32Array[]> {
  const units: Float32Array[] = [];
  for (let start = 0; start < tensors.length; start += model.batchSize) {
    const { data } = await model.embed(stack(tensors.slice(start, start + model.batchSize)));
    for (let i = 0; i < data.length; i += model.dimension) units.push(data.slice(i, i + model.dimension));
  }
  return units;
}
