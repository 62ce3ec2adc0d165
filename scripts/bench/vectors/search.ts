/** Second half of the bench, a process of its own: opens the catalogue in argv[2], of argv[3] items, and searches it. Prints JSON. */
import { quantile } from '../../../src/core/vector.ts';
import type { Catalog, SearchOptions } from '../../../src/search/catalog.ts';
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { TopK } from '../../../src/search/top-k.ts';
import { benchFilters, embeddingsOf, queriesOf } from './fill.ts';

const [directory, count] = [process.argv[2]!, Number(process.argv[3])];
const k = 10;
const efs = [10, 16, 24, 32, 48, 64, 100, 200, 400];
/** What the choice of ef aims at. */
const wantedRecall = 0.95;

export interface Trial {
  readonly method: string;
  readonly recall: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Searched {
  /** From opening to the first answer, and what the process then takes. */
  readonly openSeconds: number;
  readonly rssMb: number;
  readonly byEf: readonly ({ readonly ef: number } & Trial)[];
  /** The smallest ef of the list that finds enough. */
  readonly ef: number;
  readonly usual: Trial;
  readonly exact: Trial;
  /** With the chosen ef; `first` is the search that finds out what matches, without and with an index of the field. */
  readonly filters: readonly ({
    readonly name: string;
    readonly matching: number;
    readonly first: number;
  } & Trial)[];
}

// A directory that an older whymatch filled is brought up to date.
openCatalog(directory, { index: { background: false } }).close();
const opening = performance.now();
const catalog = openCatalog(directory, { readonly: true, index: { background: false } });
const queries = queriesOf(count, 201);
const [warmUp, ...rest] = queries;
await catalog.search(warmUp!);
const openSeconds = (performance.now() - opening) / 1000;
const rssMb = process.memoryUsage().rss / 2 ** 20;

const truths = exactNeighbours(rest);
const byEf: ({ ef: number } & Trial)[] = [];
for (const ef of efs) byEf.push({ ef, ...(await tried(catalog, rest, truths.get('all')!, { ef })) });
const { ef } = byEf.find(({ recall }) => recall >= wantedRecall) ?? byEf.at(-1)!;
const usual = await tried(catalog, rest, truths.get('all')!, {});
const exact = await tried(catalog, rest.slice(0, 10), truths.get('all')!, { exact: true });
const filters: Searched['filters'][number][] = [];
for (const [name, { filter }] of Object.entries(benchFilters)) {
  const start = performance.now();
  const { matching } = await catalog.search(warmUp!, { k, ef, filter });
  const first = performance.now() - start;
  filters.push({ name, matching, first, ...(await tried(catalog, rest, truths.get(name)!, { ef, filter })) });
}
catalog.close();
console.log(JSON.stringify({ openSeconds, rssMb, byEf, ef, usual, exact, filters } satisfies Searched));

async function tried(
  catalog: Catalog,
  queries: readonly Float32Array[],
  truths: readonly ReadonlySet<string>[],
  options: SearchOptions,
): Promise<Trial> {
  const times: number[] = [];
  let [found, wanted] = [0, 0];
  let method = '';
  for (const [i, query] of queries.entries()) {
    const start = performance.now();
    const result = await catalog.search(query, { k, ...options });
    times.push(performance.now() - start);
    method = result.method;
    found += result.hits.filter(({ item }) => truths[i]!.has(item.id)).length;
    wanted += truths[i]!.size;
  }
  return { method, recall: found / wanted, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

/** The true neighbours of each query, among all and among what each filter keeps: one pass over everything, past the catalogue. */
function exactNeighbours(queries: readonly Float32Array[]): Map<string, Set<string>[]> {
  const groups = [
    { name: 'all', every: 1 },
    ...Object.entries(benchFilters).map(([name, { every }]) => ({ name, every })),
  ];
  const best = groups.map(() => queries.map(() => new TopK(k)));
  let i = 0;
  for (const embedding of embeddingsOf(count)) {
    for (const [q, query] of queries.entries()) {
      let score = 0;
      for (let d = 0; d < query.length; d++) score += query[d]! * embedding[d]!;
      for (const [g, { every }] of groups.entries()) {
        if (i % every === 0 && score > best[g]![q]!.floor) best[g]![q]!.offer(i, score);
      }
    }
    i++;
  }
  const ids = (top: TopK) => new Set(top.sorted().map(({ label }) => `i${label}`));
  return new Map(groups.map(({ name }, g) => [name, best[g]!.map(ids)]));
}
