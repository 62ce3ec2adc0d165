/** What `whymatch index` says at its end. */
import type { KnownNames } from '../search/naming/names-file.ts';
import type { ItemFailure } from '../indexer/store.ts';
import type { RunReport, Withheld } from '../indexer/run.ts';
import { count, counted, duration, rate } from './format.ts';
import type { Output } from './output.ts';
import { oneLine, table } from './table.ts';
import { learnedLine } from './learned-line.ts';
import { shellWord } from '../core/shell-word.ts';

export interface Outcome {
  readonly report: RunReport;
  /** As the user named it. */
  readonly directory: string;
  readonly model: string;
  /** That the catalogue holds now. */
  readonly items: number;
  /** What was learned at the end. */
  readonly names: readonly KnownNames[];
}

export function summary(out: Output, { report, directory, model, items, names }: Outcome): string[] {
  const { bold, dim, yellow } = out.style;
  const lines = counts(report).map(([value, word, remark]) => ({ value, word, remark }));
  const total = report.indexed + report.reused + report.updated + report.unchanged + report.failed;
  const rows = table(
    [
      { title: '', align: 'right', cell: ({ value }) => `  ${count(value)}` },
      { title: '', cell: ({ word }) => word },
      { title: '', cell: ({ remark }) => remark },
    ],
    lines.filter(({ value }) => value > 0),
  ).slice(1);
  const did = report.aborted ? yellow('stopped after') : report.dryRun ? yellow('dry run over') : 'read';
  return [
    `${did} ${counted(total, 'picture')} in ${duration(report.elapsedMs)}${changes(report)}`,
    ...rows,
    ...failureLines(out, report, directory),
    ...withheldLines(report.withheld).map((line) => yellow(line)),
    `${bold(directory)} holds ${counted(items, 'picture')} by model ${model}`,
    ...names.map(learnedLine),
    ...(report.aborted ? ['Run the same command again to go on.'] : []),
    ...(report.dryRun ? ['Nothing was changed. Run it without --dry-run to do it.'] : []),
    ...(total === 0 && !report.aborted ? [yellow('The source has no pictures: nothing to do.')] : []),
    ...(items > 0 && !report.aborted && !report.dryRun
      ? [dim(`try: whymatch search PICTURE --catalog ${shellWord(directory)} --report report.html`)]
      : []),
  ];
}

/** ": 1,200 new, 12 changed" */
function changes({ added, changed, removed }: RunReport): string {
  const parts = (
    [
      [added, 'new'],
      [changed, 'changed'],
      [removed, 'removed'],
    ] as const
  ).flatMap(([value, word]) => (value > 0 ? [`${count(value)} ${word}`] : []));
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

function counts(report: RunReport): [number, string, string][] {
  const { dryRun } = report;
  const speed = report.indexed > 0 && !dryRun ? `at ${rate(report.imagesPerSecond)}` : '';
  return [
    [report.indexed, dryRun ? 'to index' : 'indexed', speed],
    [report.reused, dryRun ? 'to reuse' : 'reused', 'the bytes of another picture'],
    [report.updated, dryRun ? 'to update' : 'updated', 'the same picture with other facts'],
    [report.unchanged, 'unchanged', ''],
    [report.removed, dryRun ? 'to remove' : 'removed', 'not in the source any more'],
    [report.failed, 'failed', ''],
  ];
}

/** So many are shown; the catalogue has all of them. */
const shownFailures = 5;

function failureLines(out: Output, { failures, failed, dryRun }: RunReport, directory: string): string[] {
  if (failed === 0) return [];
  const { red, dim } = out.style;
  const shown = failures.slice(0, shownFailures);
  const rest = failed - shown.length;
  const line = ({ code, message }: ItemFailure) => `  ${red(code)}  ${oneLine(message)}`;
  return [
    '',
    ...shown.map(line),
    ...(rest > 0 ? [`  and ${count(rest)} more`] : []),
    dim(
      dryRun
        ? '  all of them: add --errors FILE.jsonl'
        : `  all of them: whymatch catalog failures --catalog ${shellWord(directory)}\n  try again: whymatch index --retry-failed --catalog ${shellWord(directory)}`,
    ),
    '',
  ];
}

function withheldLines(withheld: Withheld | null): string[] {
  if (!withheld) return [];
  const items = counted(withheld.items, 'picture');
  return withheld.reason === 'unreadable'
    ? [
        `${items} not in the source any more ${withheld.items === 1 ? 'was' : 'were'} kept: parts of the source could not be read, and may have named them.`,
      ]
    : [
        `${items} not in the source any more ${withheld.items === 1 ? 'was' : 'were'} kept: that is more than half of what was indexed from it.`,
        'Is the source complete? If so, repeat the command with --allow-mass-delete.',
      ];
}
