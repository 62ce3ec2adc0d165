/** Pictures in which nothing is to be seen, or too little to be recognised: what explanations compare with. */
import type { Tensor } from '../core/tensor.ts';
import { blurredCopy, copyBlock } from './measures/perturbation.ts';
import type { Subject } from './subject.ts';

/** grey: the mean colour of the model's training pictures, which is a tensor of zeros. blurred: blurredCopy of the measures. */
export type Baseline = 'grey' | 'blurred';

/** The subject's picture without its content (3,H,W). The bars around it stay as they are. */
export function baselineOf({ image, content }: Subject, kind: Baseline): Tensor {
  if (kind === 'blurred') return blurredCopy(image, content);
  const copy = { dims: image.dims, data: image.data.slice() };
  copyBlock({ dims: image.dims, data: new Float32Array(copy.data.length) }, copy, content);
  return copy;
}

/** For each pixel of the tensor: 1 where the picture is, 0 on the bars around it. */
export function contentMask({ image, content }: Subject): Uint8Array {
  const [, height = 0, width = 0] = image.dims;
  const mask = new Uint8Array(width * height);
  for (let y = content.y; y < content.y + content.height; y++) {
    mask.fill(1, y * width + content.x, y * width + content.x + content.width);
  }
  return mask;
}
