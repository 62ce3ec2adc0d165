/** Explanations as pictures: overlays in the user's own pictures, maps alone, both sides next to each other. */
import type { ExplainedPair } from '../app/explain-pair.ts';
import type { ExaminedPicture } from '../app/pictures.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { blurMap, mapScale, normalizeMap } from '../image/heat-map.ts';
import { renderMap, renderOverlay } from '../image/overlay.ts';
import { sideBySide } from '../image/side-by-side.ts';
import { defaultColormap, signedColormap } from '../image/colormap.ts';

export const sides = ['query', 'hit'] as const;
export type Side = (typeof sides)[number];

/** For each method and side, the value that gets full colour in all pairs: maps of one page can be compared. */
export class Scales {
  readonly #pairs: readonly ExplainedPair[];
  readonly #scales = new Map<string, number>();

  constructor(pairs: readonly ExplainedPair[]) {
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

/** The map of one side on its picture, PNG. */
export function drawOverlay(
  pair: ExplainedPair,
  method: string,
  side: Side,
  scales: Scales,
): Promise<Buffer> {
  const { picture, placement } = pair[side];
  const { map, colormap } = display(pair, method, side, scales);
  return renderOverlay(picture, map, placement, { colormap });
}

/** The map of one side alone, transparent, in the size of its overlay, PNG. */
export function drawMap(pair: ExplainedPair, method: string, side: Side, scales: Scales): Promise<Buffer> {
  const { map, colormap } = display(pair, method, side, scales);
  return renderMap(map, pair[side].placement, { colormap });
}

/** Two overlays next to each other with a legend, PNG. */
export function drawSideBySide(
  pair: ExplainedPair,
  method: string,
  overlays: Readonly<Record<Side, Uint8Array>>,
  captions: Readonly<Record<Side, string>>,
): Promise<Buffer> {
  const panel = (side: Side) => ({ image: overlays[side], caption: captions[side] });
  return sideBySide(panel('query'), panel('hit'), { legend: colormapOf(pair.explanation.maps[method]!) });
}

function display(pair: ExplainedPair, method: string, side: Side, scales: Scales) {
  const maps = pair.explanation.maps[method]!;
  const colormap = colormapOf(maps);
  const signed = colormap === signedColormap;
  return { map: normalizeMap(smoothed(maps[side]), { max: scales.of(method, side), signed }), colormap };
}

const colormapOf = (maps: Readonly<Record<Side, HeatMap>>) =>
  sides.some((side) => maps[side].data.some((value) => value < 0)) ? signedColormap : defaultColormap;

/** Single pixels say little and are hard to see: a Gaussian of 0.8 % of the tensor's side. */
const smoothed = (map: HeatMap): HeatMap => blurMap(map, 0.008 * Math.max(map.width, map.height));

/** What stands under a picture. */
export function captionOf({ picture }: ExaminedPicture, name: string): string {
  return `${name} (${picture.width}×${picture.height})`;
}
