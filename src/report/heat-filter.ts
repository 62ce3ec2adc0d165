/** The SVG filter that gives a grey layer its colours, so that the page needs no drawing code. */
import { heatOf } from './heat-colour.ts';
import type { Html } from './markup.ts';
import { markup } from './markup.ts';

export const heatFilterId = 'heat';

/**
 * Grey holds the square root of a value of 0..1 (layers.ts). Like the overlays of src/image, the result is two things in one: a dark
 * veil where nothing is marked, and colour that gets more opaque with the value. Colour and opacity are looked up apart and joined
 * at the end, because a nearly transparent pixel has no room left for its colour.
 */
export function heatFilter(): Html {
  const table = Array.from({ length: steps }, (_, i) => heatOf((i / (steps - 1)) ** 2));
  const values = (channel: 0 | 1 | 2 | 3) => table.map((entry) => round(entry[channel])).join(' ');
  return markup`<filter id="${heatFilterId}" color-interpolation-filters="sRGB" x="0" y="0" width="100%" height="100%">
<feComponentTransfer result="colour"><feFuncR type="table" tableValues="${values(0)}"/><feFuncG type="table" tableValues="${values(1)}"/><feFuncB type="table" tableValues="${values(2)}"/></feComponentTransfer>
<feColorMatrix in="SourceGraphic" values="0 0 0 0 0  0 0 0 0 0  0 0 0 0 0  1 0 0 0 0"/>
<feComponentTransfer result="opacity"><feFuncA type="table" tableValues="${values(3)}"/></feComponentTransfer>
<feComposite in="colour" in2="opacity" operator="in"/></filter>`;
}

/** The tables are linear between their entries. */
const steps = 33;

const round = (value: number): string => String(Math.round(value * 1000) / 1000);
