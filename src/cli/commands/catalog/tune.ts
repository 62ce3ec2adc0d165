/** whymatch catalog tune: what the parameters of the index are worth here. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { openCatalog } from '../../../search/open-catalog.ts';
import type { TuneReport } from '../../../search/tune.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { counted } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption, wholeNumber } from '../../options.ts';
import { showLaterProgress } from '../../progress.ts';
import { table } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly recall: number;
  readonly queries: number;
  readonly sample: number;
  readonly apply?: true;
  readonly m?: number;
  readonly efConstruction?: number;
}

export function addTuneCommand(catalog: Command, action: Action): void {
  catalog
    .command('tune')
    .summary('measure, and choose, the parameters of the index')
    .description(
      'Searches with some of the catalogue’s own pictures, and prints how much of what an exact search finds the index finds, and how ' +
        'long that takes, by ef, the number of candidates that a search keeps; and what graphs of other parameters (m, efConstruction) ' +
        'cost and find, built of a sample. --apply keeps the smallest ef that finds enough for all searches that do not name one, ' +
        'and --m and --ef-construction for the graphs that are built from then on (`whymatch catalog rebuild`).',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addOption(
      new Option('--recall <share>', 'the share of the true nearest that shall be found')
        .argParser(share)
        .default(0.99),
    )
    .addOption(
      new Option('--queries <n>', 'pictures that are searched with').argParser(wholeNumber).default(200),
    )
    .addOption(
      new Option('--sample <n>', 'pictures in the graphs that are compared')
        .argParser(wholeNumber)
        .default(5000),
    )
    .option('--apply', 'keep what is found')
    .addOption(new Option('--m <n>', 'with --apply: links of a picture, 2 to 100').argParser(wholeNumber))
    .addOption(
      new Option('--ef-construction <n>', 'with --apply: candidates while a graph is built').argParser(
        wholeNumber,
      ),
    )
    .addHelpText(
      'after',
      examples([
        'whymatch catalog tune --catalog shop',
        'whymatch catalog tune --catalog shop --recall 0.98 --apply',
      ]),
    )
    .action(action(tune));
}

async function tune({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const { recall, queries, sample, m, efConstruction } = flags;
  const catalog = openCatalog(flags.catalog, { readonly: flags.apply !== true });
  const display = showLaterProgress(out, { title: 'Measuring', unit: 'steps' });
  try {
    const report = await catalog.tuning
      .measure({ recall, queries, sample, signal, onProgress: display.onProgress })
      .finally(() => display.stop());
    if (flags.apply) catalog.tuning.keep({ ef: report.ef, m, efConstruction });
    const kept = catalog.tuning.kept();
    out.result({ catalog: catalog.directory, ...report, kept }, () => lines(report, flags, kept));
  } finally {
    catalog.close();
  }
  return undefined;
}

type Numbers = { readonly recall: number; readonly p50: number; readonly p99: number };
const found = <Row extends Numbers>() =>
  [
    { title: 'recall at 10', align: 'right', cell: ({ recall }: Row) => recall.toFixed(3) },
    { title: 'p50, ms', align: 'right', cell: ({ p50 }: Row) => p50.toFixed(2) },
    { title: 'p99, ms', align: 'right', cell: ({ p99 }: Row) => p99.toFixed(2) },
  ] as const;

function lines(report: TuneReport, flags: Flags, kept: object): string[] {
  const { items, byEf, graphs, ef, sample, sampleEf } = report;
  const byEfLines = table(
    [{ title: 'ef', align: 'right', cell: (row) => `${row.ef}${row.ef === ef ? ' *' : '  '}` }, ...found()],
    byEf,
  );
  const graphLines = table(
    [
      { title: 'm', align: 'right', cell: ({ m }) => String(m) },
      { title: 'efConstruction', align: 'right', cell: ({ efConstruction }) => String(efConstruction) },
      { title: 'ms to add one', align: 'right', cell: ({ addMs }) => addMs.toFixed(2) },
      ...found<TuneReport['graphs'][number]>(),
    ],
    graphs,
  );
  const suggestion =
    ef === undefined
      ? `No ef that was tried finds ${flags.recall} of the nearest: build the graph with a larger m or efConstruction.`
      : `* finds ${flags.recall} of the nearest and more${flags.apply ? '; kept' : '; --apply keeps it for all searches'}.`;
  return [
    ...(byEf.length === 0
      ? [
          `${flags.catalog} has ${counted(items, 'picture')}, which are compared one by one: always right, and nothing to tune.`,
        ]
      : [...byEfLines, suggestion]),
    '',
    `Graphs of ${counted(sample, 'picture')}, searched with ef ${sampleEf}:`,
    ...graphLines,
    ...(flags.apply ? ['', `kept: ${JSON.stringify(kept)}`] : []),
  ];
}

function share(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 1) return value;
  throw new InvalidArgumentError('Expected a share above 0 and up to 1.');
}
