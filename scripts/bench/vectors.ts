/**
 * npm run bench -- vectors [--count N] [--directory DIR]: a catalogue of N synthetic embeddings through its own door: filled, built, opened,
 * searched with and without filters. With a directory it is kept, and a run that was stopped goes on; else it is made anew and removed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { table } from './measure.ts';
import type { Built } from './vectors/build.ts';
import { type Crossing, crossings } from './vectors/crossing.ts';
import type { Searched, Trial } from './vectors/search.ts';

export interface VectorOptions {
  readonly count: number;
  readonly directory?: string | undefined;
}

export async function vectors({ count, directory }: VectorOptions): Promise<string> {
  const folder = directory ?? mkdtempSync(path.join(tmpdir(), 'whymatch-bench-'));
  try {
    const built = (await inProcess('build', folder, count)) as Built;
    const searched = (await inProcess('search', folder, count)) as Searched;
    return [...buildLines(count, built), ...searchLines(searched), '', ...crossingLines(crossings())].join(
      '\n',
    );
  } finally {
    if (directory === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** A process for each half: what it takes in memory is its own, and opening is opening. */
async function inProcess(name: 'build' | 'search', ...args: readonly (string | number)[]): Promise<unknown> {
  const script = fileURLToPath(new URL(`./vectors/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ['--import=tsx', script, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of child.stdout) output += String(chunk);
  return JSON.parse(output) as unknown;
}

function buildLines(count: number, built: Built): string[] {
  const { already, bytes, loopDelayMs } = built;
  const mb = (value: number) => `${Math.round(value / 1e6)} MB`;
  const resumed =
    already.rows > 0 ? `; an earlier run had put ${already.rows} rows and built part of the graph` : '';
  return [
    `${count} embeddings of 512 values in clusters, with metadata${resumed}`,
    '',
    `rows   ${built.fillSeconds.toFixed(0)} s, ${mb(bytes.database)}`,
    `graph  ${built.buildSeconds.toFixed(0)} s, of them ${built.buildCpuSeconds.toFixed(0)} s of processor; ${mb(bytes.index)}; the process took ${built.maxRssMb.toFixed(0)} MiB at most`,
    `       meanwhile the main thread was held up ${loopDelayMs.p99.toFixed(1)} ms (p99), ${loopDelayMs.max.toFixed(0)} ms at most`,
  ];
}

function searchLines(searched: Searched): string[] {
  const { byEf, exact, usual, filters, ef } = searched;
  const cells = ({ method, recall, p50, p99 }: Trial) => [
    method,
    recall.toFixed(3),
    p50.toFixed(2),
    p99.toFixed(2),
  ];
  const rows = [
    ...byEf.map((trial) => [`ef ${trial.ef}${trial.ef === ef ? ' *' : ''}`, '', ...cells(trial)]),
    ['default ef', '', ...cells(usual)],
    ['exact, over the rows', '', ...cells(exact)],
    ...filters.map((trial) => [
      `ef ${ef}, filter keeps ${trial.name}`,
      trial.first.toFixed(0),
      ...cells(trial),
    ]),
  ];
  return [
    `open   ${searched.openSeconds.toFixed(2)} s to the first answer; the process then takes ${searched.rssMb.toFixed(0)} MiB`,
    '',
    table(['search for 10', 'first, ms', 'method', 'recall', 'p50, ms', 'p99, ms'], rows),
    '* the smallest with recall of 0.95 and more; the filters are tried with it',
  ];
}

function crossingLines(all: readonly Crossing[]): string[] {
  const rows = all.map(({ count, exact, hnsw, recall, add }) => [
    String(count),
    exact.toFixed(2),
    hnsw.toFixed(2),
    recall.toFixed(3),
    add.toFixed(2),
    (exact > hnsw ? (add * count) / (exact - hnsw) : Infinity).toFixed(0),
  ]);
  const crossing = all.find(({ exact, hnsw }) => exact > hnsw)?.count;
  return [
    table(
      [
        'vectors in memory',
        'exact, ms',
        'hnsw, ms',
        'recall',
        'ms to add one',
        'searches that pay for building',
      ],
      rows,
    ),
    crossing === undefined
      ? 'exact search is the quicker at all of these'
      : `the graph is quicker from ${crossing} on`,
  ];
}
