/** A query seen several times: the whole picture, its mirror image, its subject; and one direction of search made of them. */
import type { Rect } from '../core/geometry.ts';
import type { Tensor } from '../core/tensor.ts';
import { normalize } from '../core/vector.ts';

/** (3,H,W) with left and right exchanged. Bars stay bars. */
export function mirroredTensor({ dims, data }: Tensor): Tensor {
  const width = dims.at(-1) ?? 0;
  const out = new Float32Array(data.length);
  for (let row = 0; row < data.length; row += width) {
    for (let x = 0; x < width; x++) out[row + x] = data[row + width - 1 - x]!;
  }
  return { dims, data: out };
}

/** The direction of the weighted sum of unit vectors: the mean of the scores ranks as this one does. */
export function fused(units: readonly Float32Array[], weights: readonly number[] = []): Float32Array {
  const [first] = units;
  if (!first) throw new RangeError('expected at least one vector, received none');
  const sum = new Float32Array(first.length);
  for (const [i, unit] of units.entries()) {
    const weight = weights[i] ?? 1;
    for (let c = 0; c < sum.length; c++) sum[c]! += weight * unit[c]!;
  }
  return normalize(sum);
}

/** The middle of a picture: `share` of its width and height. */
export function centreOf(
  { width, height }: { readonly width: number; readonly height: number },
  share: number,
): Rect {
  const size = { width: Math.round(width * share), height: Math.round(height * share) };
  return { x: Math.floor((width - size.width) / 2), y: Math.floor((height - size.height) / 2), ...size };
}
