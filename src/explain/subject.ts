import type { Rect } from '../core/geometry.ts';
import type { Tensor } from '../core/tensor.ts';
import { batchItem, stack } from '../core/tensor.ts';
import { norm, normalize } from '../core/vector.ts';
import type { Model } from '../model/model.ts';

/** A picture that has been through the network: everything that an explanation of it starts from. */
export interface Subject {
  /** (3,H,W), the tensor that the model saw. */
  readonly image: Tensor;
  /** F, (C,h,w): the features whose mean is the embedding (ForwardResult of src/model/model.ts). */
  readonly features: Tensor;
  /** f, (C): the mean of F over its places. */
  readonly embedding: Float32Array;
  /** e = f/|f|, (C); all zero where f is. */
  readonly unit: Float32Array;
  /** |f|. */
  readonly norm: number;
  /** Where in the tensor the picture lies; around it are bars. */
  readonly content: Rect;
}

/** Runs pictures (each (3,H,W)) through the network, in batches that fit the memory. Bars are what lies outside `contents`. */
export async function examine(
  model: Model,
  images: readonly Tensor[],
  contents: readonly Rect[] = [],
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (let start = 0; start < images.length; start += model.batchSize) {
    const batch = images.slice(start, start + model.batchSize);
    const { features, embedding } = await model.forward(stack(batch));
    for (const [i, image] of batch.entries()) {
      const content = contents[start + i] ?? {
        x: 0,
        y: 0,
        width: model.input.width,
        height: model.input.height,
      };
      subjects.push(subjectOf(image, batchItem(features, i), batchItem(embedding, i).data, content));
    }
  }
  return subjects;
}

/** A subject from what the network said of a picture. Copies the views, so that a subject does not keep its whole batch in memory. */
export function subjectOf(image: Tensor, features: Tensor, embedding: Float32Array, content: Rect): Subject {
  return {
    image,
    features: { dims: features.dims, data: features.data.slice() },
    embedding: embedding.slice(),
    unit: normalize(embedding),
    norm: norm(embedding),
    content,
  };
}
