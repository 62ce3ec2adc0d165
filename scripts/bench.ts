/**
 * npm run bench [-- NAME...] [--rounds N]: figures as ratios taken in one run. Machines differ and drift; ratios travel better.
 */
import { parseArgs } from 'node:util';
import { engines } from './bench/engines.ts';
import { explainedPage } from './bench/explained-page.ts';
import { explanationCost } from './bench/explanation-cost.ts';

const benches: Readonly<Record<string, (rounds: number) => Promise<string>>> = {
  'explanation-cost': explanationCost,
  'explained-page': explainedPage,
  engines,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '9' } },
});
const unknown = positionals.find((name) => !Object.hasOwn(benches, name));
if (unknown) {
  console.error(`expected one of ${Object.keys(benches).join(', ')}, received ${unknown}`);
  process.exit(2);
}
for (const [name, bench] of Object.entries(benches)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  console.log(`\n## ${name}\n`);
  console.log(await bench(Number(values.rounds)));
}
