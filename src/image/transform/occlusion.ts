/** Partial occlusion: a box, bars, a hand, a line of text over the picture. `share` is the part of the picture's area that is hidden. */
import { filled, mixed } from './raster.ts';
import type { Pixels, Rgb } from '../pixels.ts';
import type { Transformation } from './transformation.ts';

/** One box of one colour, of the picture's shape, anywhere in it. */
export function boxed(pixels: Pixels, share: number, random: () => number): Pixels {
  const { width, height } = pixels;
  const side = Math.sqrt(share);
  const [w, h] = [width * side, height * side];
  const [left, top] = [random() * (width - w), random() * (height - h)];
  const inside = (x: number, y: number) => x >= left && x < left + w && y >= top && y < top + h;
  return hidden(pixels, anyColour(random), inside);
}

/** Bars across the whole picture, upright or level, as of a fence. */
export function barred(pixels: Pixels, share: number, random: () => number): Pixels {
  const upright = random() < 0.5;
  const period = (upright ? pixels.width : pixels.height) / bars;
  const start = random() * period;
  const inside = (x: number, y: number) => ((upright ? x : y) + start) % period < share * period;
  return hidden(pixels, anyColour(random), inside);
}

const bars = 5;

/**
 * A hand of discs in the colour of skin that reaches in from an edge: a palm and four fingers, grown until they hide `share` of the
 * picture (or all that is within reach).
 */
export function handed(pixels: Pixels, share: number, random: () => number): Pixels {
  const discs = handFrom(random);
  const unit = Math.sqrt(pixels.width * pixels.height);
  const inside = (size: number) => (x: number, y: number) =>
    discs.some(
      (disc) =>
        (x / pixels.width - disc.x) ** 2 + (y / pixels.height - disc.y) ** 2 < (disc.radius * size) ** 2,
    );
  let [low, high] = [0, 8];
  for (let step = 0; step < 12; step++) {
    const size = (low + high) / 2;
    if (covered(pixels, inside(size), unit / 40) < share) low = size;
    else high = size;
  }
  return hidden(pixels, skin, inside(high));
}

const skin: Rgb = [205, 150, 120];

interface Disc {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** In shares of the picture: a palm on an edge, and fingers from it towards the centre. */
function handFrom(random: () => number): Disc[] {
  const angle = 2 * Math.PI * random();
  const palm = { x: 0.5 + 0.45 * Math.cos(angle), y: 0.5 + 0.45 * Math.sin(angle) };
  const discs: Disc[] = [{ ...palm, radius: 0.16 }];
  for (let finger = 0; finger < 4; finger++) {
    const direction = angle + Math.PI + (finger - 1.5) * 0.28 + 0.1 * (random() - 0.5);
    for (let joint = 1; joint <= 6; joint++) {
      const reach = 0.12 + 0.045 * joint;
      const [x, y] = [palm.x + reach * Math.cos(direction), palm.y + reach * Math.sin(direction)];
      discs.push({ x, y, radius: 0.045 });
    }
  }
  return discs;
}

/** The part of the picture that is inside, looked up on a grid. */
function covered({ width, height }: Pixels, inside: Inside, step: number): number {
  let [hit, all] = [0, 0];
  for (let y = step / 2; y < height; y += step) {
    for (let x = step / 2; x < width; x += step, all++) if (inside(x, y)) hit++;
  }
  return hit / all;
}

/** A word in capitals on a band of one colour across the picture: the band and the letters hide `share` of it. */
export function lettered(pixels: Pixels, share: number, random: () => number): Pixels {
  const { width, height } = pixels;
  const band = height * share;
  const top = random() * (height - band);
  const cell = Math.min(band / 9, width / (word.length * 6 + 1));
  const left = (width - (word.length * 6 - 1) * cell) / 2;
  const middle = top + (band - 7 * cell) / 2;
  const ground = hidden(pixels, anyColour(random), (_, y) => y >= top && y < top + band);
  return hidden(ground, anyColour(random), (x, y) => {
    const column = Math.floor((x - left) / cell);
    const row = Math.floor((y - middle) / cell);
    return word[Math.floor(column / 6)]?.[row]?.[column % 6] === '#';
  });
}

/** S, A, L, E on 5×7 dots, so that the picture is the same whatever fonts a machine has. */
const word: readonly (readonly string[])[] = [
  ['.####', '#....', '#....', '.###.', '....#', '....#', '####.'],
  ['.###.', '#...#', '#...#', '#####', '#...#', '#...#', '#...#'],
  ['#....', '#....', '#....', '#....', '#....', '#....', '#####'],
  ['#####', '#....', '#....', '####.', '#....', '#....', '#####'],
];

type Inside = (x: number, y: number) => boolean;

function hidden(pixels: Pixels, colour: Rgb, inside: Inside): Pixels {
  const { width } = pixels;
  return mixed(pixels, filled(pixels, colour), (i) =>
    inside((i % width) + 0.5, Math.floor(i / width) + 0.5) ? 1 : 0,
  );
}

const anyColour = (random: () => number): Rgb => [255 * random(), 255 * random(), 255 * random()];

const shares = [0.1, 0.2, 0.3, 0.4, 0.5];

export const occlusionTransformations: readonly Transformation[] = (
  [
    ['box', 'Behind a box', boxed],
    ['bars', 'Behind bars', barred],
    ['hand', 'Behind a hand', handed],
    ['text', 'Under a line of text', lettered],
  ] as const
).map(([name, title, hide]) => ({
  name,
  title,
  challenge: 'occlusion',
  measure: 'of the picture hidden',
  grades: shares,
  apply: (pixels, share, { random }) => hide(pixels, share, random),
}));
