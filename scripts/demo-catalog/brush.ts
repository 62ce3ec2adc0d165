/**
 * What a kind of product draws with: surfaces in the product's pattern or in a plain colour, each with the light and shade of
 * its form, and the product's emblem. Coordinates are those of a box of 400 × 400.
 */
import { badgedEmblem } from './emblems.ts';
import type { Palette } from './palettes.ts';
import { darken, lighten, luma } from './palettes.ts';
import { patternDefinition } from './patterns.ts';
import type { Product } from './product.ts';
import { gradient, group, num, path, randomFor, svgDocument } from './svg.ts';

/** The form that a surface's shading suggests. */
export type Form = 'cylinder' | 'ball' | 'cloth' | 'board' | 'down' | 'flat';

export interface Brush {
  readonly palette: Palette;
  /** Proportion i of this product, between `low` and `high`. */
  at(i: number, low: number, high: number): number;
  /** A shape in the product's pattern, shaded. */
  patterned(d: string, form: Form): string;
  /** A shape in one colour, shaded. */
  plain(d: string, colour: string, form: Form): string;
  /** The emblem, `size` being half its width. On round bodies it turns with them: `reach` is the body's radius. */
  emblem(x: number, y: number, size: number, reach?: number): string;
  /** Content cut to a shape. */
  inside(d: string, ...content: readonly string[]): string;
  /** Content with soft edges: folds, glows, highlights. */
  soft(radius: number, ...content: readonly string[]): string;
  /** A linear gradient from the top left to the bottom right of what it fills; returns the paint. */
  sheen(...colours: readonly string[]): string;
}

/** The SVG of a product, seen with its round parts turned by `turn` (radians). */
export function productSvg(
  product: Product,
  draw: (brush: Brush) => string,
  pixels: number,
  turn: number,
): string {
  const definitions = [
    ...shadings,
    patternDefinition(product.pattern, product.palette, randomFor(product.seed, 2), turn * 90),
  ];
  const body = draw(createBrush(product, turn, definitions));
  return svgDocument(pixels, pixels, [0, 0, 400, 400], `<defs>${definitions.join('')}</defs>${body}`);
}

/** A brush that appends what it needs (clips, blurs, gradients) to `definitions`. */
function createBrush(product: Product, turn: number, definitions: string[]): Brush {
  const define = (make: (id: string) => string): string => {
    const id = `d${definitions.length}`;
    definitions.push(make(id));
    return id;
  };
  const shaded = (d: string, paint: string, form: Form): string =>
    path(d, paint) + (form === 'flat' ? '' : path(d, `url(#${form})`));

  return {
    palette: product.palette,
    at: (i, low, high) => low + (high - low) * product.proportions[i]!,
    patterned: (d, form) => shaded(d, 'url(#pattern)', form),
    plain: shaded,
    emblem(x, y, size, reach = 0) {
      const angle = reach ? turn : 0;
      const [ink, ground] = emblemColours(product);
      const place = `translate(${num(x + Math.sin(angle) * reach)} ${num(y)}) scale(${num(size * Math.cos(angle))} ${num(size)})`;
      return group(`transform="${place}"`, badgedEmblem(product.emblem, product.badge, ink, ground));
    },
    inside(d, ...content) {
      const id = define((id) => `<clipPath id="${id}"><path d="${d}"/></clipPath>`);
      return group(`clip-path="url(#${id})"`, ...content);
    },
    soft(radius, ...content) {
      const id = define(
        (id) =>
          `<filter id="${id}" x="-30%" y="-30%" width="160%" height="160%"><feGaussianBlur stdDeviation="${radius}"/></filter>`,
      );
      return group(`filter="url(#${id})"`, ...content);
    },
    sheen(...colours) {
      const stops = colours.map((colour, i) => [i / (colours.length - 1), colour] as const);
      return `url(#${define((id) => gradient(id, stops, 'x1="0" y1="0" x2="1" y2="1"'))})`;
    },
  };
}

/** Ink and ground of the emblem: bare ones stand out from the base colour, badges are light or dark as a whole. */
function emblemColours({ palette, badge }: Product): [string, string] {
  const { base, second, accent } = palette;
  if (badge === 'bare') return Math.abs(luma(second) - luma(base)) > 0.25 ? [second, base] : [accent, base];
  return luma(accent) < 0.5 ? [accent, lighten(second, 0.4)] : [lighten(second, 0.3), darken(base, 0.55)];
}

/** Light and shade laid over a surface; the light comes from the upper left. */
const shadings: readonly string[] = [
  gradient('cylinder', [
    [0, '#000', 0.42],
    [0.1, '#000', 0.16],
    [0.2, '#fff', 0.12],
    [0.28, '#fff', 0.42],
    [0.36, '#fff', 0.12],
    [0.5, '#fff', 0],
    [0.72, '#000', 0.1],
    [0.92, '#000', 0.42],
    [1, '#000', 0.34],
  ]),
  gradient(
    'ball',
    [
      [0, '#fff', 0.5],
      [0.25, '#fff', 0.16],
      [0.5, '#fff', 0],
      [0.75, '#000', 0.16],
      [1, '#000', 0.5],
    ],
    'cx="0.5" cy="0.5" r="0.68" fx="0.32" fy="0.25"',
    true,
  ),
  gradient(
    'cloth',
    [
      [0, '#fff', 0.2],
      [0.4, '#fff', 0.02],
      [0.65, '#000', 0.06],
      [1, '#000', 0.3],
    ],
    'x1="0.15" y1="0" x2="0.85" y2="1"',
  ),
  gradient(
    'board',
    [
      [0, '#fff', 0.28],
      [0.45, '#fff', 0.03],
      [0.46, '#000', 0],
      [1, '#000', 0.16],
    ],
    'x1="0" y1="0" x2="1" y2="0.8"',
  ),
  gradient(
    'down',
    [
      [0, '#fff', 0.24],
      [0.35, '#fff', 0],
      [1, '#000', 0.34],
    ],
    'x1="0" y1="0" x2="0" y2="1"',
  ),
];
