/** What the server draws and counts from maps and features: tens of milliseconds a piece. In this thread or in one of its own. */
import { type Answers, answersOf } from '../../report/answers.ts';
import { drawMap, type DrawnPair, drawOverlay } from '../../report/overlays.ts';
import type { Subject } from '../../explain/subject.ts';
import type { Placement } from '../../image/placement.ts';
import { likenessesOfLooks, type Look, type LooksLikeness } from '../../app/looks.ts';
import { proposeRegions, type Region } from '../../app/regions.ts';
import { collectGarbage } from '../memory.ts';

export interface Drawing {
  readonly method: string;
  readonly side: 'query' | 'hit';
  /** The map on the picture, or alone. */
  readonly layer: 'overlay' | 'map';
  readonly maxSide: number;
}

export interface Studio {
  /** A map of a pair as a PNG. Throws IMAGE_CORRUPT. */
  draw(pair: DrawnPair, drawing: Drawing): Promise<Uint8Array>;
  /** Which places of two pictures answer each other. */
  answers(query: Subject, hit: Subject): Promise<Answers>;
  /** Where the objects of a picture seem to be, in its pixels, best first. */
  regions(subject: Subject, placement: Placement): Promise<Region[]>;
  /** As likenessesOfLooks: a quarter of a millisecond a pair of looks. */
  likenesses(
    looks: readonly Look[],
    others: readonly (readonly Look[] | undefined)[],
  ): Promise<(LooksLikeness | undefined)[]>;
  /** Gives back memory that nobody uses. */
  rest(): Promise<void>;
}

/** The studio in this thread. */
export const studio: Studio = {
  draw(pair, { method, side, layer, maxSide }) {
    const draw = layer === 'map' ? drawMap : drawOverlay;
    return draw(pair, method, side, { maxSide });
  },
  answers: (query, hit) => Promise.resolve(answersOf(query, hit)),
  regions: (subject, placement) => Promise.resolve(proposeRegions(subject, placement)),
  likenesses: (looks, others) => Promise.resolve(likenessesOfLooks(looks, others)),
  rest: collectGarbage,
};
