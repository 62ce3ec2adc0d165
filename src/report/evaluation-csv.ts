import type { MethodSummary } from '../explain/measures/summary.ts';
import { measureFacts } from '../explain/measures/summary.ts';

/** An evaluation as CSV (RFC 4180): a row for each method and measure, with its mean, 95 % interval and number of pairs. */
export function evaluationCsv(methods: readonly MethodSummary[]): string {
  const rows = methods.flatMap(({ name, baseline, measures }) =>
    measureFacts.flatMap(({ name: measure }) => {
      const estimate = measures[measure];
      if (!estimate) return [];
      const { mean, low, high, count } = estimate;
      const numbers = [mean, low, high].map((value) => value.toFixed(6));
      return [[name, baseline ? 'baseline' : 'method', measure, ...numbers, String(count)]];
    }),
  );
  const header = ['name', 'kind', 'measure', 'mean', 'low', 'high', 'pairs'];
  return [header, ...rows].map((row) => `${row.join(',')}\r\n`).join('');
}
