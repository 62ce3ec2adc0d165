/** Explanations as JSON. */
import type { ExplainedName } from '../app/explain-name.ts';
import type { ExaminedPicture } from '../app/pictures.ts';
import type { LookedAtParts } from '../core/geometry.ts';
import type { HeatMap } from '../core/heat-map.ts';
import type { Check } from '../explain/check.ts';
import { evidenceSentence } from '../report/words.ts';
import type { Pair } from './explainer.ts';
import { explanationLink, imageLink, nameLink, partParameters, queryPictureLink } from './links.ts';
import type { ExplanationAnswer, NameExplanationAnswer } from './schemas/explanations.ts';
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
  /** The parts that were compared. */
  readonly looks: LookedAtParts;
}

/** The numbers of an explanation, and where its pictures are. */
export function describe(
  pair: Pair,
  { queryId, picture, item, method, target, map, looks }: Described,
): ExplanationAnswer {
  const { shares, maps, checks } = pair.explanation;
  const sideOf = (side: Side, examined: ExaminedPicture) => {
    const parts = partParameters(looks);
    const link = (layer: string) =>
      explanationLink(queryId, item.id, { method, target, side, layer, format: 'png', picture, ...parts });
    return explainedSide(examined, {
      shares: shares[side],
      check: checks?.[method]?.[side],
      map: map ? maps[method]![side] : undefined,
      links: {
        picture: side === 'hit' ? imageLink(item) : queryPictureLink(queryId, picture),
        overlay: link('overlay'),
        map: link('map'),
      },
    });
  };
  return {
    queryId,
    itemId: item.id,
    picture,
    score: rounded(pair.explanation.score),
    method,
    target,
    summary: evidenceSentence({ ...pair, looks }),
    query: sideOf('query', pair.query),
    hit: sideOf('hit', pair.hit),
  };
}

/** The same of a name. */
export function describeName(
  { picture: examined, reasons, explanation: { shares, maps, checks } }: ExplainedName,
  { queryId, picture, method, map }: Pick<Described, 'queryId' | 'picture' | 'method' | 'map'>,
): NameExplanationAnswer {
  const { field, value, probability, names } = reasons;
  const link = (layer: string) => nameLink(queryId, { field, value, method, layer, format: 'png', picture });
  return {
    queryId,
    picture,
    field,
    value,
    probability: rounded(probability),
    names: names.slice(0, 5).map(({ value: name, share }) => ({ value: name, share: rounded(share) })),
    method,
    query: explainedSide(examined, {
      shares,
      check: checks?.[method],
      map: map ? maps[method] : undefined,
      links: { picture: queryPictureLink(queryId, picture), overlay: link('overlay'), map: link('map') },
    }),
  };
}

interface SideFacts {
  readonly shares: HeatMap;
  readonly check: Check | undefined;
  readonly map: HeatMap | undefined;
  readonly links: ExplanationAnswer['query']['links'];
}

function explainedSide({ placement }: ExaminedPicture, { shares, check, map, links }: SideFacts) {
  return {
    placement,
    shares: rowsOf(shares),
    ...(check ? { check: { ...check, warnings: [...check.warnings] } } : {}),
    ...(map ? { map: bytesOf(map) } : {}),
    links,
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
