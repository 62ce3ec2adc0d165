/** Searches a second with so many clients at once, by autocannon, and what else can be seen from outside meanwhile. */
import { performance } from 'node:perf_hooks';
import autocannon from 'autocannon';
import type { Photos } from './catalogues.ts';
import { uniquePhoto } from './photo.ts';
import type { Delay, IdleProcess, ServerProcess } from './server-process.ts';

export interface Throughput {
  readonly clients: number;
  /** Searches answered a second. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Clean 503s. */
  readonly refused: number;
  /** All that is neither an answer nor a refusal. */
  readonly failed: number;
  /** The slowest /healthz meanwhile, milliseconds. */
  readonly health: number;
  readonly delay: Delay;
  readonly busy: Delay;
  readonly idleDelay: Delay;
}

export const throughputHeader = [
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
  'late max',
  'idle max',
];

/** Cells of a row; `bare`: pictures a second that the network alone does. */
export function throughputRow(name: string, row: Throughput, bare: number): string[] {
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    name,
    row.perSecond.toFixed(1),
    (row.perSecond / bare).toFixed(2),
    ms(row.p50),
    ms(row.p99),
    String(row.refused),
    String(row.failed),
    ms(row.health),
    ms(row.busy.p99),
    ms(row.busy.max),
    ms(row.delay.max),
    ms(row.idleDelay.max),
  ];
}

export async function measureThroughput(
  server: ServerProcess,
  idle: IdleProcess,
  photos: Photos,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<Throughput> {
  await Promise.all([server.vitals(), idle.delay()]);
  const health = watchHealth(server.url);
  const { result, refused, failed } = await cannonade(`${server.url}/v1/search?k=10`, photos, {
    clients,
    seconds,
  });
  const [vitals, idleDelay] = await Promise.all([server.vitals(), idle.delay()]);
  return {
    clients,
    perSecond: result['2xx'] / result.duration,
    p50: result.latency.p50,
    p99: result.latency.p99,
    refused,
    failed: failed + result.errors + result.timeouts,
    health: await health.stop(),
    delay: vitals.delay,
    busy: vitals.busy,
    idleDelay,
  };
}

interface Shots {
  readonly result: autocannon.Result;
  readonly refused: number;
  readonly failed: number;
}

/** No photo twice: the server would remember it. */
function cannonade(
  url: string,
  photos: Photos,
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
): Promise<Shots> {
  let refused = 0;
  let failed = 0;
  return new Promise((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections: clients,
        duration: seconds,
        timeout: 60,
        requests: [
          {
            method: 'POST',
            headers: { 'content-type': 'image/jpeg' },
            setupRequest: (request: autocannon.Request) => ({ ...request, body: uniquePhoto(photos) }),
            onResponse: (status: number, body: string) => {
              if (status === 200) return;
              if (status === 503 && body.includes('"SERVER_BUSY"')) refused++;
              else failed++;
            },
          },
        ],
      },
      (error: Error | null, result: autocannon.Result) =>
        error ? reject(error) : resolve({ result, refused, failed }),
    );
    void run;
  });
}

/** Asks every 100 ms whether the server is alive. */
function watchHealth(url: string): { stop(): Promise<number> } {
  let slowest = 0;
  const stop = new AbortController();
  const ask = async () => {
    while (!stop.signal.aborted) {
      const start = performance.now();
      const { ok } = await fetch(`${url}/healthz`);
      slowest = ok ? Math.max(slowest, performance.now() - start) : Infinity;
      await new Promise((done) => setTimeout(done, 100));
    }
  };
  const asking = ask();
  return {
    stop: async () => {
      stop.abort();
      await asking;
      return slowest;
    },
  };
}
