/** How well a guess of where the object is agrees with its mask. */
import type { Rect } from '../../core/geometry.ts';
import { intersect } from '../../core/geometry.ts';
import type { HeatMap } from '../../core/heat-map.ts';
import { heatMap } from '../../image/heat-map.ts';
import { boxOf, findForeground, type Foreground } from '../foreground.ts';
import type { Subject } from '../subject.ts';
import { cutOut } from '../content.ts';
import { pointsAt } from './localisation.ts';

export interface ForegroundMeasures {
  /** Intersection over union of the box and the smallest box around the object. */
  readonly boxOverlap: number;
  /** 1 when that is at least 0.5, else 0: its mean is called CorLoc (Deselaers, Alexe, Ferrari 2010). */
  readonly found: number;
  /** Intersection over union of the masks. */
  readonly maskOverlap: number;
  /** 1 when the place that stands out most is on the object, else 0. */
  readonly pointing: number;
}

export const foregroundMeasures = ['boxOverlap', 'found', 'maskOverlap', 'pointing'] as const;

type Guess = Pick<Foreground, 'saliency' | 'mask' | 'box'>;

/** By name: that of the model's features, and two that know nothing of the picture. */
export const foregroundGuesses: Readonly<Record<string, (subject: Subject) => Guess>> = {
  features: (subject) => findForeground(subject) ?? centred(subject, 1),
  'centre box': (subject) => centred(subject, 0.7),
  'whole picture': (subject) => centred(subject, 1),
};

/** mask: of the tensor's size, 1 on the object. Undefined where the mask is empty. */
export function measureForeground(
  subject: Subject,
  mask: HeatMap,
): Record<string, ForegroundMeasures> | undefined {
  const { content } = subject;
  const object = cutOut(mask, content);
  if (!object.data.some((value) => value > 0.5)) return undefined;
  const truth = boxOf(object, content);
  return Object.fromEntries(
    Object.entries(foregroundGuesses).map(([name, guess]) => {
      const { saliency, mask: guessed, box } = guess(subject);
      const boxOverlap = overlapOfBoxes(box, truth);
      return [
        name,
        {
          boxOverlap,
          found: boxOverlap >= 0.5 ? 1 : 0,
          maskOverlap: overlapOfMasks(cutOut(guessed, content), object),
          pointing: pointsAt(saliency, mask, content) ? 1 : 0,
        },
      ];
    }),
  );
}

/** A box of so much of each side in the middle of the picture, which points at its centre. */
function centred({ image, content }: Subject, part: number): Guess {
  const [, height = 0, width = 0] = image.dims;
  const box = {
    x: Math.round(content.x + ((1 - part) / 2) * content.width),
    y: Math.round(content.y + ((1 - part) / 2) * content.height),
    width: Math.round(part * content.width),
    height: Math.round(part * content.height),
  };
  const [saliency, mask] = [heatMap(width, height), heatMap(width, height)];
  for (let y = box.y; y < box.y + box.height; y++) {
    mask.data.fill(1, y * width + box.x, y * width + box.x + box.width);
  }
  const [x, y] = [content.x + Math.floor(content.width / 2), content.y + Math.floor(content.height / 2)];
  saliency.data[y * width + x] = 1;
  return { saliency, mask, box };
}

function overlapOfBoxes(a: Rect, b: Rect): number {
  const both = intersect(a, b);
  const shared = both ? both.width * both.height : 0;
  return shared / (a.width * a.height + b.width * b.height - shared);
}

function overlapOfMasks(a: HeatMap, b: HeatMap): number {
  let [both, either] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    const [first, second] = [value > 0.5, b.data[i]! > 0.5];
    if (first && second) both++;
    if (first || second) either++;
  }
  return both / either;
}
