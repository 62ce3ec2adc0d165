/** Small builders of SVG markup that every drawing of the demo catalogue shares. */
import { seededRandom } from '../../src/core/random.ts';

/** A source of numbers in [0, 1). */
export type Random = () => number;

/** A random source that depends on every one of `parts`, so that neighbours (seed, product, view) share nothing. */
export function randomFor(...parts: readonly number[]): Random {
  let state = 0x9e3779b9;
  for (const part of parts) {
    state = Math.imul(state ^ (part >>> 0), 0x85ebca6b);
    state ^= state >>> 13;
    state = Math.imul(state, 0xc2b2ae35);
    state ^= state >>> 16;
  }
  return seededRandom(state);
}

export const between = (random: Random, low: number, high: number): number => low + (high - low) * random();

/** One of `items`, which must not be empty. */
export const pick = <T>(random: Random, items: readonly T[]): T =>
  items[Math.floor(random() * items.length)]!;

/** A number as SVG text: at most two decimals, so that files stay short and equal. */
export const num = (value: number): string => String(Math.round(value * 100) / 100);

/** Left, top, width and height of what a document shows, in its own units. */
export type ViewBox = readonly [number, number, number, number];

/** A whole document of `width` × `height` pixels. */
export function svgDocument(width: number, height: number, box: ViewBox, body: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${box.join(' ')}">${body}</svg>`;
}

export const path = (d: string, fill: string, more = ''): string => `<path d="${d}" fill="${fill}" ${more}/>`;

export const line = (d: string, stroke: string, width: number, more = ''): string =>
  `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${num(width)}" stroke-linecap="round" stroke-linejoin="round" ${more}/>`;

export const circle = (x: number, y: number, r: number, fill: string, more = ''): string =>
  `<circle cx="${num(x)}" cy="${num(y)}" r="${num(r)}" fill="${fill}" ${more}/>`;

export const ellipse = (x: number, y: number, rx: number, ry: number, fill: string, more = ''): string =>
  `<ellipse cx="${num(x)}" cy="${num(y)}" rx="${num(rx)}" ry="${num(ry)}" fill="${fill}" ${more}/>`;

export const rect = (x: number, y: number, w: number, h: number, fill: string, more = ''): string =>
  `<rect x="${num(x)}" y="${num(y)}" width="${num(w)}" height="${num(h)}" fill="${fill}" ${more}/>`;

export const group = (attributes: string, ...content: readonly string[]): string =>
  `<g ${attributes}>${content.join('')}</g>`;

/** A gradient from [offset, colour, opacity] stops; `attributes` sets its axis (and type, when `radial`). */
export function gradient(
  id: string,
  stops: readonly (readonly [number, string, number?])[],
  attributes = '',
  radial = false,
): string {
  const tag = radial ? 'radialGradient' : 'linearGradient';
  const body = stops
    .map(
      ([at, colour, opacity = 1]) =>
        `<stop offset="${at}" stop-color="${colour}" stop-opacity="${opacity}"/>`,
    )
    .join('');
  return `<${tag} id="${id}" ${attributes}>${body}</${tag}>`;
}

/** `count` values of `make(i)` as one string. */
export const repeat = (count: number, make: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => make(i)).join('');
