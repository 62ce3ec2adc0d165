/** What a product's surface is printed with: one SVG paint server named `pattern` for every name. */
import type { Palette } from './palettes.ts';
import { darken, lighten, mix } from './palettes.ts';
import type { Random } from './svg.ts';
import { between, circle, ellipse, gradient, group, line, num, path, pick, rect, repeat } from './svg.ts';

/** Pattern -> how a shop calls a thing that has it. */
export const patternTitles = {
  plain: 'Plain',
  stripes: 'Striped',
  checks: 'Checked',
  dots: 'Dotted',
  zigzag: 'Zigzag',
  leaves: 'Leafy',
  flowers: 'Floral',
  blocks: 'Colour-block',
  gradient: 'Faded',
  diamonds: 'Argyle',
  waves: 'Wavy',
  terrazzo: 'Terrazzo',
} as const;

export type PatternName = keyof typeof patternTitles;

export interface PatternStyle {
  readonly name: PatternName;
  /** 1 is ordinary; larger is coarser. */
  readonly scale: number;
  /** Degrees. */
  readonly turn: number;
}

/** The definition of paint server `pattern`, in the 400 × 400 box of a product, moved right by `shift`. */
export function patternDefinition(style: PatternStyle, palette: Palette, random: Random, shift: number) {
  if (style.name === 'gradient') return fade(palette);
  const { size, body } = tiles[style.name](palette, random);
  const transform = `translate(${num(200 + shift)} 200) rotate(${num(style.turn)}) scale(${num(style.scale)})`;
  return `<pattern id="pattern" patternUnits="userSpaceOnUse" width="${size[0]}" height="${size[1]}" patternTransform="${transform}">${rect(-1, -1, size[0] + 2, size[1] + 2, palette.base)}${body}</pattern>`;
}

function fade({ base, second }: Palette): string {
  const stops = [
    [0, lighten(mix(base, second, 0.75), 0.1)],
    [0.35, mix(base, second, 0.45)],
    [0.75, base],
    [1, darken(base, 0.3)],
  ] as const;
  return gradient('pattern', stops, 'gradientUnits="userSpaceOnUse" x1="120" y1="40" x2="240" y2="370"');
}

interface Tile {
  readonly size: readonly [number, number];
  /** Drawn over the base colour. */
  readonly body: string;
}

const tiles: Record<Exclude<PatternName, 'gradient'>, (palette: Palette, random: Random) => Tile> = {
  plain: () => ({ size: [40, 40], body: '' }),

  stripes: ({ second, accent }, random) => {
    const thin = between(random, 3, 6);
    return { size: [52, 52], body: rect(-1, 6, 54, 18, second) + rect(-1, 36, 54, thin, accent) };
  },

  checks: ({ second, accent }) => ({
    size: [60, 60],
    body:
      rect(0, 0, 26, 62, second, 'fill-opacity="0.55"') +
      rect(0, 0, 62, 26, second, 'fill-opacity="0.55"') +
      rect(0, 0, 26, 26, second, 'fill-opacity="0.7"') +
      rect(41, 0, 4, 62, accent, 'fill-opacity="0.85"') +
      rect(0, 41, 62, 4, accent, 'fill-opacity="0.85"'),
  }),

  dots: ({ second, accent }, random) => {
    const r = between(random, 8, 12);
    return { size: [48, 48], body: circle(12, 12, r, second) + circle(36, 36, r * 0.8, accent) };
  },

  zigzag: ({ second, accent }) => ({
    size: [44, 56],
    body:
      line('M-11,22 L0,11 L22,33 L44,11 L55,22', second, 11, 'style="stroke-linejoin:miter"') +
      line('M-11,50 L0,39 L22,61 L44,39 L55,50', accent, 4, 'style="stroke-linejoin:miter"') +
      line('M-11,-6 L0,-17 L22,5 L44,-17 L55,-6', accent, 4, 'style="stroke-linejoin:miter"'),
  }),

  leaves: ({ base, second, accent }) => ({
    size: [84, 84],
    body:
      leaf(24, 26, 35, 1, second) +
      leaf(64, 68, -40, 1, second) +
      leaf(64, 22, 120, 0.72, mix(base, accent, 0.75)) +
      leaf(20, 68, 200, 0.72, mix(base, accent, 0.75)),
  }),

  flowers: ({ base, second, accent }) => ({
    size: [80, 80],
    body:
      flower(22, 22, 14, second, accent) +
      flower(62, 62, 17, mix(second, accent, 0.18), base) +
      flower(62, 20, 8, accent, second) +
      leaf(24, 58, 60, 0.5, mix(base, second, 0.5)),
  }),

  blocks: ({ base, second, accent }, random) => {
    const [top, low] = [between(random, 120, 170), between(random, 60, 110)];
    return {
      size: [600, 400],
      body:
        rect(-1, -1, 602, top, second) +
        rect(-1, 400 - low, 602, low + 2, accent) +
        rect(-1, top - 1, 602, 9, mix(base, accent, 0.6)),
    };
  },

  diamonds: ({ base, second, accent }) => ({
    size: [64, 96],
    body:
      path('M32,0 L64,48 L32,96 L0,48 Z', second) +
      path('M32,24 L48,48 L32,72 L16,48 Z', mix(base, accent, 0.85)) +
      line('M0,0 L64,96 M64,0 L0,96', accent, 1.6, 'stroke-dasharray="5 4" stroke-opacity="0.9"'),
  }),

  waves: ({ second, accent }) => ({
    size: [64, 48],
    body:
      line('M-32,12 Q-16,-4 0,12 T32,12 T64,12 T96,12', second, 8) +
      line('M-32,36 Q-16,20 0,36 T32,36 T64,36 T96,36', accent, 4),
  }),

  terrazzo: (palette, random) => ({ size: [140, 140], body: repeat(26, () => chip(palette, random)) }),
};

function leaf(x: number, y: number, turn: number, size: number, colour: string): string {
  return group(
    `transform="translate(${x} ${y}) rotate(${turn}) scale(${size})"`,
    path('M0,-26 C16,-14 16,12 0,26 C-16,12 -16,-14 0,-26 Z', colour),
    line('M0,-22 L0,30 M0,-8 L8,-14 M0,-8 L-8,-14 M0,6 L9,-1 M0,6 L-9,-1', '#00000038', 1.8),
  );
}

function flower(x: number, y: number, size: number, petals: string, heart: string): string {
  const petal = (i: number): string =>
    ellipse(0, -size * 0.62, size * 0.42, size * 0.56, petals, `transform="rotate(${i * 72})"`);
  return group(`transform="translate(${x} ${y})"`, repeat(5, petal), circle(0, 0, size * 0.34, heart));
}

/** A stone chip that lies wholly inside the tile, so that tiles join without a seam. */
function chip({ base, second, accent }: Palette, random: Random): string {
  const [x, y] = [between(random, 14, 126), between(random, 14, 126)];
  const size = between(random, 5, 13);
  const points = Array.from({ length: 5 }, (_, i) => {
    const angle = (i + between(random, 0, 0.7)) * ((2 * Math.PI) / 5);
    return `${num(x + Math.cos(angle) * size)},${num(y + Math.sin(angle) * size * 0.75)}`;
  });
  return path(
    `M${points.join(' L')} Z`,
    pick(random, [second, accent, mix(base, second, 0.45), darken(base, 0.3)]),
  );
}
