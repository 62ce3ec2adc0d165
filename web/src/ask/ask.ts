/** What is searched for: pictures with signs, and what hits must be like. A value; every change makes a new one. */
import type { Rect } from '../../../src/core/geometry.ts';

export interface Ask {
  /** The first is the one on show; the others push towards or away from something. */
  readonly pictures: readonly AskedPicture[];
  readonly conditions: Conditions;
}

export interface Conditions {
  /** Values by metadata field; a hit has one of them. */
  readonly values: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
  /** Ranges by metadata field. */
  readonly ranges: Readonly<Record<string, Range>>;
  /** Smallest score; 0 for no limit. */
  readonly minScore: number;
  readonly byProduct: boolean;
  /** The first hits are looked at more closely: for photos that are half covered, taken from nearer, or of something among other things. As the server does where nothing is said. */
  readonly closely: boolean | undefined;
  /** The field that the first hits should agree on; '' for none. Likewise. */
  readonly agreeOn: string | undefined;
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

export interface AskedPicture {
  readonly source: PictureSource;
  readonly like: boolean;
  /** Only this part counts, in pixels of the upright picture. */
  readonly region?: Rect;
  /** What lies in these does not count. */
  readonly ignore: readonly Rect[];
  /** Only what matched this item counts. */
  readonly focus?: string;
  /** A frame around it counts, too; otherwise the server looks past it. */
  readonly framed?: true;
}

export type PictureSource =
  | { readonly kind: 'file'; readonly file: Blob }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'item'; readonly id: string };

export const noConditions: Conditions = {
  values: {},
  ranges: {},
  minScore: 0,
  byProduct: false,
  closely: undefined,
  agreeOn: undefined,
};

export const askFor = (source: PictureSource, conditions: Conditions = noConditions): Ask => ({
  pictures: [{ source, like: true, ignore: [] }],
  conditions,
});

/** The same search with the picture on show changed. Absent properties in `change` go back to "all of it counts". */
export function withSubject(
  ask: Ask,
  change: Pick<AskedPicture, 'region' | 'focus' | 'ignore' | 'framed'>,
): Ask {
  const [{ source, like }, ...others] = ask.pictures as [AskedPicture, ...AskedPicture[]];
  return { ...ask, pictures: [{ source, like, ...change }, ...others] };
}

/** The same search with the frame around the picture on show, or without. */
export function withFrame(ask: Ask, counts: boolean): Ask {
  const [{ framed: _, ...subject }, ...others] = ask.pictures as [AskedPicture, ...AskedPicture[]];
  return { ...ask, pictures: [counts ? { ...subject, framed: true } : subject, ...others] };
}

/** "More like this" and "less like this". Saying the opposite of what was said takes its place. */
export function withExample(ask: Ask, id: string, like: boolean): Ask {
  const others = ask.pictures.filter(
    ({ source }, i) => i === 0 || source.kind !== 'item' || source.id !== id,
  );
  // The server takes 8 pictures: the oldest example goes.
  const kept = others.length < mostPictures ? others : [others[0]!, ...others.slice(2)];
  return { ...ask, pictures: [...kept, { source: { kind: 'item', id }, like, ignore: [] }] };
}

export const withoutPicture = (ask: Ask, index: number): Ask => ({
  ...ask,
  pictures: ask.pictures.filter((_, i) => i !== index),
});

const mostPictures = 8;

export const withConditions = (ask: Ask, change: Partial<Conditions>): Ask => ({
  ...ask,
  conditions: { ...ask.conditions, ...change },
});

/** How many conditions there are, to say so on a button. */
export function countConditions(conditions: Conditions): number {
  const { values, ranges, minScore, byProduct, closely, agreeOn } = conditions;
  const fields = Object.keys(values).length + Object.keys(ranges).length;
  return (
    fields +
    Number(minScore > 0) +
    Number(byProduct) +
    Number(closely !== undefined) +
    Number(agreeOn !== undefined)
  );
}
