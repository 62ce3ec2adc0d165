/** whymatch catalog failures: what could not be indexed, and why. */
import type { Command } from 'commander';
import { readCatalog } from '../../../app/open.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { time } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { table } from '../../table.ts';

export function addFailuresCommand(catalog: Command, action: Action): void {
  catalog
    .command('failures')
    .summary('list what could not be indexed')
    .description(
      'Lists the pictures and rows that could not be indexed, with the reason. Those that are set right leave the list with the next run of `whymatch index`, or of `whymatch index --retry-failed`, which tries only them.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addHelpText(
      'after',
      examples([
        'whymatch catalog failures --catalog shop',
        'whymatch catalog failures --catalog shop --json',
      ]),
    )
    .action(action(failures));
}

async function failures({ out }: Invocation, flags: { readonly catalog: string }): Promise<Ending> {
  const catalog = readCatalog(flags.catalog);
  try {
    const listed = catalog.failures.all();
    out.result(listed, () => {
      if (listed.length === 0) return ['nothing failed'];
      const [titles, ...rows] = table(
        [
          { title: 'code', cell: ({ code }) => code },
          { title: 'tried', align: 'right', cell: ({ attempt }) => `${attempt}×` },
          { title: 'last', cell: ({ at }) => time(at) },
          { title: 'what', cell: ({ message }) => message },
        ],
        listed,
      );
      return [out.style.dim(titles!), ...rows];
    });
  } finally {
    catalog.close();
  }
  return undefined;
}
