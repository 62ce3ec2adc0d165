/**
 * How well warnings of explanations tell the maps that miss the object, against masks; what docs/explanations.md says of it is printed here.
 *
 *     npx tsx scripts/measure-warnings.ts CATALOG MASKS [MODEL]
 *
 * Each picture that has a mask is explained against itself and against its nearest neighbour by guided-match. A map misses the object where it
 * has less than 1.2 times of its energy on it than the object's part of the area.
 */
import type { HeatMap } from '../src/core/heat-map.ts';
import type { Item } from '../src/core/item.ts';
import { readMask } from '../src/app/evaluate-masks.ts';
import { openToRead } from '../src/app/open.ts';
import { examinePicture, readItemPicture } from '../src/app/pictures.ts';
import { borderShare, mostOnBorder, mostOutside, shareOutside } from '../src/explain/check-warnings.ts';
import { cutOut } from '../src/explain/content.ts';
import { explainHits } from '../src/explain/explain.ts';
import { standingOut } from '../src/explain/foreground.ts';
import { energyInside } from '../src/explain/measures/localisation.ts';
import { defaultMethod } from '../src/explain/methods/index.ts';
import type { Subject } from '../src/explain/subject.ts';
import type { Model } from '../src/model/model.ts';
import { table } from './bench/measure.ts';

interface Measured {
  readonly misses: boolean;
  readonly outside: number;
  readonly border: number;
}

const detectors = { outside: mostOutside, border: mostOnBorder } as const;
const expected = 1.2;

const [directory, masks, name] = process.argv.slice(2);
if (!directory || !masks) throw new Error('usage: npx tsx scripts/measure-warnings.ts CATALOG MASKS [MODEL]');
const { catalog, model, close } = await openToRead(directory, name === undefined ? {} : { model: name });
try {
  const found: Record<'itself' | 'nearest', Measured[]> = { itself: [], nearest: [] };
  for (const item of catalog.items()) {
    const mask = await readMask(masks, item, model.input);
    if (!mask) continue;
    const subject = await examined(model, item);
    const [other] = (await catalog.search(subject.unit, { k: 1, exact: true, exclude: [item.id] })).hits;
    const nearest = await examined(model, other!.item);
    found.itself.push(...(await measure(model, subject, subject, mask)));
    found.nearest.push(...(await measure(model, subject, nearest, mask)));
  }
  const header = ['explained against', 'maps', 'that miss', 'detector', 'area under ROC', 'found', 'right'];
  const rows = Object.entries(found).flatMap(([against, maps]) =>
    Object.entries(detectors).map(([detector, limit]) => [
      against,
      String(maps.length),
      String(maps.filter(({ misses }) => misses).length),
      detector,
      ...judged(maps, (map) => map[detector as keyof typeof detectors], limit),
    ]),
  );
  process.stdout.write(`${model.model}\n\n${table(header, rows)}\n`);
} finally {
  await close();
}

async function examined(model: Model, item: Item): Promise<Subject> {
  return (await examinePicture(model, { source: await readItemPicture(item) })).subject;
}

/** The map of one side; nothing for a picture in which nothing stands out. */
async function measure(model: Model, subject: Subject, hit: Subject, mask: HeatMap): Promise<Measured[]> {
  const object = standingOut(subject);
  if (!object) return [];
  const [explanation] = await explainHits(model, subject, [hit], { methods: [defaultMethod] });
  const map = explanation!.maps[defaultMethod]!.query;
  const area = meanOf(cutOut(mask, subject.content).data);
  return [
    {
      misses: energyInside(map, mask, subject.content) < expected * area,
      outside: shareOutside(map, object, subject.content).density,
      border: borderShare(map, subject.content),
    },
  ];
}

/** Area under the ROC curve: how often a map that misses has more than one that does not. Then, above the limit, found of those that miss, and right of those above it. */
function judged(maps: readonly Measured[], of: (map: Measured) => number, limit: number): string[] {
  const misses = maps.filter(({ misses }) => misses).map(of);
  const others = maps.filter(({ misses }) => !misses).map(of);
  const wins = misses.flatMap((a) => others.map((b) => (a > b ? 1 : a === b ? 0.5 : 0)));
  const caught = misses.filter((value) => value > limit).length;
  const warned = caught + others.filter((value) => value > limit).length;
  return [meanOf(wins).toFixed(2), `${caught} of ${misses.length}`, `${caught} of ${warned}`];
}

function meanOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}
