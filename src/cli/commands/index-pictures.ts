/** whymatch index: pictures into a catalogue. */
import type { Command } from 'commander';
import { openToWrite } from '../../app/open.ts';
import type { ItemFailure } from '../../indexer/store.ts';
import { indexItems } from '../../indexer/pipeline.ts';
import { openSource } from '../../indexer/sources/open.ts';
import type { IndexReport } from '../../indexer/tally.ts';
import type { CatalogInfo } from '../../search/catalog.ts';
import type { Action, Ending, Invocation } from '../action.ts';
import { addEngineOptions, type EngineFlags } from '../engine-options.ts';
import { count, counted, duration, rate } from '../format.ts';
import { examples } from '../help.ts';
import { catalogOption, modelOption, threadsOption, wholeNumber } from '../options.ts';
import type { Output } from '../output.ts';
import { showProgress } from '../progress.ts';
import { oneLine, table } from '../table.ts';

interface Flags extends EngineFlags {
  readonly catalog: string;
  readonly model?: string;
  readonly batchSize?: number;
  readonly threads?: number;
  readonly force?: true;
}

export function addIndexCommand(program: Command, action: Action): void {
  const command = program
    .command('index')
    .summary('put pictures into a catalogue')
    .description(
      'Puts pictures into a catalogue, which is made where there is none. Unchanged files are skipped, so the same command brings ' +
        'a catalogue up to date. Broken pictures are listed and do not stop the run. Ctrl+C stops after the pictures in hand; run it ' +
        'again to go on.',
    )
    .argument(
      '<source>',
      'a folder (with all folders in it), or a .csv or .tsv with a column "file"; columns "id" and "product_id" are known, all others become metadata',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addOption(modelOption('that of the catalogue; whymatch-s for a new one'))
    .option('--batch-size <n>', 'pictures that the model is given at once (default: up to 16)', wholeNumber)
    .addOption(threadsOption());
  addEngineOptions(command)
    .option('--force', 'embed every picture again, changed or not')
    .addHelpText(
      'after',
      examples(['whymatch index photos --catalog shop', 'whymatch index items.csv --catalog shop --json']),
    )
    .action(action(indexPictures));
}

async function indexPictures({ out, signal }: Invocation, location: string, flags: Flags): Promise<Ending> {
  const source = await openSource(location);
  const { catalog, model, close } = await openToWrite(flags.catalog, flags);
  try {
    const display = showProgress(out, { title: 'Indexing', unit: 'pictures' });
    let report: IndexReport;
    try {
      report = await indexItems(source, {
        store: catalog,
        embedder: model,
        batchSize: flags.batchSize ?? model.batchSize,
        ...(flags.threads === undefined ? {} : { concurrency: 2 * flags.threads }),
        force: flags.force ?? false,
        onProgress: display.onProgress,
        signal,
      });
    } finally {
      display.stop();
    }
    // A later run, or the first search, makes up for it.
    if (!report.aborted) await catalog.saveIndex();
    tell(out, report, catalog.info(), flags.catalog);
    if (report.aborted) return 'interrupted';
    return report.failed > 0 ? 'partial' : undefined;
  } finally {
    await close();
  }
}

function tell(out: Output, report: IndexReport, info: CatalogInfo, directory: string): void {
  const { space, items } = info;
  out.event({ event: 'summary', catalog: info.directory, model: space.model, items, ...report });
  if (!out.json) out.result(undefined, () => summary(out, report, info, directory));
}

function summary(
  out: Output,
  report: IndexReport,
  { space, items }: CatalogInfo,
  directory: string,
): string[] {
  const { bold, dim, yellow } = out.style;
  const lines = counts(report).map(([value, word, remark]) => ({ value, word, remark }));
  const total = lines.reduce((sum, { value }) => sum + value, 0);
  const rows = table(
    [
      { title: '', align: 'right', cell: ({ value }) => `  ${count(value)}` },
      { title: '', cell: ({ word }) => word },
      { title: '', cell: ({ remark }) => remark },
    ],
    lines.filter(({ value }) => value > 0),
  ).slice(1);
  return [
    `${report.aborted ? yellow('stopped after') : 'read'} ${counted(total, 'picture')} in ${duration(report.elapsedMs)}`,
    ...rows,
    ...failureLines(out, report.failures, report.failed, directory),
    `${bold(directory)} holds ${counted(items, 'picture')} by model ${space.model}`,
    ...(report.aborted ? ['Run the same command again to go on.'] : []),
    ...(total === 0 ? [yellow('The source has no pictures: nothing to do.')] : []),
    ...(items > 0 && !report.aborted
      ? [dim(`try: whymatch search PICTURE --catalog ${directory} --report report.html`)]
      : []),
  ];
}

function counts(report: IndexReport): [number, string, string][] {
  return [
    [report.indexed, 'indexed', report.indexed > 0 ? `at ${rate(report.imagesPerSecond)}` : ''],
    [report.reused, 'reused', 'the bytes of another picture'],
    [report.updated, 'updated', 'the same picture with other facts'],
    [report.unchanged, 'unchanged', ''],
    [report.failed, 'failed', ''],
  ];
}

/** So many are shown; the catalogue has all of them. */
const shownFailures = 5;

function failureLines(
  out: Output,
  failures: readonly ItemFailure[],
  failed: number,
  directory: string,
): string[] {
  if (failed === 0) return [];
  const { red, dim } = out.style;
  const shown = failures.slice(0, shownFailures);
  const rest = failed - shown.length;
  return [
    '',
    ...shown.map(({ code, message }) => `  ${red(code)}  ${oneLine(message)}`),
    ...(rest > 0 ? [`  and ${count(rest)} more`] : []),
    dim(`  all of them: whymatch catalog failures --catalog ${directory}`),
    '',
  ];
}
