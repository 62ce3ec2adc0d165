/**
 * What search can do against hard queries, measured: several looks at the query, whitening, query expansion, re-ranking. The defaults of
 * src/app/query.ts come from here, and docs/evaluation.md has the figures.
 *
 *     npx tsx scripts/measure-search.ts CATALOG --label category [--items 400] [--sample 150] [--seed 1] [--json FILE]
 *
 * All pictures of the catalogue (or so many) are looked at; a sample of them searches it, untouched and under the middle grade
 * of every transformation, leaving itself out.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openToRead } from '../src/app/open.ts';
import { readItemPicture } from '../src/app/pictures.ts';
import { seededRandom, shuffled } from '../src/core/random.ts';
import { transformations } from '../src/image/transform/index.ts';
import { pictureOf, pixelsOf } from '../src/image/transform/render.ts';
import { middleGrade } from '../src/image/transform/transformation.ts';
import { openPicture, type Picture } from '../src/image/open.ts';
import { textOf } from '../src/search/evaluate/labels.ts';
import { averagePrecision } from '../src/search/evaluate/rankings.ts';
import { type Look, lookAt } from './measure-search/looks.ts';
import { type Item, searches } from './measure-search/searches.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    label: { type: 'string', default: 'category' },
    items: { type: 'string', default: '100000' },
    sample: { type: 'string', default: '150' },
    hard: {
      type: 'string',
      default: 'zoom-in,zoom-out,frame,rotation,perspective,mirror,darker,noise,box,hand,text,clutter',
    },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});
const [directory] = positionals;
if (!directory)
  throw new Error('expected a catalogue: npx tsx scripts/measure-search.ts CATALOG --label category');
const seed = Number(values.seed);
const { catalog, model, close } = await openToRead(directory, { threads: Number(values.threads) });
const items: (Item & { readonly picture: Picture })[] = [];
const all = shuffled([...catalog.items()], seededRandom(seed)).slice(0, Number(values.items));
for (const item of all) {
  const label = item.metadata[values.label];
  if (label === undefined) continue;
  const picture = await openPicture(await readItemPicture(item));
  items.push({ picture, label: textOf(label), look: await lookAt(model, picture) });
}
console.log(`${items.length} pictures, ${model.model}`);

/** The transformations that cost the most recall, and one each of the others. */
const hard = new Set(values.hard.split(','));

interface Query {
  /** Which item it is a picture of. */
  readonly own: number;
  readonly look: Look;
}

const sample = shuffled([...items.keys()], seededRandom(seed)).slice(0, Number(values.sample));
const conditions = new Map<string, Query[]>([
  ['untouched', sample.map((own) => ({ own, look: items[own]!.look }))],
]);
const chosen = transformations.filter(({ name }) => hard.has(name));
for (const [t, transformation] of chosen.entries()) {
  const queries: Query[] = [];
  for (const [i, own] of sample.entries()) {
    const pixels = await pixelsOf(items[own]!.picture, 640);
    const other = await pixelsOf(items[sample[(i + 1) % sample.length]!]!.picture, 640);
    const random = seededRandom(1000 * (seed + i) + t);
    const surroundings = { random, other, mask: undefined };
    const transformed = await transformation.apply(pixels, middleGrade(transformation), surroundings);
    queries.push({ own, look: await lookAt(model, await pictureOf(transformed)) });
  }
  conditions.set(transformation.name, queries);
  process.stderr.write(`${transformation.name} `);
}

interface Row {
  readonly search: string;
  readonly passes: number;
  readonly milliseconds: number;
  /** By condition. */
  readonly recallAt1: Record<string, number>;
  readonly recallAt10: Record<string, number>;
  readonly mapAt10: Record<string, number>;
}

const sizes = new Map<string, number>();
for (const { label } of items) sizes.set(label, (sizes.get(label) ?? 0) + 1);
const rows: Row[] = [];
for (const { name, passes, prepare } of searches) {
  const search = prepare(items);
  const row: Row = { search: name, passes, milliseconds: 0, recallAt1: {}, recallAt10: {}, mapAt10: {} };
  const start = performance.now();
  let count = 0;
  for (const [condition, queries] of conditions) {
    let [first, ten, precision] = [0, 0, 0];
    for (const { own, look } of queries) {
      const { label } = items[own]!;
      const hits = search(look, own)
        .slice(0, 10)
        .map((i) => ({ right: items[i]!.label === label }));
      count++;
      first += Number(hits[0]?.right);
      ten += Number(hits.some(({ right }) => right));
      precision += averagePrecision(hits, sizes.get(label)! - 1, 10);
    }
    row.recallAt1[condition] = first / queries.length;
    row.recallAt10[condition] = ten / queries.length;
    row.mapAt10[condition] = precision / queries.length;
  }
  rows.push({ ...row, milliseconds: (performance.now() - start) / count });
  tell(rows.at(-1)!);
}
if (values.json) {
  writeFileSync(
    values.json,
    JSON.stringify({ directory, model: model.model, sample: sample.length, seed, rows }, null, 1),
  );
}
await close();

function tell({ search, passes, milliseconds, recallAt1, recallAt10, mapAt10 }: Row): void {
  const meanOfHard = (of: Record<string, number>) => {
    const values = Object.entries(of).filter(([name]) => name !== 'untouched');
    return values.reduce((sum, [, value]) => sum + value, 0) / values.length;
  };
  const show = (value: number) => value.toFixed(3);
  const worst = Object.entries(recallAt1).toSorted(([, a], [, b]) => a - b)[0]!;
  console.log(
    `${search.padEnd(34)} ${passes} passes ${milliseconds.toFixed(2).padStart(7)} ms | untouched R1 ${show(recallAt1['untouched']!)} R10 ${show(recallAt10['untouched']!)} mAP10 ${show(mapAt10['untouched']!)} | hard R1 ${show(meanOfHard(recallAt1))} R10 ${show(meanOfHard(recallAt10))} mAP10 ${show(meanOfHard(mapAt10))} | worst ${worst[0]} ${show(worst[1])}`,
  );
}
