/**
 * npm run bench [-- NAME...] [--rounds N] [--count N] [--directory DIR]: figures as ratios taken in one run. Machines differ and drift; ratios travel better.
 */
import { parseArgs } from 'node:util';
import { brokenSource } from './bench/broken-source.ts';
import { closerLook } from './bench/closer-look.ts';
import { engines } from './bench/engines.ts';
import { explainedPage } from './bench/explained-page.ts';
import { explanationCost } from './bench/explanation-cost.ts';
import { explanationMemory } from './bench/explanation-memory.ts';
import { indexing } from './bench/indexing.ts';
import { maxPool } from './bench/max-pool.ts';
import { names } from './bench/names.ts';
import { soak } from './bench/soak.ts';
import { vectors } from './bench/vectors.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** 9 when absent, 50 for a page: its median is what people wait for. */
    rounds: { type: 'string' },
    /** Of embeddings, or of changes. */
    count: { type: 'string' },
    directory: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? 9);
const count = values.count === undefined ? undefined : Number(values.count);

const benches: Readonly<Record<string, () => Promise<string>>> = {
  'explanation-cost': () => explanationCost(rounds),
  'explained-page': () => explainedPage(Number(values.rounds ?? 50)),
  'explanation-memory': () => explanationMemory(count ?? 10_000),
  'max-pool': () => maxPool(rounds),
  'closer-look': () => closerLook(rounds),
  names: () => names(rounds),
  'broken-source': () => brokenSource(count ?? 10_000),
  engines: () => engines(rounds),
  indexing: () => indexing(rounds),
  soak: () => soak(count ?? 20_000),
  vectors: () => vectors({ count: count ?? 100_000, directory: values.directory }),
};

const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
if (unknown) {
  console.error(`expected one of ${Object.keys(benches).join(', ')}, received ${unknown}`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n## ${name}\n`);
  console.log(await bench());
}
