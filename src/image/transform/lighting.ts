/** Lighting, and what cameras and transmission add: exposure, contrast, colour of the light, shadow, noise, compression. */
import { gaussian } from '../../core/random.ts';
import { encodeJpeg } from '../encode.ts';
import { openPicture } from '../open.ts';
import type { Pixels } from '../pixels.ts';
import { recoloured } from './raster.ts';
import { pixelsOf } from './render.ts';
import type { Transformation } from './transformation.ts';

/** Light itself times 2^stops: in linear light, as a camera does it (sRGB, IEC 61966-2-1). */
export function exposed(pixels: Pixels, stops: number): Pixels {
  return recoloured(
    pixels,
    lookUp((value) => fromLinear(toLinear(value) * 2 ** stops)),
  );
}

/** The distance from middle grey times `factor`. */
export function withContrast(pixels: Pixels, factor: number): Pixels {
  return recoloured(pixels, (value) => 127.5 + (value - 127.5) * factor);
}

/** Warmer (above 0) or colder light: red times 1 + amount, blue times 1 - amount in linear light, or the other way round. */
export function withTemperature(pixels: Pixels, amount: number): Pixels {
  const gains = [1 + amount, 1, 1 - amount];
  const tables = gains.map((gain) => lookUp((value) => fromLinear(toLinear(value) * gain)));
  return recoloured(pixels, (value, channel) => tables[channel]!(value));
}

/** A shadow with a soft edge over half of the picture, on one side of a line through the centre; it takes `depth` of the light. */
export function shadowed(pixels: Pixels, depth: number, direction: number): Pixels {
  const { width, height } = pixels;
  const [nx, ny] = [Math.cos(direction), Math.sin(direction)];
  const softness = 0.1 * Math.max(width, height);
  const linear = Float64Array.from({ length: 256 }, (_, value) => toLinear(value));
  return recoloured(pixels, (value, _, x, y) => {
    const distance = (x - width / 2) * nx + (y - height / 2) * ny;
    const shade = 1 / (1 + Math.exp(-distance / softness));
    return fromLinear(linear[value]! * (1 - depth * shade));
  });
}

/** Gaussian noise of standard deviation `sigma` (of 255), each channel for itself. */
export function noisy(pixels: Pixels, sigma: number, random: () => number): Pixels {
  return recoloured(pixels, (value) => value + sigma * gaussian(random));
}

/** Through a JPEG file of this quality and back. */
export async function compressed(pixels: Pixels, quality: number): Promise<Pixels> {
  const picture = await openPicture(await encodeJpeg(pixels, quality));
  return pixelsOf(picture, Math.max(picture.width, picture.height));
}

function lookUp(curve: (value: number) => number): (value: number) => number {
  const table = Float64Array.from({ length: 256 }, (_, value) => curve(value));
  return (value) => table[value]!;
}

function toLinear(value: number): number {
  const v = value / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
}

function fromLinear(light: number): number {
  const v = Math.min(1, light);
  return 255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
}

const lighting = 'lighting' as const;

export const lightingTransformations: readonly Transformation[] = [
  {
    name: 'darker',
    title: 'Darker',
    challenge: lighting,
    measure: 'stops of exposure',
    grades: [-0.5, -1, -1.5, -2, -3],
    apply: exposed,
  },
  {
    name: 'brighter',
    title: 'Brighter',
    challenge: lighting,
    measure: 'stops of exposure',
    grades: [0.25, 0.5, 1, 1.5, 2],
    apply: exposed,
  },
  {
    name: 'contrast',
    title: 'Less contrast',
    challenge: lighting,
    measure: 'of the contrast',
    grades: [0.85, 0.7, 0.55, 0.4, 0.25],
    apply: withContrast,
  },
  {
    name: 'temperature',
    title: 'Other light',
    challenge: lighting,
    measure: 'more red and less blue, or the other way round',
    grades: [0.1, 0.2, 0.3, 0.45, 0.6],
    apply: (pixels, amount, { random }) => withTemperature(pixels, random() < 0.5 ? -amount : amount),
  },
  {
    name: 'shadow',
    title: 'Half in the shadow',
    challenge: lighting,
    measure: 'of the light taken',
    grades: [0.2, 0.35, 0.5, 0.65, 0.8],
    apply: (pixels, depth, { random }) => shadowed(pixels, depth, 2 * Math.PI * random()),
  },
  {
    name: 'noise',
    title: 'Noise',
    challenge: lighting,
    measure: 'standard deviation, of 255',
    grades: [5, 10, 20, 30, 45],
    apply: (pixels, sigma, { random }) => noisy(pixels, sigma, random),
  },
  {
    name: 'jpeg',
    title: 'Compressed',
    challenge: lighting,
    measure: 'JPEG quality',
    grades: [60, 40, 25, 15, 8],
    apply: compressed,
  },
];
