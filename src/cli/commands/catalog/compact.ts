/** whymatch catalog compact: room that deleted and replaced pictures took. */
import type { Command } from 'commander';
import { openCatalog } from '../../../search/open-catalog.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { bytes, counted } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { showLaterProgress } from '../../progress.ts';

export function addCompactCommand(catalog: Command, action: Action): void {
  catalog
    .command('compact')
    .summary('give back the room of what was deleted')
    .description(
      'Writes the database and the index anew without what was deleted or replaced, and removes kept pictures that no item has. ' +
        'Needs as much free disk space as the catalogue takes; searches go on meanwhile.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addHelpText('after', examples(['whymatch catalog compact --catalog shop']))
    .action(action(compact));
}

async function compact({ out, signal }: Invocation, flags: { readonly catalog: string }): Promise<Ending> {
  const catalog = openCatalog(flags.catalog);
  const display = showLaterProgress(out, { title: 'Compacting', unit: 'pictures' });
  try {
    const report = await catalog
      .compact({ signal, onProgress: display.onProgress })
      .finally(() => display.stop());
    const { pictures } = report;
    const total = ({ database, index }: typeof report.before) => bytes(database + index);
    out.result({ catalog: catalog.directory, ...report }, () => [
      `${flags.catalog} took ${total(report.before)} and takes ${total(report.after)}`,
      ...(pictures.files === 0
        ? []
        : [`removed ${counted(pictures.files, 'picture')} of no item, ${bytes(pictures.bytes)}`]),
    ]);
  } finally {
    catalog.close();
  }
  return undefined;
}
