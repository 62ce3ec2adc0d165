/**
 * The maps of a page as picture layers. A layer holds grey values only; the page's SVG filter (heat-filter.ts) turns them into colour, so
 * that the same layer serves both scales, any opacity, and print.
 */
import type { HeatMap } from '../core/heat-map.ts';
import type { Explanation, MapPair } from '../explain/explain.ts';
import { methods } from '../explain/methods/index.ts';
import { encode } from '../image/encode.ts';
import { blurMap, mapScale, resampleMap, resizeMap } from '../image/heat-map.ts';
import type { Placement } from '../image/placement.ts';
import { dataUri } from './data-uri.ts';
import { displayBlur } from './heat-colour.ts';
import type { Evidence, Side } from './input.ts';
import { strongestPlace } from './words.ts';

/** One choice of the page's switch. */
export interface Layer {
  /** The method's name. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
}

export interface MapImage {
  /** A grey picture of what the model saw of the picture (no bars): the square root of the values, 255 for the larger of both scales. */
  readonly uri: string;
  /** By how much to brighten the layer, so that 255 stands for the 99th percentile of this map alone, or of all maps of the page. */
  readonly gain: { readonly own: number; readonly shared: number };
  /** In words, for those who cannot see it. */
  readonly strongest: string;
}

export type MapImages = Readonly<Record<Side, MapImage>>;

/** The layers in the order of the switch: from coarse to fine, their product, then whatever else was computed. */
export function layersOf(explanations: readonly Explanation[]): Layer[] {
  if (explanations.length === 0) return [];
  // The match map is in the shares already; it needs no computation of its own.
  const names = new Set([
    'match',
    'guided',
    'guided-match',
    ...explanations.flatMap(({ maps }) => Object.keys(maps)),
  ]);
  return [...names]
    .filter((name) => explanations.some((explanation) => mapsOf(explanation, name)))
    .map((name) => {
      const method = methods.find((known) => known.name === name);
      return { name, title: shortTitles[name] ?? method?.title ?? name, about: method?.about ?? '' };
    });
}

/** Names that explain each other where they stand side by side. */
const shortTitles: Readonly<Record<string, string>> = {
  match: 'Match',
  guided: 'Pixels',
  'guided-match': 'Match × pixels',
};

/** For each pair the layers that it has maps for, drawn. */
export async function drawLayers(
  pairs: readonly Evidence[],
  layers: readonly Layer[],
): Promise<ReadonlyMap<Layer, MapImages>[]> {
  const drawn = pairs.map(() => new Map<Layer, MapImages>());
  for (const layer of layers) {
    const query = await drawSide(pairs, layer, 'query');
    const hit = await drawSide(pairs, layer, 'hit');
    for (const [i, images] of drawn.entries()) {
      if (query[i] && hit[i]) images.set(layer, { query: query[i], hit: hit[i] });
    }
  }
  return drawn;
}

/** The maps of one layer on one side of all pairs share a scale. */
function drawSide(
  pairs: readonly Evidence[],
  layer: Layer,
  side: Side,
): Promise<readonly (MapImage | undefined)[]> {
  const maps = pairs.map(({ explanation, [side]: { placement } }) => {
    const map = mapsOf(explanation, layer.name)?.[side];
    return map && forDisplay(map, placement);
  });
  const shared = mapScale(maps.filter((map) => map !== undefined));
  return Promise.all(maps.map(async (map) => map && (await mapImage(map, shared))));
}

function mapsOf({ maps, shares }: Explanation, name: string): MapPair | undefined {
  return maps[name] ?? (name === 'match' ? shares : undefined);
}

/** What lies on the picture, at the tensor's resolution, without negative values, smoothed. */
function forDisplay(map: HeatMap, { tensor, target }: Placement): HeatMap {
  const full = map.width === tensor.width && map.height === tensor.height ? map : resizeMap(map, tensor);
  const cut = resampleMap(full, target, target);
  const positive = { ...cut, data: cut.data.map((value) => Math.max(0, value)) };
  return blurMap(positive, displayBlur * Math.max(tensor.width, tensor.height));
}

/**
 * Eight bits have to last for two scales. Above the larger one all colours are the same, so it gets 255; below, the square root keeps
 * enough steps for the smaller one.
 */
async function mapImage(map: HeatMap, shared: number): Promise<MapImage> {
  const own = mapScale([map]);
  const top = Math.max(own, shared);
  const data = new Uint8Array(map.data.length * 3);
  for (const [i, value] of map.data.entries()) {
    const grey = top > 0 ? Math.round(255 * Math.sqrt(Math.min(1, value / top))) : 0;
    data.fill(grey, i * 3, i * 3 + 3);
  }
  const image = await encode({ width: map.width, height: map.height, channels: 3, data }, 'webp');
  const gain = (scale: number) => (scale > 0 ? Math.sqrt(top / scale) : 1);
  return {
    uri: dataUri(image, 'image/webp'),
    gain: { own: gain(own), shared: gain(shared) },
    strongest: strongestPlace(map),
  };
}
