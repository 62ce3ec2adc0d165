/** Everything at once for minutes: searches, explanations, uploads, deletes, and an indexer that adds rows from another process. */
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../../src/core/vector.ts';
import type { Photos, Prepared } from './catalogues.ts';
import { uniquePhoto } from './photo.ts';
import type { Delay, IdleProcess, ServerProcess } from './server-process.ts';
import { whymatch } from './server-process.ts';
import { Tally } from './tally.ts';
import { visitors } from './visitors.ts';

export interface MixedReport {
  readonly minutes: number;
  readonly tally: Tally;
  /** Runs of the indexer that added pictures, and those that another writer kept out. */
  readonly indexed: number;
  readonly keptOut: number;
  /** Median resident memory of each minute, MiB. */
  readonly memory: readonly number[];
  readonly delay: Delay;
  readonly busy: Delay;
  readonly idleDelay: Delay;
  /** Exit codes of the server and of `whymatch catalog verify`. */
  readonly stopped: number | null;
  readonly verified: number | null;
}

export async function mixedLoad(
  server: ServerProcess,
  { idle, catalogue, photos, minutes }: MixedOptions,
): Promise<MixedReport> {
  const tally = new Tally();
  const stop = new AbortController();
  const { signal } = stop;
  const forever = async (visit: () => Promise<void>) => {
    while (!signal.aborted) await visit();
  };
  const work = visitors({ url: server.url, photos, tally }).map(forever);
  const indexing = indexNow(catalogue, photos, signal);
  const samples = await watch(server, idle, minutes, tally);
  stop.abort();
  await Promise.all(work);
  const { indexed, keptOut } = await indexing;
  const stopped = await server.stop();
  const verify = whymatch(['catalog', 'verify', '--catalog', catalogue.directory]);
  verify.stdout!.resume();
  const [verified] = (await once(verify, 'exit')) as [number | null];
  return { minutes, tally, indexed, keptOut, ...samples, stopped, verified };
}

export interface MixedOptions {
  readonly idle: IdleProcess;
  /** Is changed. */
  readonly catalogue: Prepared;
  readonly photos: Photos;
  readonly minutes: number;
}

/** Indexes a folder of new pictures, again and again, as a process of its own. */
async function indexNow({ directory }: Prepared, photos: Photos, signal: AbortSignal) {
  const folder = `${directory}-arrivals`;
  await rm(folder, { recursive: true, force: true });
  let indexed = 0;
  let keptOut = 0;
  for (let round = 0; !signal.aborted; round++) {
    await mkdir(path.join(folder, String(round)), { recursive: true });
    for (let i = 0; i < 8; i++)
      await writeFile(path.join(folder, String(round), `${i}.jpg`), uniquePhoto(photos));
    const child = whymatch(['index', folder, '--catalog', directory, '--threads', '1', '--json']);
    child.stdout!.resume();
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code === 0) indexed++;
    else if (code === exitOfBusyCatalogue) keptOut++;
    else throw new Error(`the indexer ended with ${code}`);
    await sleep(5000, undefined, { signal }).catch(() => undefined);
  }
  return { indexed, keptOut };
}

/** Also for other failures of a catalogue; what was wrong stands on stderr. */
const exitOfBusyCatalogue = 4;

async function watch(server: ServerProcess, idle: IdleProcess, minutes: number, tally: Tally) {
  const samples: { minute: number; memory: number; delay: Delay; busy: Delay; idleDelay: Delay }[] = [];
  await Promise.all([server.vitals(), idle.delay()]);
  const start = performance.now();
  for (let minute = 0; minute < minutes;) {
    await sleep(5000);
    const [vitals, idleDelay] = await Promise.all([server.vitals(), idle.delay()]);
    const { memory, delay, busy } = vitals;
    samples.push({ minute: Math.floor(minute), memory, delay, busy, idleDelay });
    const before = minute;
    minute = (performance.now() - start) / 60_000;
    if (Math.floor(minute) > Math.floor(before)) {
      console.error(
        `  minute ${Math.floor(minute)}: ${vitals.memory.toFixed(0)} MiB, heap ${vitals.heap.toFixed(0)} MiB, busy ${busy.max.toFixed(0)} ms, late ${delay.max.toFixed(0)} ms, ${tally.total} requests, ${tally.unexpected.length} failed`,
      );
    }
  }
  const worst = (delays: readonly Delay[]): Delay => ({
    p99: Math.max(...delays.map(({ p99 }) => p99)),
    max: Math.max(...delays.map(({ max }) => max)),
  });
  const count = Math.max(...samples.map(({ minute }) => minute)) + 1;
  return {
    memory: Array.from({ length: count }, (_, i) =>
      quantile(
        samples.filter(({ minute }) => minute === i).map(({ memory }) => memory),
        0.5,
      ),
    ),
    delay: worst(samples.map(({ delay }) => delay)),
    busy: worst(samples.map(({ busy }) => busy)),
    idleDelay: worst(samples.map(({ idleDelay }) => idleDelay)),
  };
}
