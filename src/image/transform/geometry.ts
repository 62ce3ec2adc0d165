/** Scale and viewpoint: nearer, farther, turned, seen from the side. */
import type { Point } from '../../core/geometry.ts';
import type { Pixels, Rgb } from '../pixels.ts';
import { edgeColour, filled, placedOn, resampled, warped } from './raster.ts';
import type { Surroundings, Transformation } from './transformation.ts';

/** The centre, enlarged. */
export function zoomedIn(pixels: Pixels, factor: number): Pixels {
  const [width, height] = [pixels.width / factor, pixels.height / factor];
  const region = { x: (pixels.width - width) / 2, y: (pixels.height - height) / 2, width, height };
  return resampled(pixels, region, pixels);
}

/** The picture at `share` of its size, at `place` (0 to 1 of the free room each way) of a picture of one colour. */
export function framed(pixels: Pixels, share: number, place: Point, colour: Rgb): Pixels {
  return placedOn(filled(pixels, colour), pixels, share, place);
}

/** Clockwise by degrees, around the centre; the corners that come free have `background`. */
export function rotated(pixels: Pixels, degrees: number, background: Rgb): Pixels {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [pixels.width / 2, pixels.height / 2];
  const source = ({ x, y }: Point) => ({
    x: cx + cos * (x - cx) + sin * (y - cy),
    y: cy - sin * (x - cx) + cos * (y - cy),
  });
  return warped(pixels, source, background);
}

/**
 * As seen from one side: a plane turned around a line through the centre in the direction `axis` (radians), so that its near edge is
 * (1 + strength) / (1 - strength) times as long as its far edge; made smaller by 1 + strength, so that little of it is cut.
 */
export function inPerspective(pixels: Pixels, strength: number, axis: number, background: Rgb): Pixels {
  const [cx, cy] = [pixels.width / 2, pixels.height / 2];
  const radius = Math.max(cx, cy);
  const [nx, ny] = [-Math.sin(axis), Math.cos(axis)];
  const fit = 1 + strength;
  // The inverse of p -> p·(1/fit)/(1 - strength·d/radius), where d is the distance of p from the axis.
  const source = ({ x, y }: Point) => {
    const [u, v] = [(x - cx) * fit, (y - cy) * fit];
    const scale = 1 / (1 + (strength * (u * nx + v * ny)) / radius);
    return { x: cx + u * scale, y: cy + v * scale };
  };
  return warped(pixels, source, background);
}

/** Left and right exchanged. */
export function mirrored(pixels: Pixels): Pixels {
  const { width, height } = pixels;
  const data = new Uint8Array(pixels.data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      data.set(pixels.data.subarray(from, from + 3), (y * width + width - 1 - x) * 3);
    }
  }
  return { ...pixels, data };
}

const randomColour = (random: () => number): Rgb => [255 * random(), 255 * random(), 255 * random()];
const randomSign = (random: () => number): number => (random() < 0.5 ? -1 : 1);

export const geometricTransformations: readonly Transformation[] = [
  {
    name: 'zoom-in',
    title: 'Nearer',
    challenge: 'scale',
    measure: 'enlarged, the rest cut',
    grades: [1.25, 1.5, 1.75, 2, 2.5],
    apply: (pixels, factor) => zoomedIn(pixels, factor),
  },
  {
    name: 'zoom-out',
    title: 'Farther away',
    challenge: 'scale',
    measure: 'of its size, in the middle of the colour of its edge',
    grades: [0.85, 0.7, 0.6, 0.5, 0.4],
    apply: (pixels, share) => framed(pixels, share, { x: 0.5, y: 0.5 }, edgeColour(pixels)),
  },
  {
    name: 'frame',
    title: 'Small in a frame',
    challenge: 'scale',
    measure: 'of its size, anywhere on a picture of some colour',
    grades: [0.85, 0.7, 0.6, 0.5, 0.4],
    apply: (pixels, share, { random }: Surroundings) =>
      framed(pixels, share, { x: random(), y: random() }, randomColour(random)),
  },
  {
    name: 'rotation',
    title: 'Rotated',
    challenge: 'viewpoint',
    measure: 'degrees, either way',
    grades: [5, 10, 15, 25, 40],
    apply: (pixels, degrees, { random }) => rotated(pixels, randomSign(random) * degrees, edgeColour(pixels)),
  },
  {
    name: 'perspective',
    title: 'Seen from the side',
    challenge: 'viewpoint',
    measure: 's: the near edge is (1 + s) / (1 - s) times as long as the far one',
    grades: [0.1, 0.2, 0.3, 0.4, 0.5],
    apply: (pixels, strength, { random }) =>
      inPerspective(pixels, strength, 2 * Math.PI * random(), edgeColour(pixels)),
  },
  {
    name: 'mirror',
    title: 'Mirrored',
    challenge: 'viewpoint',
    measure: 'left and right exchanged',
    grades: [1],
    apply: mirrored,
  },
];
