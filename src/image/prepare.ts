/** From a picture to the tensor that a model was trained on, and back to the pixels that the model saw. */
import type { Rect, Size } from '../core/geometry.ts';
import type { InputSpec } from '../core/input-spec.ts';
import { tensor, type Tensor } from '../core/tensor.ts';
import { decoded, decoder } from './decode.ts';
import { heatMap, resampleMap } from './heat-map.ts';
import type { Picture } from './open.ts';
import type { Pixels } from './pixels.ts';
import { layout, type Layout, type Placement } from './placement.ts';

/** A tensor and where in it the picture lies. */
export interface PreparedPicture {
  /** (3,H,W), normalised as the specification says. */
  readonly tensor: Tensor;
  readonly placement: Placement;
  /** Size of the upright picture, before any crop. */
  readonly picture: Size;
}

/**
 * Decodes, crops, fits and normalises a picture for a model. The crop is in pixels of the upright picture, its edges rounded to
 * whole ones. One pass through sharp; without a crop, large JPEG and WebP files are scaled down while they are decoded.
 * Throws CROP_OUTSIDE, IMAGE_TOO_SMALL (of the crop), IMAGE_CORRUPT.
 */
export async function prepare(
  picture: Picture,
  spec: InputSpec,
  options: { readonly crop?: Rect } = {},
): Promise<PreparedPicture> {
  const plan = layout(picture, spec, options.crop);
  const pixels = await resizedPixels(picture, spec, plan, options.crop !== undefined);
  const { source, target } = plan;
  return {
    tensor: normalized(pixels, spec, target),
    placement: { picture: plan.picture, tensor: plan.tensor, source, target },
    picture: plan.picture,
  };
}

/**
 * The kernel is `linear`: a triangle as wide as the reduction, which is what PIL and torchvision call bilinear with antialiasing and
 * what the default model (and most others) was trained with. Lanczos would sharpen edges beyond what the models have seen.
 * libvips only reduces here: what it enlarges lies half a pixel off, so small pictures are enlarged by `enlarged`.
 */
async function resizedPixels(
  picture: Picture,
  spec: InputSpec,
  plan: Layout,
  cropped: boolean,
): Promise<Pixels> {
  const { region, resized, offset, target } = plan;
  const width = Math.min(region.width, resized.width);
  const height = Math.min(region.height, resized.height);
  const window = { ...target, x: target.x - offset.x, y: target.y - offset.y };
  const pipeline = decoder(picture, spec.background);
  // Only when needed: an extract before the resize turns the scaled decoding off.
  if (cropped) pipeline.extract(box(region));
  pipeline.resize(width, height, { fit: 'fill', kernel: 'linear' });
  if (width < resized.width || height < resized.height) {
    return enlarged(await decoded(picture, pipeline), resized, window);
  }
  if (window.width < width || window.height < height) pipeline.extract(box(window));
  return decoded(picture, pipeline);
}

/** The part `window` of the pixels resized to `size`, bilinear between pixel centres. */
function enlarged({ data, width, height }: Pixels, size: Size, window: Rect): Pixels {
  const [scaleX, scaleY] = [width / size.width, height / size.height];
  const region = {
    x: window.x * scaleX,
    y: window.y * scaleY,
    width: window.width * scaleX,
    height: window.height * scaleY,
  };
  const out = new Uint8Array(window.width * window.height * 3);
  for (let colour = 0; colour < 3; colour++) {
    const plane = heatMap(width, height);
    for (let i = 0; i < plane.data.length; i++) plane.data[i] = data[i * 3 + colour]!;
    const resampled = resampleMap(plane, region, window).data;
    for (let i = 0; i < resampled.length; i++) out[i * 3 + colour] = Math.round(resampled[i]!);
  }
  return { data: out, width: window.width, height: window.height, channels: 3 };
}

const box = ({ x, y, width, height }: Rect) => ({ left: x, top: y, width, height });

/** Interleaved bytes into three normalised planes, with the bars around `target`. A table of 256 values makes the loop a look-up. */
function normalized(pixels: Pixels, spec: InputSpec, target: Rect): Tensor {
  const { width, height } = spec;
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const colour = colourOf(channel, spec);
    const table = Float32Array.from({ length: 256 }, (_, value) => normalizedValue(value, channel, spec));
    const planeData = out.subarray(channel * plane, (channel + 1) * plane);
    if (pixels.width < width || pixels.height < height) {
      planeData.fill(normalizedValue(spec.background[colour]!, channel, spec));
    }
    for (let y = 0; y < pixels.height; y++) {
      let from = y * pixels.width * 3 + colour;
      let to = (target.y + y) * width + target.x;
      for (const end = to + pixels.width; to < end; to++, from += 3) {
        planeData[to] = table[pixels.data[from]!]!;
      }
    }
  }
  return tensor([3, height, width], out);
}

/** Which of red, green, blue stands in a channel of the tensor. */
const colourOf = (channel: number, spec: InputSpec): number =>
  spec.channels === 'rgb' ? channel : 2 - channel;

const normalizedValue = (value: number, channel: number, spec: InputSpec): number =>
  (value * spec.scale - spec.mean[channel]!) / spec.std[channel]!;

/** The pixels that a model saw: a normalised tensor (3,H,W) back to RGB, rounded and clamped to 0..255. */
export function denormalize(image: Tensor, spec: InputSpec): Pixels {
  const [channels, height = 0, width = 0] = image.dims;
  if (image.dims.length !== 3 || channels !== 3) {
    throw new RangeError(`expected a tensor (3,H,W), received [${image.dims.join(', ')}]`);
  }
  const plane = width * height;
  // Uint8ClampedArray rounds and clamps as it stores.
  const data = new Uint8ClampedArray(3 * plane);
  for (let channel = 0; channel < 3; channel++) {
    const colour = colourOf(channel, spec);
    const std = spec.std[channel]!;
    const mean = spec.mean[channel]!;
    for (let i = 0; i < plane; i++) {
      data[i * 3 + colour] = (image.data[channel * plane + i]! * std + mean) / spec.scale;
    }
  }
  return { data: new Uint8Array(data.buffer), width, height, channels: 3 };
}
