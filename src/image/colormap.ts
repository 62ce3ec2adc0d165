/** Colour maps that keep their order in grey print and for colour-blind readers, as tables of stops. Pure. */
import type { Rgb } from './pixels.ts';
import { svgElement, svgText } from './svg.ts';

/**
 * Equally spaced stops, linear in between (at most 5 of 255 levels from the originals).
 * inferno, plasma, viridis: Nathaniel Smith, Stéfan van der Walt, Eric Firing for matplotlib, released under CC0.
 * coolwarm: computed by the formulas of Kenneth Moreland, "Diverging Color Maps for Scientific Visualization", ISVC 2009, between
 * (59, 76, 192) and (180, 4, 38).
 */
const tables = {
  inferno: `000004 0a0722 1e0c45 380962 510e6c 69166e 801f6c 982766 b0315b
    c63d4d d94d3d e9612b f47918 fa9407 fcb014 f8cd37 f2ea69 fcffa4`,
  plasma: `0d0887 2f0596 4903a0 6100a7 7801a8 8e0ca4 a21d9a b42e8d c43e7f
    d24f71 de6164 e97257 f3854b f99a3e fdaf31 fdc627 f8df25 f0f921`,
  viridis: `440154 481769 472a7a 433d84 3d4e8a 355e8d 2e6d8e 297b8e 23898e
    1f978b 21a585 2eb37c 46c06f 65cb5e 89d548 b0dd2f d8e219 fde725`,
  coolwarm: `3b4cc0 4e68d7 6282ea 779af7 8db0fe a3c2ff b8d0f9 ccd9ee dddddd
    ecd3c6 f5c4ad f7b194 f49a7b ec7f63 de614c cb3e38 b40426`,
} as const satisfies Record<string, string>;

export const colormaps = ['inferno', 'plasma', 'viridis', 'coolwarm'] as const;
export type Colormap = (typeof colormaps)[number];

/** For maps that are nowhere negative. */
export const defaultColormap: Colormap = 'inferno';
/** For maps with both signs; 0 is grey. */
export const signedColormap: Colormap = 'coolwarm';

/** The smallest value that a colour map shows: -1 for the diverging one, 0 for the others. The largest is 1. */
export function colormapLow(name: Colormap): -1 | 0 {
  return name === signedColormap ? -1 : 0;
}

/** The colour of a value in colormapLow..1; values beyond get the colour of the end, NaN that of the low end. */
export function colorOf(value: number, name: Colormap = defaultColormap): Rgb {
  const stops = stopsOf[name];
  const low = colormapLow(name);
  const at = Math.min(1, Math.max(0, (value - low) / (1 - low) || 0)) * (stops.length - 1);
  const left = stops[Math.floor(at)]!;
  const right = stops[Math.ceil(at)]!;
  const mix = (k: 0 | 1 | 2): number => Math.round(left[k] + (right[k] - left[k]) * (at - Math.floor(at)));
  return [mix(0), mix(1), mix(2)];
}

/** Colours for many values: RGB, 3 bytes a value. */
export function colorize(values: Float32Array, name: Colormap = defaultColormap): Uint8Array {
  const table = colorTable(name);
  const out = new Uint8Array(values.length * 3);
  for (let i = 0; i < values.length; i++) {
    const from = tableIndex(values[i]!, name) * 3;
    out[i * 3] = table[from]!;
    out[i * 3 + 1] = table[from + 1]!;
    out[i * 3 + 2] = table[from + 2]!;
  }
  return out;
}

/** 256 colours from the low end to the high one, RGB. Index it with tableIndex. */
export function colorTable(name: Colormap): Uint8Array {
  const low = colormapLow(name);
  return Uint8Array.from(
    Array.from({ length: 256 }, (_, i) => colorOf(low + (i / 255) * (1 - low), name)).flat(),
  );
}

/** The row of colorTable for a value. */
export function tableIndex(value: number, name: Colormap): number {
  const low = colormapLow(name);
  return Math.round(Math.min(1, Math.max(0, (value - low) / (1 - low) || 0)) * 255);
}

export interface ColorStop {
  /** The value, from colormapLow to 1. */
  readonly value: number;
  /** CSS colour, #rrggbb. */
  readonly color: string;
}

/** `count` stops from the low end to the high one, for a legend drawn elsewhere. */
export function colormapStops(name: Colormap = defaultColormap, count = 9): readonly ColorStop[] {
  const low = colormapLow(name);
  return Array.from({ length: count }, (_, i) => {
    const value = low + (i / (count - 1)) * (1 - low);
    const [r, g, b] = colorOf(value, name);
    return { value, color: `#${((r << 16) | (g << 8) | b).toString(16).padStart(6, '0')}` };
  });
}

/** The colour map as a CSS background: linear-gradient(...), low end left. */
export function colormapGradient(name: Colormap = defaultColormap): string {
  return `linear-gradient(to right, ${colormapStops(name)
    .map(({ color }) => color)
    .join(', ')})`;
}

/** A legend as an SVG of 240×20 pixels: the scale between two words. */
export function colormapLegend(
  name: Colormap = defaultColormap,
  words: { readonly low?: string; readonly high?: string } = {},
): string {
  const {
    low = colormapLow(name) < 0 ? 'against' : 'weak',
    high = colormapLow(name) < 0 ? 'for' : 'strong',
  } = words;
  const stops = colormapStops(name, 17).map(
    ({ color }, i) => `<stop offset="${i / 16}" stop-color="${color}"/>`,
  );
  return svgElement(
    240,
    20,
    `<defs><linearGradient id="legend-${name}">${stops.join('')}</linearGradient></defs>
    <rect x="60" y="4" width="120" height="12" rx="2" fill="url(#legend-${name})"/>
    ${svgText(low, { x: 54, y: 15, size: 13, anchor: 'end' })}${svgText(high, { x: 186, y: 15, size: 13 })}`,
  );
}

function parse(table: string): readonly Rgb[] {
  return table.split(/\s+/).map((hex) => {
    const value = Number.parseInt(hex, 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  });
}

const stopsOf: Readonly<Record<Colormap, readonly Rgb[]>> = {
  inferno: parse(tables.inferno),
  plasma: parse(tables.plasma),
  viridis: parse(tables.viridis),
  coolwarm: parse(tables.coolwarm),
};
