/** Pictures of tensors: what the model saw, and the signed gradient picture of the papers. */
import type { Rect } from '../core/geometry.ts';
import type { InputSpec } from '../core/input-spec.ts';
import { quantile } from '../core/vector.ts';
import type { Tensor } from '../core/tensor.ts';
import { encode, type PictureEncoding } from './encode.ts';
import type { Pixels } from './pixels.ts';
import { denormalize } from './prepare.ts';

export interface SignedOptions {
  /** Channel order of the tensor; rgb when absent. */
  readonly channels?: InputSpec['channels'];
  /** The percentile (0 to 100) of |value| that reaches black or white; 99 when absent. */
  readonly percentile?: number;
  /** The |value| that reaches black or white, in place of the percentile, to share one scale between pictures. */
  readonly max?: number;
  /** The part of the tensor to show, in whole pixels: `placement.target` leaves the bars out. */
  readonly region?: Rect;
  readonly encoding?: PictureEncoding;
}

/** The tensor (3,H,W) as the model saw it, bars included, PNG. */
export function renderTensor(image: Tensor, spec: InputSpec, encoding?: PictureEncoding): Promise<Buffer> {
  return encode(denormalize(image, spec), encoding);
}

/**
 * A gradient (3,H,W) as a colour picture around middle grey: grey is 0, brighter is positive, darker negative, channel by channel, as
 * in Simonyan et al. 2014 and Springenberg et al. 2014. All three channels share one scale.
 */
export function renderSigned(gradient: Tensor, options: SignedOptions = {}): Promise<Buffer> {
  const { channels = 'rgb', percentile = 99, encoding } = options;
  const max = options.max ?? magnitude(gradient.data, percentile);
  const grey = 127.5 / 255;
  const neutral: [number, number, number] = [grey, grey, grey];
  const half = max > 0 ? 1 / (2 * max) : 0;
  // The picture is what `denormalize` makes of (value / 2max) + 0.5, on a scale of 1.
  const [, height = 0, width = 0] = gradient.dims;
  const pixels = denormalize(
    { dims: gradient.dims, data: gradient.data.map((value) => value * half) },
    {
      width,
      height,
      channels,
      fit: 'fill',
      background: [0, 0, 0],
      scale: 1 / 255,
      mean: neutral,
      std: [1, 1, 1],
    },
  );
  return encode(options.region ? cut(pixels, options.region) : pixels, encoding);
}

/** The percentile of |value|, or the largest where that is 0. */
function magnitude(values: Float32Array, percentile: number): number {
  const magnitudes = values.map(Math.abs);
  return quantile(magnitudes, percentile / 100) || magnitudes.reduce((a, b) => Math.max(a, b), 0);
}

function cut({ data, width, channels }: Pixels, region: Rect): Pixels {
  const rows = Array.from({ length: region.height }, (_, y) => {
    const from = ((region.y + y) * width + region.x) * channels;
    return data.subarray(from, from + region.width * channels);
  });
  return { data: Buffer.concat(rows), width: region.width, height: region.height, channels };
}
