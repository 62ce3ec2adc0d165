/** Explanations as pictures: overlays in the user's own pictures, maps alone, both sides next to each other. */
import type { HeatMap } from '../core/heat-map.ts';
import type { MapPair } from '../explain/explain.ts';
import { defaultColormap, signedColormap } from '../image/colormap.ts';
import { blurMap, mapScale, normalizeMap } from '../image/heat-map.ts';
import { renderMap, renderOverlay } from '../image/overlay.ts';
import { sideBySide } from '../image/side-by-side.ts';
import { displayBlur } from './heat-colour.ts';
import type { Evidence, ReportPicture, Side } from './input.ts';

export const sides = ['query', 'hit'] as const satisfies readonly Side[];

/** As much of a pair as drawing needs. */
export interface DrawnPair extends Readonly<Record<Side, Pick<ReportPicture, 'picture' | 'placement'>>> {
  readonly explanation: Pick<Evidence['explanation'], 'maps'>;
}

/** A picture that is explained by itself, as drawing wants it: both sides are the same. */
export function drawnAlone(
  { picture, placement }: DrawnPair['query'],
  maps: Readonly<Record<string, HeatMap>>,
): DrawnPair {
  const side = { picture, placement };
  const both = Object.entries(maps).map(([name, map]) => [name, { query: map, hit: map }] as const);
  return { query: side, hit: side, explanation: { maps: Object.fromEntries(both) } };
}

export interface DrawingOptions {
  /** The value that gets full colour; the map's own scale when absent. */
  readonly scale?: number;
  /** Longest side of the result in pixels. */
  readonly maxSide?: number;
  /** PNG when absent. */
  readonly encoding?: 'png' | 'webp';
}

/** For each method and side, the value that gets full colour in all pairs: maps of one page can be compared. */
export class Scales {
  readonly #pairs: readonly DrawnPair[];
  readonly #scales = new Map<string, number>();

  constructor(pairs: readonly DrawnPair[]) {
    this.#pairs = pairs;
  }

  of(method: string, side: Side): number {
    const key = `${method} ${side}`;
    const known = this.#scales.get(key);
    if (known !== undefined) return known;
    const scale = mapScale(this.#pairs.map(({ explanation }) => smoothed(explanation.maps[method]![side])));
    this.#scales.set(key, scale);
    return scale;
  }
}

/** The map of one side on its picture. Throws IMAGE_CORRUPT. */
export function drawOverlay(
  pair: DrawnPair,
  method: string,
  side: Side,
  options: DrawingOptions = {},
): Promise<Buffer> {
  const { picture, placement } = pair[side];
  const { map, ...look } = display(pair.explanation.maps[method]!, side, options);
  return renderOverlay(picture, map, placement, look);
}

/** The map of one side alone, transparent, in the size of its overlay, PNG. */
export function drawMap(
  pair: DrawnPair,
  method: string,
  side: Side,
  options: DrawingOptions = {},
): Promise<Buffer> {
  const { map, ...look } = display(pair.explanation.maps[method]!, side, options);
  return renderMap(map, pair[side].placement, look);
}

/** Two overlays next to each other with a legend, PNG. */
export function drawSideBySide(
  pair: DrawnPair,
  method: string,
  overlays: Readonly<Record<Side, Uint8Array>>,
  captions: Readonly<Record<Side, string>>,
): Promise<Buffer> {
  const panel = (side: Side) => ({ image: overlays[side], caption: captions[side] });
  return sideBySide(panel('query'), panel('hit'), { legend: colormapOf(pair.explanation.maps[method]!) });
}

function display(maps: MapPair, side: Side, { scale, ...output }: DrawingOptions) {
  const colormap = colormapOf(maps);
  const smooth = smoothed(maps[side]);
  const max = scale ?? mapScale([smooth]);
  const map = normalizeMap(smooth, { max, signed: colormap === signedColormap });
  return { map, colormap, ...output };
}

/** Both sides are drawn the same way, also where only one has values below 0. */
const colormapOf = (maps: MapPair) =>
  sides.some((side) => maps[side].data.some((value) => value < 0)) ? signedColormap : defaultColormap;

/** Single pixels say little and are hard to see. */
const smoothed = (map: HeatMap): HeatMap => blurMap(map, displayBlur * Math.max(map.width, map.height));

/** What stands under a picture. */
export function captionOf({ picture }: Pick<ReportPicture, 'picture'>, name: string): string {
  return `${name} (${picture.width}×${picture.height})`;
}
