/**
 * `whymatch serve` as a process of its own, what it says of itself, and an idle process beside it for comparison. It is the built one, as an
 * operator runs it: tsx would cost memory in each thread, and source maps make every error's stack expensive.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ServerProcess {
  readonly url: string;
  /** Of this moment; event loop delays since the last call. */
  vitals(): Promise<Vitals>;
  /** Asks it to stop; the exit code. */
  stop(): Promise<number | null>;
}

export interface Vitals {
  /** Resident memory in MiB, now and at most since the server started. */
  readonly memory: number;
  readonly peak: number;
  /** In use of the JavaScript heap, MiB. */
  readonly heap: number;
  /** Requests that are being worked on. */
  readonly inHand: number;
  /** Milliseconds by which the event loop was late; the timer behind it has steps of 10 ms. */
  readonly delay: Delay;
  /** Milliseconds of processor time that the event loop took from turn to turn (loop-watch.ts). */
  readonly busy: Delay;
}

export interface Delay {
  readonly p99: number;
  readonly max: number;
}

const loopWatch = new URL('loop-watch.mjs', import.meta.url).href;
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** `whymatch ...args`, as `npm run build` made it. */
export function whymatch(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

export async function startServer(catalog: string): Promise<ServerProcess> {
  const args = ['serve', '--catalog', catalog, '--port', '0', '--json', '--log', 'error'];
  const child = spawn(process.execPath, ['--import', loopWatch, main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const busy = async () => {
    const answer = once(child, 'message');
    child.send('busy');
    return ((await answer) as [Delay])[0];
  };
  const lines = createInterface(child.stdout!);
  const [line] = (await once(lines, 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  while ((await fetch(`${url}/readyz`)).status !== 200) await new Promise((done) => setTimeout(done, 100));
  return {
    url,
    vitals: async () => ({
      ...vitalsOf(await (await fetch(`${url}/metrics`)).text()),
      peak: await peakMemory(child.pid!),
      busy: await busy(),
    }),
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const [code] = (await ended) as [number | null];
      return code;
    },
  };
}

/** MiB; NaN where the system does not tell (proc(5), VmHWM). */
async function peakMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

function vitalsOf(metrics: string): Omit<Vitals, 'busy' | 'peak'> {
  const value = (name: string) =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1] ?? Number.NaN);
  const delay = (name: string) => 1000 * value(`nodejs_eventloop_lag_${name}_seconds`);
  return {
    memory: value('process_resident_memory_bytes') / 2 ** 20,
    heap: value('nodejs_heap_size_used_bytes') / 2 ** 20,
    inHand: value('whymatch_http_requests_in_hand'),
    delay: { p99: delay('p99'), max: delay('max') },
  };
}

/** How late the event loop of a process is that does nothing: what the machine, and not the server, is to blame for. */
export class IdleProcess {
  readonly #child: ChildProcess;

  constructor() {
    const code = `const h = require('node:perf_hooks').monitorEventLoopDelay({ resolution: 10 }); h.enable();
      process.on('message', () => { process.send({ p99: h.percentile(99) / 1e6, max: h.max / 1e6 }); h.reset(); });`;
    this.#child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  }

  /** Since the last call. */
  async delay(): Promise<Delay> {
    const answer = once(this.#child, 'message');
    this.#child.send('delay');
    const [delay] = (await answer) as [Delay];
    return delay;
  }

  stop(): void {
    this.#child.kill();
  }
}
