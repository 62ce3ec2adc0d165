/** Explanations as JSON. */
import type { ExaminedPicture } from '../app/pictures.ts';
import type { HeatMap } from '../core/heat-map.ts';
import { evidenceSentence } from '../report/words.ts';
import type { Pair } from './explainer.ts';
import { explanationLink, imageLink, queryPictureLink } from './links.ts';
import type { ExplanationAnswer } from './schemas/explanations.ts';
import type { Item } from '../core/item.ts';

export type Side = 'query' | 'hit';

export interface Described {
  readonly queryId: string;
  readonly picture: number;
  readonly item: Item;
  readonly method: string;
  readonly target: string;
  /** With the maps' values. */
  readonly map: boolean;
}

/** The numbers of an explanation, and where its pictures are. */
export function describe(
  pair: Pair,
  { queryId, picture, item, method, target, map }: Described,
): ExplanationAnswer {
  const parameters = (side: Side, layer: string) => ({ method, target, side, layer, format: 'png', picture });
  const checks = pair.explanation.checks?.[method];
  const sideOf = (side: Side, examined: ExaminedPicture) => ({
    placement: examined.placement,
    shares: rowsOf(pair.explanation.shares[side]),
    ...(checks ? { check: { ...checks[side], warnings: [...checks[side].warnings] } } : {}),
    ...(map ? { map: bytesOf(pair.explanation.maps[method]![side]) } : {}),
    links: {
      picture: side === 'hit' ? imageLink(item) : queryPictureLink(queryId, picture),
      overlay: explanationLink(queryId, item.id, parameters(side, 'overlay')),
      map: explanationLink(queryId, item.id, parameters(side, 'map')),
    },
  });
  return {
    queryId,
    itemId: item.id,
    picture,
    score: rounded(pair.explanation.score),
    method,
    target,
    summary: evidenceSentence(pair),
    query: sideOf('query', pair.query),
    hit: sideOf('hit', pair.hit),
  };
}

function rowsOf({ width, height, data }: HeatMap) {
  const row = (y: number) => Array.from(data.subarray(y * width, (y + 1) * width), rounded);
  return { width, height, rows: Array.from({ length: height }, (_, y) => row(y)) };
}

/** One byte a value, 255 for the largest; what is below 0 becomes 0. */
function bytesOf({ width, height, data }: HeatMap) {
  const max = data.reduce((a, b) => Math.max(a, b), 0);
  const bytes = Uint8Array.from(data, (value) =>
    max > 0 ? Math.round((255 * Math.max(0, value)) / max) : 0,
  );
  return { width, height, max, data: Buffer.from(bytes).toString('base64') };
}

export const rounded = (value: number): number => Number(value.toPrecision(6));
