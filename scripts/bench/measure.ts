/** Medians of alternating runs: what is compared is measured in turn, so that a drifting machine drifts under all of it alike. */
import { performance } from 'node:perf_hooks';
import { quantile } from '../../src/core/vector.ts';

type Timed<Name extends string> = Readonly<Record<Name, () => Promise<unknown>>>;

/** Median milliseconds of each function, over `rounds` rounds in which each runs once, after one warm-up round. */
export async function medians<Name extends string>(
  functions: Timed<Name>,
  rounds: number,
): Promise<Record<Name, number>> {
  return each(await times(functions, rounds), (values) => quantile(values, 0.5));
}

/** Beside the medians, each function's time over that of `unit` in the same round (median): what a machine does to a whole round is not in it. */
export async function multiples<Name extends string>(
  functions: Timed<Name>,
  unit: NoInfer<Name>,
  rounds: number,
): Promise<{ milliseconds: Record<Name, number>; multiples: Record<Name, number> }> {
  const all = await times(functions, rounds);
  const overUnit = (values: number[]) => values.map((value, round) => value / all[unit][round]!);
  return {
    milliseconds: each(all, (values) => quantile(values, 0.5)),
    multiples: each(all, (values) => quantile(overUnit(values), 0.5)),
  };
}

/** Milliseconds of each function in each round. */
async function times<Name extends string>(
  functions: Timed<Name>,
  rounds: number,
): Promise<Record<Name, number[]>> {
  const found = each(functions, (): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const name of Object.keys(functions) as Name[]) {
      const start = performance.now();
      await functions[name]();
      if (round >= 0) found[name].push(performance.now() - start);
    }
  }
  return found;
}

function each<Name extends string, From, To>(
  record: Readonly<Record<Name, From>>,
  change: (value: From) => To,
): Record<Name, To> {
  const entries = Object.entries<From>(record).map(([name, value]) => [name, change(value)]);
  return Object.fromEntries(entries) as Record<Name, To>;
}

/** Prints rows as a table with aligned columns. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [line(header), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
