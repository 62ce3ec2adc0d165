/** Pictures with a part of their blocks blurred away. */
import type { Tensor } from '../../core/tensor.ts';
import { heatMap, resizeMap } from '../../image/heat-map.ts';
import type { BlockGrid } from './blocks.ts';

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
  const plane = height * width;
  for (let y = 0, from = 0; y < content.height; y++) {
    const row = (content.y + y) * width + content.x;
    for (let x = 0; x < content.width; x++, from++) {
      const weight = weights[from]!;
      if (weight === 0) continue;
      for (let c = 0, to = row + x; c < channels; c++, to += plane)
        data[to]! += weight * (other.data[to]! - data[to]!);
    }
  }
  return { dims: image.dims, data };
}
