/** Pictures in which nothing is to be seen, or too little to be recognised: what explanations compare with. */
import type { Tensor } from '../core/tensor.ts';
import { blurMap } from '../image/heat-map.ts';
import { cutOut } from './measures/content.ts';
import { copyBlock } from './measures/perturbation.ts';
import type { Subject } from './subject.ts';

/**
 * grey: the mean colour of the model's training pictures, which is a tensor of zeros. blurred: a Gaussian of σ = 10 px at 224, in
 * proportion at other sizes, which keeps colours and loses detail (Fong, Vedaldi 2017, arXiv 1704.03296, blur by 10 too).
 */
export type Baseline = 'grey' | 'blurred';

/** The subject's picture without its content (3,H,W). The bars around it stay as they are, and do not bleed into the picture. */
export function baselineOf({ image, content }: Subject, kind: Baseline): Tensor {
  const copy = { dims: image.dims, data: image.data.slice() };
  if (kind === 'grey') {
    copyBlock({ dims: image.dims, data: new Float32Array(copy.data.length) }, copy, content);
    return copy;
  }
  const [channels = 0, height = 0, width = 0] = image.dims;
  const plane = width * height;
  const sigma = (10 / 224) * Math.max(width, height);
  for (let c = 0; c < channels; c++) {
    const channel = { width, height, data: image.data.subarray(c * plane, (c + 1) * plane) };
    const { data } = blurMap(cutOut(channel, content), sigma);
    for (let row = 0; row < content.height; row++) {
      const line = data.subarray(row * content.width, (row + 1) * content.width);
      copy.data.set(line, c * plane + (content.y + row) * width + content.x);
    }
  }
  return copy;
}

/** For each pixel of the tensor: 1 where the picture is, 0 on the bars around it. */
export function contentMask({ image, content }: Pick<Subject, 'image' | 'content'>): Uint8Array {
  const [, height = 0, width = 0] = image.dims;
  const mask = new Uint8Array(width * height);
  for (let y = content.y; y < content.y + content.height; y++) {
    mask.fill(1, y * width + content.x, y * width + content.x + content.width);
  }
  return mask;
}
