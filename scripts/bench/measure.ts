/** Medians of alternating runs: what is compared is measured in turn, so that a drifting machine drifts under all of it alike. */
import { performance } from 'node:perf_hooks';
import { quantile } from '../../src/core/vector.ts';

export type Timed = Readonly<Record<string, () => Promise<unknown>>>;

/** Median milliseconds of each function, over `rounds` rounds in which each runs once, after one warm-up round. */
export async function medians<T extends Timed>(
  functions: T,
  rounds: number,
): Promise<Record<keyof T, number>> {
  const times = new Map<string, number[]>(Object.keys(functions).map((name) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [name, run] of Object.entries(functions)) {
      const start = performance.now();
      await run();
      if (round >= 0) times.get(name)!.push(performance.now() - start);
    }
  }
  return Object.fromEntries([...times].map(([name, values]) => [name, quantile(values, 0.5)])) as Record<
    keyof T,
    number
  >;
}

/** Prints rows as a table with aligned columns. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
