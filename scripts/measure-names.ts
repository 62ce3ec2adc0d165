/**
 * How faithful the maps of names are; what docs/explanations.md says of it is printed here.
 *
 *     npx tsx scripts/measure-names.ts CATALOG FIELD [PICTURES] [MODEL]
 *
 * Every so many items get their likeliest name by what the catalogue has learned (whymatch catalog learn-names FIELD), and a map of it by each method. The
 * quick check blurs the fifth that a map marks, and three times as much at random.
 */
import { explainPictureName } from '../src/app/explain-name.ts';
import { openToRead } from '../src/app/open.ts';
import { readItemPicture } from '../src/app/pictures.ts';
import type { Check } from '../src/explain/check.ts';
import { methods as allMethods } from '../src/explain/methods/index.ts';
import { table } from './bench/measure.ts';

/** Many passes for each map. */
const slow = 3;

const [directory, field, pictures = '120', name] = process.argv.slice(2);
if (!directory || !field) {
  throw new Error('usage: npx tsx scripts/measure-names.ts CATALOG FIELD [PICTURES] [MODEL]');
}
const { catalog, model, close } = await openToRead(directory, name === undefined ? {} : { model: name });
try {
  const methods = allMethods.filter(({ passes }) => passes < slow).map(({ name: method }) => method);
  const checks = new Map<string, Check[]>(methods.map((method) => [method, []]));
  const items = [...catalog.items()];
  const step = Math.max(1, Math.floor(items.length / Number(pictures)));
  for (const item of items.filter((_, i) => i % step === 0).slice(0, Number(pictures))) {
    const source = await readItemPicture(item);
    const { explanation } = await explainPictureName(
      catalog,
      model,
      { source },
      { field, methods, check: true },
    );
    for (const [method, check] of Object.entries(explanation.checks!)) checks.get(method)!.push(check);
  }
  const mean = (all: readonly Check[], value: (check: Check) => number) =>
    all.reduce((sum, check) => sum + value(check), 0) / all.length;
  console.log(
    table(
      ['method', 'maps', 'faithful', 'fall of the log-odds', 'at random'],
      [...checks].map(([method, all]) => [
        method,
        String(all.length),
        `${(100 * mean(all, ({ verdict }) => Number(verdict === 'faithful'))).toFixed(1)} %`,
        mean(all, ({ fall }) => fall).toFixed(2),
        mean(all, ({ randomFall }) => randomFall).toFixed(2),
      ]),
    ),
  );
} finally {
  await close();
}
