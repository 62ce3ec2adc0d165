/** First half of the bench, a process of its own: rows and graph of the catalogue in argv[2], with argv[3] items. Prints JSON. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openCatalog } from '../../../src/search/open-catalog.ts';
import { benchSpace, fillCatalog } from './fill.ts';

const [directory, count] = [process.argv[2]!, Number(process.argv[3])];

export interface Built {
  readonly already: { readonly rows: number; readonly graph: number };
  readonly fillSeconds: number;
  readonly buildSeconds: number;
  /** Of all threads, while the graph was built. */
  readonly buildCpuSeconds: number;
  readonly maxRssMb: number;
  readonly bytes: { readonly database: number; readonly index: number };
  /** Of the main thread's event loop while the graph was built. */
  readonly loopDelayMs: { readonly p99: number; readonly max: number };
}

const catalog = openCatalog(directory, {
  space: benchSpace,
  create: true,
  index: { background: false },
});
const already = { rows: catalog.count(), graph: catalog.info().bytes.index > 0 ? 1 : 0 };
const say = (what: string, done: number) => process.stderr.write(`\r${what} ${done} of ${count}   `);
const filling = performance.now();
fillCatalog(catalog, count, (done) => done % 10_000 === 0 && say('rows', done));
const building = performance.now();
const before = process.cpuUsage();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
await catalog.saveIndex({ onProgress: ({ done }) => done % 1280 === 0 && say('graph', done) });
delay.disable();
const cpu = process.cpuUsage(before);
process.stderr.write('\n');
const built: Built = {
  already,
  fillSeconds: (building - filling) / 1000,
  buildSeconds: (performance.now() - building) / 1000,
  buildCpuSeconds: (cpu.user + cpu.system) / 1e6,
  maxRssMb: process.resourceUsage().maxRSS / 1024,
  bytes: catalog.info().bytes,
  loopDelayMs: { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 },
};
catalog.close();
console.log(JSON.stringify(built));
