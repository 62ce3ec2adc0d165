/**
 * npm run load [-- --items 0,100000] [--clients 1,8,64,256] [--seconds 10] [--folder demo]
 * npm run load -- --mixed [--minutes 10]
 *
 * How much a server bears. Without --mixed: searches a second with so many clients on the demo catalogue (--items 0) and on larger ones,
 * beside the bare forward pass of the same run, and its memory before, at the peak, after, and after the same load once more; clients and
 * server share the machine. With --mixed: everything at once, for minutes, and whether anything fails, memory grows, or the catalogue is
 * damaged. Ends with 1 where something is not as it should be.
 */
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { tensor } from '../src/core/tensor.ts';
import { type LoadedModel, loadModel } from '../src/index.ts';
import { defaultLimits } from '../src/server/options.ts';
import { table } from './bench/measure.ts';
import { copyOf, demoCatalogue, largeCatalogue, type Photos, type Prepared } from './load/catalogues.ts';
import { mixedLoad, type MixedReport } from './load/mixed.ts';
import { type Delay, IdleProcess, startServer } from './load/server-process.ts';
import { measureThroughput, type Throughput, throughputHeader, throughputRow } from './load/throughput.ts';

const { values } = parseArgs({
  options: {
    mixed: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
    items: { type: 'string', default: '0,100000' },
    clients: { type: 'string', default: '1,8,64,256' },
    seconds: { type: 'string', default: '10' },
    folder: { type: 'string', default: 'demo' },
  },
});

/** Milliseconds after which what a load has left behind should be gone: ten seconds after the server has gone to rest. */
const rest = defaultLimits.restMs + 10_000;

const idle = new IdleProcess();
const model = await loadModel();
const demo = await demoCatalogue(path.resolve(values.folder), model);
const busy = loadavg()[0]!;
console.log(
  `${availableParallelism()} processors, load average before: ${busy.toFixed(1)}, ${model.engine.description}`,
);
const complaints = values.mixed ? await runMixed() : await runThroughput();
idle.stop();
for (const complaint of complaints) console.error(`NOT AS IT SHOULD BE: ${complaint}`);
process.exitCode = complaints.length > 0 ? 1 : 0;

async function runThroughput(): Promise<string[]> {
  const catalogues: Prepared[] = [];
  for (const items of numbers(values.items))
    catalogues.push(items === 0 ? demo : await largeCatalogue(demo, items, model));
  const forward = await forwardPasses(model);
  await model.dispose();
  console.log(
    `bare forward pass: ${forward.alone.toFixed(1)} ms alone, ${forward.perSecond.toFixed(0)} pictures/s in batches`,
  );
  const complaints: string[] = [];
  for (const catalogue of catalogues) complaints.push(...(await measure(catalogue, demo.photos, forward)));
  return complaints;
}

async function measure(catalogue: Prepared, photos: Photos, forward: Forward): Promise<string[]> {
  const server = await startServer(catalogue.directory);
  const clients = numbers(values.clients);
  const load = async (clients: number, seconds: number) => {
    const found = await measureThroughput(server, idle, photos, { clients, seconds });
    // What was asked for last is still being computed.
    while ((await server.vitals()).inHand > 0) await sleep(100);
    return found;
  };
  const fresh = (await server.vitals()).memory;
  // All clients at once on a server that has not seen any yet.
  const burst = await load(Math.max(...clients), 3);
  const found: Throughput[] = [];
  for (const count of clients) found.push(await load(count, Number(values.seconds)));
  await sleep(rest);
  const first = await server.vitals();
  for (const count of clients) await load(count, Number(values.seconds));
  await sleep(rest);
  const second = await server.vitals();
  const stopped = await server.stop();
  console.log(`\n## ${catalogue.items} items\n`);
  const rows = [
    throughputRow('first burst', burst, forward.perSecond),
    ...found.map((row) => throughputRow(String(row.clients), row, forward.perSecond)),
  ];
  console.log(table(throughputHeader, rows));
  const memory = [fresh, first.peak, first.memory, second.peak, second.memory];
  const [before, ...others] = memory.map((value) => value.toFixed(0));
  console.log(
    `\nmemory, MiB: ${before} before, ${others[0]} at the peak, ${others[1]} after a rest of ${rest / 1000} s; after the same load again ${others[2]} and ${others[3]}`,
  );
  return [
    ...[burst, ...found]
      .filter(({ failed }) => failed > 0)
      .map(({ clients, failed }) => `${failed} failed with ${clients} clients`),
    ...(first.memory > 1.1 * fresh ? ['memory did not return'] : []),
    ...(second.memory > 1.1 * Math.max(fresh, first.memory) ? ['memory grew under the same load'] : []),
    ...(stopped === 0 ? [] : [`the server ended with ${stopped}`]),
  ];
}

function numbers(text: string): number[] {
  return text.split(',').map(Number);
}

interface Forward {
  /** Milliseconds of one picture. */
  readonly alone: number;
  readonly perSecond: number;
}

async function forwardPasses(model: LoadedModel): Promise<Forward> {
  const { width, height } = model.input;
  const time = async (pictures: number) => {
    const images = tensor([pictures, 3, height, width]);
    await model.embed(images);
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const start = performance.now();
      await model.embed(images);
      times.push(performance.now() - start);
    }
    return times.sort((a, b) => a - b)[7]!;
  };
  return { alone: await time(1), perSecond: (1000 * model.batchSize) / (await time(model.batchSize)) };
}

async function runMixed(): Promise<string[]> {
  await model.dispose();
  const catalogue = await copyOf(demo, 'load-mixed');
  const server = await startServer(catalogue.directory);
  const minutes = Number(values.minutes);
  const report = await mixedLoad(server, { idle, catalogue, photos: demo.photos, minutes });
  console.log(`\n## ${report.minutes} minutes of everything\n`);
  console.log(table(['asked', 'times', 'answered', 'refused and others'], report.tally.rows()));
  console.log(
    `\nindexer: ${report.indexed} runs added pictures, ${report.keptOut} were kept out by another writer`,
  );
  console.log(`memory by minute, MiB: ${report.memory.map((value) => value.toFixed(0)).join(' ')}`);
  const [p99, max] = delays(report.delay);
  const [busy99, busyMax] = delays(report.busy);
  console.log(`event loop busy from turn to turn: p99 ${busy99}, max ${busyMax}, in the worst 5 seconds`);
  const idleMax = delays(report.idleDelay)[1];
  console.log(`event loop late: p99 ${p99}, max ${max}; that of an idle process: max ${idleMax}`);
  console.log(`load average after: ${loadavg()[0]!.toFixed(1)}`);
  return complaintsOf(report);
}

function complaintsOf({ tally, memory, stopped, verified, indexed }: MixedReport): string[] {
  const warm = memory[Math.min(2, memory.length - 1)]!;
  const last = memory.at(-1)!;
  return [
    ...(tally.unexpected.length > 0 ? [`${tally.unexpected.length} requests failed`] : []),
    ...(last > 1.15 * warm ? [`memory grew from ${warm.toFixed(0)} to ${last.toFixed(0)} MiB`] : []),
    ...(stopped === 0 ? [] : [`the server ended with ${stopped}`]),
    ...(verified === 0 ? [] : [`the catalogue is not as it should be (verify ended with ${verified})`]),
    ...(indexed > 0 ? [] : ['the indexer never got its turn']),
  ];
}

function delays({ p99, max }: Delay): string[] {
  return [`${p99.toFixed(0)} ms`, `${max.toFixed(0)} ms`];
}
