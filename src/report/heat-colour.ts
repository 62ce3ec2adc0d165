/** How maps look, in the reports and on the server's page. Pure, for browsers too. */
import { colorOf } from '../image/colormap.ts';

/** Pixel maps are smoothed for people: the standard deviation of the Gaussian, as a part of the tensor's side. */
export const displayBlur = 0.008;

/** How much unmarked places are darkened. */
const dim = 0.5;
/** From this value on, colours are opaque. */
const fullStrength = 0.6;

/** Red, green, blue, opacity of a value, 0 to 1. Colour over the veil, both over the picture: Porter and Duff's "over". */
export function heatOf(value: number): readonly [number, number, number, number] {
  const colour = smoothstep(value / fullStrength);
  const opacity = colour + dim * (1 - colour) ** 2;
  const share = colour / opacity / 255;
  const [r, g, b] = colorOf(value);
  return [r * share, g * share, b * share, opacity];
}

/** 0 at 0, 1 from 1 on, flat at both ends. */
function smoothstep(t: number): number {
  const clamped = Math.min(1, t);
  return clamped * clamped * (3 - 2 * clamped);
}
