/** Pictures in which nothing is to be seen, or too little to be recognised: what explanations compare with. */
import type { Rect } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import type { Tensor } from '../core/tensor.ts';
import { blurMap, resizeMap } from '../image/heat-map.ts';
import { cutOut } from './content.ts';
import type { Subject } from './subject.ts';

/** grey: the mean colour of the model's training pictures, which is a tensor of zeros. blurred: blurredCopy. */
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

/**
 * A copy of a picture (3,H,W) that keeps its colours and loses its detail: a Gaussian of σ = 10 px at 224, in proportion at other sizes
 * (Fong, Vedaldi 2017, arXiv 1704.03296, blur by 10 too). content: where the picture lies, whole pixels; the bars around it stay as
 * they are, and do not bleed into it.
 */
export function blurredCopy(image: Tensor, content: Rect, sigma = blurSigma(image)): Tensor {
  const [channels = 0, height = 0, width = 0] = image.dims;
  const plane = width * height;
  const data = image.data.slice();
  for (let c = 0; c < channels; c++) {
    const map = { width, height, data: image.data.subarray(c * plane, (c + 1) * plane) };
    const blurred = widelyBlurred(cutOut(map, content), sigma).data;
    for (let row = 0; row < content.height; row++) {
      const line = blurred.subarray(row * content.width, (row + 1) * content.width);
      data.set(line, c * plane + (content.y + row) * width + content.x);
    }
  }
  return { dims: image.dims, data };
}

/**
 * A wide Gaussian leaves nothing that half the resolution could not hold, and there it takes an eighth of the work. Shrinking and enlarging
 * blur a little themselves, by triangles of variance 2/3 each. Within 1 % of the range of the values of the exact Gaussian.
 */
function widelyBlurred(map: HeatMap, sigma: number): HeatMap {
  const variance = sigma * sigma - 4 / 3;
  if (variance < 16) return blurMap(map, sigma);
  const half = { width: Math.ceil(map.width / 2), height: Math.ceil(map.height / 2) };
  return resizeMap(blurMap(resizeMap(map, half), Math.sqrt(variance) / 2), map);
}

/** 10 px at 224. */
function blurSigma({ dims: [, height = 0, width = 0] }: Tensor): number {
  return (10 * Math.max(width, height)) / 224;
}

/** The pixels of a rectangle, in place. */
export function copyBlock(from: Tensor, to: Tensor, { x, y, width, height }: Rect): void {
  const [channels = 0, rows = 0, columns = 0] = from.dims;
  for (let c = 0; c < channels; c++) {
    for (let row = y; row < y + height; row++) {
      const start = (c * rows + row) * columns + x;
      to.data.set(from.data.subarray(start, start + width), start);
    }
  }
}
