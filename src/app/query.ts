/** From pictures to the embeddings that search compares: the whole picture, and where asked for its mirror image and its parts. */
import { stack } from '../core/tensor.ts';
import type { Tensor } from '../core/tensor.ts';
import type { Picture } from '../image/open.ts';
import { prepare } from '../image/prepare.ts';
import type { Model } from '../model/model.ts';
import { fused, mirroredTensor } from './query-views.ts';

export interface QueryOptions {
  /** Fuse the picture with its mirror image. */
  readonly mirror?: boolean;
}

/** (C) of length 1 for each picture. Throws IMAGE_CORRUPT. */
export async function embedQueries(
  model: Model,
  pictures: readonly Picture[],
  { mirror = false }: QueryOptions = {},
): Promise<Float32Array[]> {
  const tensors: Tensor[] = [];
  for (const picture of pictures) {
    const { tensor } = await prepare(picture, model.input);
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
