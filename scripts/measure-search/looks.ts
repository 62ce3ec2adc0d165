/** Pictures looked at in several ways, once, so that many searches can be made of them. */
import { closerPart, type Look as CloseLook, lookOf } from '../../src/app/looks.ts';
import { centreOf, fused, mirroredTensor } from '../../src/app/query-views.ts';
import type { Tensor } from '../../src/core/tensor.ts';
import { examine } from '../../src/explain/subject.ts';
import type { Picture } from '../../src/image/open.ts';
import { prepare } from '../../src/image/prepare.ts';
import type { Subject } from '../../src/explain/subject.ts';
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
  /** What re-ranking compares: the whole picture, its object where one stands out, and its middle. */
  readonly closely: { readonly whole: CloseLook; readonly object: CloseLook; readonly middle: CloseLook };
}

export async function lookAt(model: Model, picture: Picture): Promise<Look> {
  const whole = await prepare(picture, model.input);
  const [seen] = await examine(model, [whole.tensor], [whole.placement.target]);
  const [region] = proposeRegions(seen!, whole.placement);
  const middlePart = closerPart(picture) ?? { x: 0, y: 0, width: picture.width, height: picture.height };
  const crops = [centreOf(picture, 0.7), middlePart, ...(region ? [region] : [])];
  const tensors: Tensor[] = [mirroredTensor(whole.tensor)];
  for (const { x, y, width, height } of crops) {
    tensors.push((await prepare(picture, model.input, { crop: { x, y, width, height } })).tensor);
  }
  if (region) tensors.push(mirroredTensor(tensors[3]!));
  const subjects = await examine(model, tensors);
  const [mirror, centre, middle, object, objectMirror] = subjects;
  const closely = (subject: Subject) => lookOf({ subject });
  return {
    whole: seen!.unit,
    mirror: mirror!.unit,
    subject: (object ?? seen!).unit,
    subjectMirror: (objectMirror ?? mirror!).unit,
    centre: centre!.unit,
    closely: { whole: closely(seen!), object: closely(object ?? seen!), middle: closely(middle!) },
  };
}

export const crossed = (look: Look): Float32Array => fused([look.whole, look.mirror]);
