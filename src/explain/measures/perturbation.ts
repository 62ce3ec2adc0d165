/** Pictures with a part of their blocks blurred away. */
import type { Rect } from '../../core/geometry.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import type { Tensor } from '../../core/tensor.ts';
import { blurMap, heatMap, resizeMap } from '../../image/heat-map.ts';
import type { BlockGrid } from './blocks.ts';
import { cutOut } from './content.ts';

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

/**
 * A copy of `image` that fades into `other`, a picture of the same shape, at the named blocks. Between the centres of blocks the mixture
 * is bilinear, as in the masks of RISE (Petsiuk, Das, Saenko 2018): a mosaic of sharp-edged blocks is something that no network has seen,
 * and its edges can change a score more than what the blocks show (docs/explanations.md, "Measured").
 */
export function withBlocks(
  image: Tensor,
  other: Tensor,
  { content, columns, rows }: BlockGrid,
  named: Iterable<number>,
): Tensor {
  const chosen = heatMap(columns, rows);
  for (const block of named) chosen.data[block] = 1;
  const { data: weights } = resizeMap(chosen, content);
  const [channels = 0, height = 0, width = 0] = image.dims;
  const data = image.data.slice();
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < content.height; y++) {
      let to = (c * height + content.y + y) * width + content.x;
      for (let from = y * content.width; from < (y + 1) * content.width; from++, to++)
        data[to]! += weights[from]! * (other.data[to]! - data[to]!);
    }
  }
  return { dims: image.dims, data };
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
