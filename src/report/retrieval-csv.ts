import { csvOf } from './csv.ts';
import type { RetrievalReport } from './retrieval-input.ts';

/** An evaluation as CSV: a row for each measure of all queries, then of each class. Empty cells where there is no interval. */
export function retrievalCsv({ recall, mapAt10, mapAtR, queries, classes }: RetrievalReport): string {
  const all = [
    ...([1, 5, 10] as const).map((k) => {
      const { value, low, high } = recall[k];
      return ['', `recall at ${k}`, value, low, high, queries];
    }),
    ['', 'mAP at 10', mapAt10.mean, mapAt10.low, mapAt10.high, queries],
    ['', 'mAP at R', mapAtR.mean, mapAtR.low, mapAtR.high, queries],
  ];
  const each = classes.flatMap(({ label, queries, recallAt1, recallAt10, ...means }) => [
    [label, 'recall at 1', recallAt1.value, recallAt1.low, recallAt1.high, queries],
    [label, 'recall at 10', recallAt10.value, recallAt10.low, recallAt10.high, queries],
    [label, 'mAP at 10', means.mapAt10, '', '', queries],
    [label, 'mAP at R', means.mapAtR, '', '', queries],
  ]);
  return csvOf(['class', 'measure', 'value', 'low', 'high', 'queries'], [...all, ...each]);
}
