/** Places of two pictures that answer each other, drawn on both next to each other. */
import type { Rect } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import type { PlacePair } from '../explain/correspondence.ts';
import { defaultColormap } from '../image/colormap.ts';
import { normalizeMap } from '../image/heat-map.ts';
import { renderOverlay, renderPicture } from '../image/overlay.ts';
import { sideBySide } from '../image/side-by-side.ts';
import type { ReportPicture, Side } from './input.ts';

/** The pictures, what stands under them, and pairs of points in their pixels. */
export interface Correspondence {
  readonly pictures: Readonly<Record<Side, Pick<ReportPicture, 'picture' | 'placement'>>>;
  readonly captions: Readonly<Record<Side, string>>;
  readonly pairs: readonly PlacePair[];
}

/** Both pictures with a line for each pair, PNG; dashed where the two are not the most alike for each other. Throws IMAGE_CORRUPT. */
export async function drawPairs({ pictures, captions, pairs }: Correspondence): Promise<Buffer> {
  const panel = async (side: Side) => ({
    image: await renderPicture(pictures[side].picture),
    coordinates: pictures[side].picture,
    caption: captions[side],
  });
  return sideBySide(await panel('query'), await panel('hit'), { lines: linesOf(pairs), height: panelHeight });
}

/**
 * The query with a frame around what was asked about (in its pixels), the hit with a map of where it matched (h,w), and a line to
 * each of the strongest places, PNG. Throws IMAGE_CORRUPT.
 */
export async function drawAnswer(
  { pictures, captions, pairs }: Correspondence,
  { frame, map }: { readonly frame: Rect; readonly map: HeatMap },
): Promise<Buffer> {
  const { query, hit } = pictures;
  const scaled = normalizeMap(map, { percentile: 100 });
  return sideBySide(
    { image: await renderPicture(query.picture), coordinates: query.picture, caption: captions.query, frame },
    {
      image: await renderOverlay(hit.picture, scaled, hit.placement),
      coordinates: hit.picture,
      caption: captions.hit,
    },
    { lines: linesOf(pairs), legend: defaultColormap, height: panelHeight },
  );
}

const panelHeight = 560;

const linesOf = (pairs: readonly PlacePair[]) =>
  pairs.map(({ from, to, share, mutual }) => ({ from, to, weight: share, dashed: !mutual }));
