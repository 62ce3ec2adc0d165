/** Pictures looked at in several ways, once, so that many searches can be made of them. */
import { centreOf, fused, mirroredTensor } from '../../src/app/query-views.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { type Places, placesOf } from '../../src/explain/places.ts';
import { examine } from '../../src/explain/subject.ts';
import type { Picture } from '../../src/image/open.ts';
import { prepare } from '../../src/image/prepare.ts';
import type { Model } from '../../src/model/model.ts';
import { proposeRegions } from '../../src/app/regions.ts';

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
