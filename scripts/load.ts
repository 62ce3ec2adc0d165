/**
 * npm run load [-- --mixed --minutes 10] [--items 100000] [--seconds 10] [--folder demo]
 *
 * How much a server bears. Without --mixed: searches a second with 1, 8 and 64 clients on the demo catalogue and on one of --items
 * items, beside the bare forward pass of the same run; clients and server share the machine. With --mixed: everything at once, for
 * minutes, and whether anything fails, memory grows, or the catalogue is damaged. Ends with 1 where something is not as it should be.
 */
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { tensor } from '../src/core/tensor.ts';
import { type LoadedModel, loadModel } from '../src/index.ts';
import { table } from './bench/measure.ts';
import { copyOf, demoCatalogue, largeCatalogue, type Photos, type Prepared } from './load/catalogues.ts';
import { mixedLoad, type MixedReport } from './load/mixed.ts';
import { type Delay, IdleProcess, startServer } from './load/server-process.ts';
import { measureThroughput, type Throughput } from './load/throughput.ts';

const { values } = parseArgs({
  options: {
    mixed: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '10' },
    items: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '10' },
    folder: { type: 'string', default: 'demo' },
  },
});

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
  const large =
    Number(values.items) > 0 ? await largeCatalogue(demo, Number(values.items), model) : undefined;
  const forward = await forwardPasses(model);
  await model.dispose();
  console.log(
    `bare forward pass: ${forward.alone.toFixed(1)} ms alone, ${forward.perSecond.toFixed(0)} pictures/s in batches`,
  );
  const complaints: string[] = [];
  for (const catalogue of large ? [demo, large] : [demo]) {
    complaints.push(...(await measure(catalogue, demo.photos, forward)));
  }
  return complaints;
}

async function measure(catalogue: Prepared, photos: Photos, forward: Forward): Promise<string[]> {
  const server = await startServer(catalogue.directory);
  const seconds = Number(values.seconds);
  await measureThroughput(server, idle, photos, { clients: 8, seconds: 3 });
  const before = (await server.vitals()).memory;
  const found: Throughput[] = [];
  for (const clients of [1, 8, 64, 256])
    found.push(await measureThroughput(server, idle, photos, { clients, seconds }));
  await sleep(10_000);
  const after = (await server.vitals()).memory;
  const stopped = await server.stop();
  console.log(`\n## ${catalogue.items} items\n`);
  console.log(
    table(
      [
        'clients',
        'searches/s',
        '÷ bare',
        'p50',
        'p99',
        '503',
        'failed',
        '/healthz',
        'loop busy p99',
        'max',
        'late p99',
        'max',
        '(idle max)',
        'MiB',
      ],
      found.map((row) => [
        String(row.clients),
        row.perSecond.toFixed(1),
        (row.perSecond / forward.perSecond).toFixed(2),
        `${row.p50} ms`,
        `${row.p99} ms`,
        String(row.refused),
        String(row.failed),
        `${row.health.toFixed(0)} ms`,
        ...delays(row.busy),
        ...delays(row.delay),
        `${row.idleDelay.max.toFixed(0)} ms`,
        row.memory.toFixed(0),
      ]),
    ),
  );
  console.log(`\nmemory: ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB ten seconds after`);
  return [
    ...found
      .filter(({ failed }) => failed > 0)
      .map(({ clients, failed }) => `${failed} failed with ${clients} clients`),
    ...(stopped === 0 ? [] : [`the server ended with ${stopped}`]),
  ];
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
