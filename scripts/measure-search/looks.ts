/** Pictures looked at in several ways, once, so that many searches can be made of them. */
import { centreOf, fused, mirroredTensor } from '../../src/app/query-views.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { normalize } from '../../src/core/vector.ts';
import { examine, type Subject } from '../../src/explain/subject.ts';
import type { Picture } from '../../src/image/open.ts';
import { prepare } from '../../src/image/prepare.ts';
import type { Model } from '../../src/model/model.ts';
import { proposeRegions } from '../../src/app/regions.ts';

/** Features at so many places a side, for re-ranking; each of length 1, with the length it had. */
export interface Places {
  readonly directions: readonly Float32Array[];
  readonly weights: Float32Array;
}

/** Unit embeddings. */
export interface Look {
  readonly whole: Float32Array;
  readonly mirror: Float32Array;
  readonly subject: Float32Array;
  readonly subjectMirror: Float32Array;
  /** The middle 70 % each way. */
  readonly centre: Float32Array;
  readonly places: Places;
}

export async function lookAt(model: Model, picture: Picture): Promise<Look> {
  const whole = await prepare(picture, model.input);
  const [seen] = await examine(model, [whole.tensor], [whole.placement.target]);
  const [region] = proposeRegions(seen!, whole.placement);
  const crops = [centreOf(picture, 0.7), ...(region ? [region] : [])];
  const tensors: Tensor[] = [mirroredTensor(whole.tensor)];
  for (const { x, y, width, height } of crops) {
    tensors.push((await prepare(picture, model.input, { crop: { x, y, width, height } })).tensor);
  }
  if (region) tensors.push(mirroredTensor(tensors[2]!));
  const units = (await examine(model, tensors)).map(({ unit }) => unit);
  const [mirror, centre, subject = seen!.unit, subjectMirror = mirror] = units;
  return {
    whole: seen!.unit,
    mirror: mirror!,
    subject,
    subjectMirror: subjectMirror!,
    centre: centre!,
    places: placesOf(seen!),
  };
}

export const crossed = (look: Look): Float32Array => fused([look.whole, look.mirror]);

const mostPlaces = 6;

function placesOf({ features }: Subject): Places {
  const [channels = 0, height = 0, width = 0] = features.dims;
  const [rows, columns] = [Math.min(mostPlaces, height), Math.min(mostPlaces, width)];
  const directions: Float32Array[] = [];
  const weights: number[] = [];
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const sum = new Float32Array(channels);
      for (let y = Math.floor((r * height) / rows); y < Math.ceil(((r + 1) * height) / rows); y++) {
        for (let x = Math.floor((c * width) / columns); x < Math.ceil(((c + 1) * width) / columns); x++) {
          for (let k = 0; k < channels; k++) sum[k]! += features.data[(k * height + y) * width + x]!;
        }
      }
      const length = Math.hypot(...sum);
      directions.push(normalize(sum));
      weights.push(length);
    }
  }
  return { directions, weights: Float32Array.from(weights) };
}
