/** A picture with everything that lies on it: maps, what answers the other picture, and a frame around what the model saw. */
import type { Rect, Size } from '../core/geometry.ts';
import { renderPicture } from '../image/overlay.ts';
import type { Placement } from '../image/placement.ts';
import { dataUri } from './data-uri.ts';
import type { ReportPicture, Side } from './input.ts';
import type { Layer, MapImage } from './layers.ts';
import type { Html } from './markup.ts';
import { markup } from './markup.ts';

export interface StageMap extends MapImage {
  readonly layer: Layer;
  /** The class that the page's switch shows. */
  readonly className: string;
}

export interface StageOptions {
  readonly side: Side;
  /** The picture itself, from `shownPicture` or `useQuery`. */
  readonly picture: Html;
  readonly placement: Placement;
  readonly maps?: readonly StageMap[];
  /** Places of the feature map, where the picture can be pointed at. */
  readonly places?: Size;
}

export function stage({ side, picture, placement, maps = [], places }: StageOptions): Html {
  const { picture: size, source } = placement;
  const ratio = (size.width / size.height).toFixed(4);
  return markup`<div class="stage" style="--ratio:${ratio}">${picture}
<div class="seen${isWhole(source, size) ? '' : ' partial'}" style="${boxStyle(source, size)}"${places && pointing(side, places, placement)}>
${maps.map(heatImage)}${places && answerCanvas(places, placement)}</div></div>`;
}

/** The whole upright picture, small. Throws IMAGE_CORRUPT. */
export async function pictureUri({ picture }: ReportPicture): Promise<string> {
  return dataUri(await renderPicture(picture, { maxSide: pageSide, encoding: 'webp' }), 'image/webp');
}

/** Longest side of the page's pictures in pixels. */
const pageSide = 480;

export function shownPicture(uri: string, { width, height }: Size, alt: string): Html {
  return markup`<img class="picture" src="${uri}" width="${width}" height="${height}" alt="${alt}" decoding="async">`;
}

/** The query stands in every card; its bytes are in the page once. */
export function defineQuery(uri: string, { width, height }: Size): Html {
  return markup`<image id="query-picture" href="${uri}" width="${width}" height="${height}"/>`;
}

export function useQuery({ width, height }: Size, alt: string): Html {
  return markup`<svg class="picture" viewBox="0 0 ${width} ${height}" role="img" aria-label="${alt}"><use href="#query-picture"/></svg>`;
}

function heatImage({ layer, className, uri, gain, strongest }: StageMap): Html {
  const style = `--own:${gain.own.toFixed(3)};--shared:${gain.shared.toFixed(3)}`;
  return markup`<img class="heat layered ${className}" src="${uri}" style="${style}" alt="${layer.title}: ${strongest}" decoding="async">
`;
}

/** The client script finds which place lies under the pointer by `data-view`: what the model saw, in places of the feature map. */
function pointing(side: Side, places: Size, placement: Placement): Html {
  const { x, y, width, height } = inPlaces(places, placement);
  const view = [x, y, width, height].map((value) => value.toFixed(3)).join(' ');
  const label = `${side === 'query' ? 'Query' : 'Hit'}: choose a place with the arrow keys to see what answers it`;
  return markup` data-side="${side}" data-places="${places.width} ${places.height}" data-view="${view}" tabindex="0" role="application" aria-label="${label}"`;
}

/** The canvas covers the tensor, bars included, with 16 pixels for each place; the stage cuts it to the picture. */
function answerCanvas(places: Size, placement: Placement): Html {
  const view = inPlaces(places, placement);
  const box = boxStyle({ x: -view.x, y: -view.y, ...places }, view);
  return markup`<canvas class="answers" width="${places.width * 16}" height="${places.height * 16}" style="${box}" aria-hidden="true"></canvas><span class="asked" hidden></span>`;
}

function inPlaces(places: Size, { target, tensor }: Placement): Rect {
  const [scaleX, scaleY] = [places.width / tensor.width, places.height / tensor.height];
  return {
    x: target.x * scaleX,
    y: target.y * scaleY,
    width: target.width * scaleX,
    height: target.height * scaleY,
  };
}

/** A rectangle as a part of a whole. */
function boxStyle({ x, y, width, height }: Rect, whole: Size): string {
  const part = (value: number, of: number) => `${((100 * value) / of).toFixed(3)}%`;
  return `left:${part(x, whole.width)};top:${part(y, whole.height)};width:${part(width, whole.width)};height:${part(height, whole.height)}`;
}

function isWhole({ width, height }: Size, picture: Size): boolean {
  return width > picture.width - 1 && height > picture.height - 1;
}
