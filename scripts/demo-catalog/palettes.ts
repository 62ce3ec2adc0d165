/** The colours products come in, and arithmetic on colours written as #rrggbb. */

export interface Palette {
  /** Name of the base colour, as a shop would print it. */
  readonly name: string;
  readonly base: string;
  readonly second: string;
  readonly accent: string;
}

export const palettes: readonly Palette[] = [
  { name: 'teal', base: '#1f7f80', second: '#f4e6ca', accent: '#f08a4b' },
  { name: 'coral', base: '#f0725c', second: '#fff2e2', accent: '#24506b' },
  { name: 'mustard', base: '#e2a828', second: '#fdf4da', accent: '#7a3b1d' },
  { name: 'navy', base: '#24386a', second: '#e8eef5', accent: '#e2563f' },
  { name: 'olive', base: '#79853c', second: '#f3edd6', accent: '#c2572e' },
  { name: 'rose', base: '#d96c8a', second: '#fdebe8', accent: '#5c2747' },
  { name: 'charcoal', base: '#41454c', second: '#dfdfdb', accent: '#f2b632' },
  { name: 'cream', base: '#efe2c8', second: '#8a5a3c', accent: '#3d7a6b' },
  { name: 'sky', base: '#66b2dd', second: '#ffffff', accent: '#e8573c' },
  { name: 'plum', base: '#743768', second: '#f5dfe9', accent: '#e6a93c' },
  { name: 'forest', base: '#2b6546', second: '#ece7cd', accent: '#d8843b' },
  { name: 'terracotta', base: '#c4623e', second: '#f8e6d2', accent: '#2f5557' },
  { name: 'lilac', base: '#a893d4', second: '#f7f1fb', accent: '#4b3d80' },
  { name: 'red', base: '#c92d35', second: '#fff3e8', accent: '#23304d' },
  { name: 'mint', base: '#93d3b4', second: '#fdfdf5', accent: '#de6a58' },
  { name: 'cobalt', base: '#2f5ace', second: '#f0f4ff', accent: '#ffb52e' },
  { name: 'brown', base: '#7a4d30', second: '#f2dfc4', accent: '#4f8a7e' },
  { name: 'orange', base: '#ee8129', second: '#fff1dc', accent: '#254d6e' },
];

/** The colour at `share` (0 to 1) of the way from `a` to `b`. */
export function mix(a: string, b: string, share: number): string {
  const [from, to] = [channels(a), channels(b)];
  return `#${from.map((value, i) => hexByte(value + (to[i]! - value) * share)).join('')}`;
}

export const darken = (colour: string, share: number): string => mix(colour, '#0d0a14', share);
export const lighten = (colour: string, share: number): string => mix(colour, '#ffffff', share);

/** Perceived brightness, 0 to 1 (Rec. 709 weights on the encoded values). */
export function luma(colour: string): number {
  const [r, g, b] = channels(colour);
  return (0.2126 * r! + 0.7152 * g! + 0.0722 * b!) / 255;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

function hexByte(value: number): string {
  return Math.round(Math.min(255, Math.max(0, value)))
    .toString(16)
    .padStart(2, '0');
}
