/**
 * What tells copies from look-alikes, measured where the truth is known: the demo catalogue with duplicates. The thresholds in
 * src/app/duplicates.ts come from here, and docs/duplicates.md has the figures.
 *
 *     npx tsx scripts/measure-duplicates.ts DIR [--seed 1] [--products 48] [--views 4] [--duplicates 96]
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findDuplicates, type Duplicate, duplicateTiers } from '../src/app/duplicates.ts';
import { openToWrite } from '../src/app/open.ts';
import { quantile } from '../src/core/vector.ts';
import { indexItems } from '../src/indexer/pipeline.ts';
import { openSource } from '../src/indexer/sources/open.ts';
import { type DemoCatalog, generateDemoCatalog } from './demo-catalog.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    products: { type: 'string', default: '48' },
    views: { type: 'string', default: '4' },
    duplicates: { type: 'string', default: '96' },
  },
});
const [dir] = positionals;
if (!dir) throw new Error('expected a folder: npx tsx scripts/measure-duplicates.ts DIR');
const demo = await generateDemoCatalog(dir, {
  seed: Number(values.seed),
  products: Number(values.products),
  views: Number(values.views),
  duplicates: Number(values.duplicates),
});
const { catalog, model, close } = await openToWrite(path.join(dir, 'index'));
await indexItems(await openSource(path.join(dir, 'items.csv')), { store: catalog, embedder: model });
const started = performance.now();
const found = await findDuplicates(catalog, { minScore: 0.5 });
console.log(
  `${catalog.count()} items by ${model.model}; ${found.length} pairs from score 0.5 in ${((performance.now() - started) / 1000).toFixed(1)} s`,
);
report(demo, found);
await close();

function report({ duplicates, items }: DemoCatalog, found: readonly Duplicate[]): void {
  const key = (a: string, b: string) => [a, b].sort().join(' ');
  const truth = new Map(duplicates.map(({ id, original_id, tier }) => [key(id, original_id), tier]));
  const productOf = new Map(items.map(({ id, product_id }) => [id, product_id]));
  const groups = new Map<string, Duplicate[]>();
  for (const pair of found) {
    const same = productOf.get(pair.a.id) === productOf.get(pair.b.id);
    const group = truth.get(key(pair.a.id, pair.b.id)) ?? (same ? 'other view' : 'other product');
    groups.set(group, [...(groups.get(group) ?? []), pair]);
  }
  for (const [group, pairs] of groups) {
    const expected = duplicates.filter(({ tier }) => tier === group).length;
    console.log(`\n${group}: ${pairs.length} pairs${expected ? ` of ${expected}` : ''}`);
    spread(
      '  score',
      pairs.map(({ score }) => score),
    );
    const pixels = pairs.flatMap((pair) => pair.pixels ?? []);
    if (pixels.length > 0) {
      spread(
        '  difference',
        pixels.map(({ difference }) => difference),
      );
      spread(
        '  correlation',
        pixels.map(({ correlation }) => correlation),
      );
      spread(
        '  stretch',
        pixels.map(({ stretch }) => stretch),
      );
    }
    const tiers = duplicateTiers.map(
      (tier) => `${tier} ${pairs.filter((pair) => pair.tier === tier).length}`,
    );
    console.log(`  found as: ${tiers.join(', ')}`);
  }
}

function spread(name: string, values: readonly number[]): void {
  const at = (q: number) => quantile(values, q).toFixed(4);
  console.log(
    `${name.padEnd(14)} min ${at(0)}  5 % ${at(0.05)}  median ${at(0.5)}  95 % ${at(0.95)}  max ${at(1)}`,
  );
}
