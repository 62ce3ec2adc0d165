/** Light and shade for what is drawn without a brush. */
import type { Random } from '../svg.ts';
import { gradient, path } from '../svg.ts';

/** Name -> SVG body with its definitions, in a box of 400 × 400. The random source chooses colours and details. */
export type Props = Readonly<Record<string, (random: Random) => string>>;

/** A drawing that may use the paints `round`, `tube` and `tubeDown`. */
export const withShades = (draw: (random: Random) => string) => (random: Random) =>
  `<defs>${shades}</defs>${draw(random)}`;

export const shaded = (d: string, colour: string, shade: string): string =>
  path(d, colour) + path(d, `url(#${shade})`);

const shades = [
  gradient(
    'round',
    [
      [0, '#fff', 0.5],
      [0.35, '#fff', 0.08],
      [0.7, '#000', 0.12],
      [1, '#000', 0.5],
    ],
    'cx="0.5" cy="0.5" r="0.65" fx="0.33" fy="0.28"',
    true,
  ),
  gradient('tube', [
    [0, '#000', 0.4],
    [0.25, '#fff', 0.3],
    [0.5, '#fff', 0],
    [1, '#000', 0.45],
  ]),
  gradient(
    'tubeDown',
    [
      [0, '#fff', 0.3],
      [0.35, '#fff', 0.06],
      [1, '#000', 0.34],
    ],
    'x1="0" y1="0" x2="0" y2="1"',
  ),
].join('');
