/** whymatch catalog verify: whether everything is as it should be. */
import { type Command, Option } from 'commander';
import { readCatalog } from '../../../app/open.ts';
import type { VerifyReport } from '../../../search/verify.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { examples } from '../../help.ts';
import { catalogOption, wholeNumber } from '../../options.ts';
import type { Output } from '../../output.ts';
import { showLaterProgress } from '../../progress.ts';
import { oneLine, table } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly sources?: true;
  readonly sample: number;
}

export function addVerifyCommand(catalog: Command, action: Action): void {
  catalog
    .command('verify')
    .summary('check that nothing is damaged')
    .description(
      'Checks the database, every embedding, the saved index, and how much of what exact search finds the index finds too. Changes ' +
        'nothing. Ends with exit code 4 when something is wrong, and says what to do.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .option('--sources', 'also look whether the picture files are still there, and the same')
    .addOption(
      new Option('--sample <n>', 'with how many pictures the index is tried')
        .argParser(wholeNumber)
        .default(100),
    )
    .addHelpText('after', examples(['whymatch catalog verify --catalog shop --sources']))
    .action(action(verify));
}

async function verify({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const catalog = readCatalog(flags.catalog);
  const display = showLaterProgress(out, { title: 'Checking', unit: 'steps' });
  try {
    const { sample, sources = false } = flags;
    const report = await catalog
      .verify({ sources, sample, signal, onProgress: display.onProgress })
      .finally(() => display.stop());
    out.result({ catalog: catalog.directory, ...report }, () => lines(out, report, flags.catalog));
    return report.ok ? undefined : 'catalog';
  } finally {
    catalog.close();
  }
}

function lines({ style }: Output, { checks, ok }: VerifyReport, directory: string): string[] {
  const [, ...rows] = table(
    [
      { title: '', cell: ({ ok }) => (ok ? 'ok   ' : 'WRONG') },
      { title: '', cell: ({ name }) => name },
      { title: '', cell: ({ found }) => oneLine(found) },
    ],
    checks,
  );
  const advice = [...new Set(checks.flatMap((check) => check.advice ?? []))];
  return [
    ...rows.map((row, i) => (checks[i]!.ok ? row : style.red(row))),
    '',
    ok ? style.bold(`${directory} is sound`) : style.bold('What to do:'),
    ...advice.map((line) => `  ${line}`),
  ];
}
