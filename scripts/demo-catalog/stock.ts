/** The rendered surroundings that pictures share: every surface, wall and prop in a few variants, drawn when first needed. */
import { clutter, litter } from './surroundings/clutter.ts';
import { hiders } from './surroundings/hiders.ts';
import type { Layer } from './raster.ts';
import { renderSvg } from './raster.ts';
import { surfaces, surfaceSize } from './surroundings/surfaces.ts';
import type { Random } from './svg.ts';
import { randomFor, svgDocument } from './svg.ts';
import { walls } from './surroundings/walls.ts';

export interface Stock {
  surface(name: string, variant: number): Promise<Layer>;
  wall(name: string, variant: number): Promise<Layer>;
  /** A prop in a box of 400 units; hiders that reach into the picture are 1000 wide, the box at their right end. */
  prop(name: string, variant: number): Promise<Layer>;
}

/** Surfaces and walls come in `versions` versions, props in three times as many; a variant is taken modulo that. */
export function createStock(seed: number, versions: number): Stock {
  const drawn = new Map<string, Promise<Layer>>();
  const once = (name: string, version: number, draw: (random: Random) => Promise<Layer>): Promise<Layer> => {
    const id = `${name}/${version}`;
    const layer = drawn.get(id) ?? draw(randomFor(seed, version));
    drawn.set(id, layer);
    return layer;
  };
  const side = surfaceSize;
  const square = (body: string): string => svgDocument(side, side, [0, 0, side, side], body);
  return {
    surface: (name, variant) =>
      once(`surface ${name}`, variant % versions, (random) => renderSvg(square(surfaces[name]!(random)))),
    wall: (name, variant) =>
      once(`wall ${name}`, variant % versions, (random) =>
        renderSvg(square(walls[name]!.draw(random)), walls[name]!.blur),
      ),
    prop: (name, variant) =>
      once(`prop ${name}`, variant % (3 * versions), (random) => {
        const draw = (hiders[name] ?? clutter[name] ?? litter[name])!;
        const left = reaching.has(name) ? -600 : 0;
        return renderSvg(svgDocument(400 - left, 400, [left, 0, 400 - left, 400], draw(random)));
      }),
  };
}

/** Hiders with an arm or a stem that goes on to the picture's edge. */
const reaching: ReadonlySet<string> = new Set(['hand', 'leaf', 'bar', 'scarf']);
