/**
 * npm run demo: the whole way on pictures that are drawn here: a catalogue, its index, searches with held-out pictures, measured
 * recall, and a report that shows why the hits matched.
 *
 *     npm run demo -- [DIR] [--products 64] [--queries 3] [--serve]      DIR: ./demo unless given
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import {
  AppError,
  type Catalog,
  type LoadedModel,
  type PictureSearch,
  type Progress,
  explainFoundName,
  explainSearch,
  indexItems,
  loadModel,
  openCatalog,
  openSource,
  refreshNames,
  renderReport,
  searchByPicture,
} from '../src/index.ts';
import type { DemoCatalog, DemoQuery } from './demo-catalog.ts';
import { generateDemoCatalog } from './demo-catalog.ts';

const k = 10;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    products: { type: 'string', default: '64' },
    queries: { type: 'string', default: '3' },
    serve: { type: 'boolean', default: false },
  },
});
const folder = path.resolve(positionals[0] ?? 'demo');

const start = performance.now();
const drawn = await drawCatalog();
const model = await loadModel();
const catalog = await openIndex(model);
await indexCatalog(drawn, catalog, model);
const searches = await searchAll(drawn, catalog, model);
printRecall(searches);
await explainSome(searches.slice(0, Number(values.queries)), drawn, catalog, model);
printNextSteps();
catalog.close();
await model.dispose();
if (values.serve) await serve();

interface Searched {
  readonly query: DemoQuery;
  readonly found: PictureSearch;
}

async function drawCatalog(): Promise<DemoCatalog> {
  heading(`1. Drawing a catalogue into ${relative(folder)}`);
  const bar = progressBar('products');
  const catalog = await generateDemoCatalog(path.join(folder, 'pictures'), {
    products: Number(values.products),
    onProgress: bar.update,
  });
  bar.stop();
  const { products, items, queries } = catalog;
  console.log(
    `${products.length} products, ${items.length} catalogue pictures, ${queries.length} pictures held out as queries.`,
  );
  return catalog;
}

/** An index that an older whymatch left is made anew: the pictures are at hand. */
async function openIndex(space: LoadedModel): Promise<Catalog> {
  const directory = path.join(folder, 'index');
  const open = () => openCatalog(directory, { space, create: true });
  try {
    return open();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CATALOG_MODEL_MISMATCH') throw error;
    console.log(`${relative(directory)} was made with another version of the model: it is made anew.`);
    await rm(directory, { recursive: true });
    return open();
  }
}

async function indexCatalog({ dir }: DemoCatalog, store: Catalog, embedder: LoadedModel): Promise<void> {
  heading(`2. Indexing with ${embedder.model} (${embedder.engine.description})`);
  const bar = progressBar('pictures');
  const report = await indexItems(await openSource(path.join(dir, 'items.csv')), {
    store,
    embedder,
    onProgress: bar.update,
  });
  await store.saveIndex();
  bar.stop();
  console.log(
    `${report.indexed} indexed, ${report.unchanged + report.updated + report.reused} known already, ${report.failed} failed` +
      ` in ${seconds(report.elapsedMs)}${report.indexed > 0 ? ` (${report.imagesPerSecond.toFixed(0)} pictures/s)` : ''}.`,
  );
  for (const { field, namer, accuracy } of await refreshNames(store)) {
    const right = (100 * accuracy.value).toFixed(0);
    console.log(
      `${namer.names.length} values of ${field} learned: ${right} % of pictures that were left out get their own.`,
    );
  }
}

async function searchAll(
  { dir, queries }: DemoCatalog,
  store: Catalog,
  embedder: LoadedModel,
): Promise<Searched[]> {
  heading(`3. Searching with the ${queries.length} held-out pictures`);
  const searches: Searched[] = [];
  for (const query of queries) {
    searches.push({
      query,
      found: await searchByPicture(store, embedder, { source: path.join(dir, query.file) }, { k }),
    });
  }
  return searches;
}

/** The share of queries with a picture of the same product (or kind) among the first hits. */
function printRecall(searches: readonly Searched[]): void {
  const recall = (field: 'product_id' | 'category', depth: number) => {
    const found = searches.filter(({ query, found: { hits } }) =>
      hits
        .slice(0, depth)
        .some(
          ({ item }) => (field === 'product_id' ? item.productId : item.metadata[field]) === query[field],
        ),
    );
    return ((100 * found.length) / searches.length).toFixed(0).padStart(4);
  };
  console.log('Recall, percent of queries    at 1   at 5  at 10');
  for (const [title, field] of [
    ['the same product', 'product_id'],
    ['the same kind of thing', 'category'],
  ] as const) {
    console.log(`  ${title.padEnd(26)}${[1, 5, 10].map((depth) => recall(field, depth)).join('   ')}`);
  }
  const times = searches
    .map(({ found }) => found.timings.query + found.timings.search)
    .toSorted((a, b) => a - b);
  console.log(
    `A search took ${times[times.length >> 1]!.toFixed(0)} ms (median, decoding and embedding the picture included).`,
  );
}

/** Prints the hits of some queries and writes a report for each. */
async function explainSome(
  searches: readonly Searched[],
  { items }: DemoCatalog,
  store: Catalog,
  embedder: LoadedModel,
): Promise<void> {
  const titles = new Map(items.map(({ id, title }) => [id, title]));
  heading('4. Why did they match?');
  const reports = path.join(folder, 'reports');
  await mkdir(reports, { recursive: true });
  for (const { query, found } of searches) {
    const before = performance.now();
    const hits = await explainSearch(embedder, found.query, found.hits, {
      methods: ['guided-match', 'match', 'guided', 'deconvnet', 'gradient'],
      check: true,
    });
    const whyName = await explainFoundName(store, embedder, found, { check: true });
    const explain = performance.now() - before;
    const file = path.join(reports, `${query.product_id}.html`);
    const page = await renderReport({
      search: { ...found, timings: { ...found.timings, explain } },
      hits,
      catalog: { name: 'demo', items: store.count() },
      model: embedder.model,
      k,
      ...(whyName && { whyName }),
    });
    await writeFile(file, page);
    console.log(`\nQuery ${query.file} (${query.product_id}; ${query.changes})`);
    if (found.name) {
      const { value, confidence } = found.name;
      console.log(`  looks like: ${value} (${(100 * confidence).toFixed(0)} %)`);
    }
    for (const [i, { item, score }] of found.hits.slice(0, 5).entries()) {
      const mark =
        item.productId === query.product_id ? '=' : item.metadata.category === query.category ? '~' : ' ';
      console.log(
        `  ${i + 1}. ${score.toFixed(3)} ${mark} ${item.id.padEnd(24)} ${titles.get(item.id) ?? ''}`,
      );
    }
    console.log(`  report: ${relative(file)} (10 hits explained by 5 methods in ${seconds(explain)})`);
  }
  console.log('\n  = the same product   ~ the same kind of thing');
}

function printNextSteps(): void {
  heading(`Done in ${seconds(performance.now() - start)}. Now with your own pictures`);
  console.log(`  Open the report in a browser:   ${path.join(folder, 'reports')}
  Search this catalogue by photo: npm run demo -- --serve
  Index a folder or a CSV:        npx whymatch index PHOTOS --catalog shop
  Search with a picture:          npx whymatch search PHOTO.jpg --catalog shop --report why.html
  Explain a pair of pictures:     npx whymatch explain A.jpg B.jpg --output why
  Name a picture, and see why:    npx whymatch name PHOTO.jpg --catalog shop --output why
  All commands:                   npx whymatch --help`);
}

/** The page on the demo catalogue, until Ctrl+C. */
async function serve(): Promise<void> {
  const command = new URL('../src/cli/main.ts', import.meta.url).pathname;
  const args = ['serve', '--catalog', path.join(folder, 'index'), '--log', 'warn'];
  // It stops by the same Ctrl+C, which the terminal sends to both.
  process.on('SIGINT', () => undefined);
  const server = spawn(process.execPath, [...process.execArgv, command, ...args], { stdio: 'inherit' });
  const [exitCode] = (await once(server, 'exit')) as [number | null];
  process.exitCode = exitCode ?? 0;
}

function progressBar(unit: string) {
  const bar = new SingleBar({
    format: `{bar} {value}/{total} ${unit}`,
    hideCursor: true,
    clearOnComplete: true,
  });
  const onTerminal = process.stderr.isTTY;
  if (onTerminal) bar.start(1, 0);
  return {
    update: ({ done, total }: Progress) => {
      if (!onTerminal) return;
      if (total !== undefined) bar.setTotal(total);
      bar.update(done);
    },
    stop: () => bar.stop(),
  };
}

function heading(text: string): void {
  console.log(`\n${text}`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function relative(file: string): string {
  return path.relative(process.cwd(), file) || '.';
}
