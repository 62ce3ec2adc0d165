/** whymatch catalog import: items from an exported file. */
import type { Command } from 'commander';
import { exportedSpace, importCatalog } from '../../../app/exchange.ts';
import { openCatalog } from '../../../search/open-catalog.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { counted } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { showProgress } from '../../progress.ts';

export function addImportCommand(catalog: Command, action: Action): void {
  catalog
    .command('import')
    .summary('add the items of an exported file')
    .description(
      'Adds the items of a file that `whymatch catalog export` wrote, and replaces those of the same id. The catalogue must be of the ' +
        'same model; it is made where there is none.',
    )
    .argument('<file>', 'the exported file')
    .addOption(catalogOption().makeOptionMandatory())
    .addHelpText('after', examples(['whymatch catalog import shop.jsonl --catalog copy']))
    .action(action(importItems));
}

async function importItems(
  { out, signal }: Invocation,
  file: string,
  flags: { readonly catalog: string },
): Promise<Ending> {
  const space = await exportedSpace(file);
  const catalog = openCatalog(flags.catalog, { space, create: true });
  const display = showProgress(out, { title: 'Importing', unit: 'pictures' });
  try {
    const imported = await importCatalog(catalog, file, {
      signal,
      onProgress: display.onProgress,
    }).finally(() => display.stop());
    await catalog.saveIndex({ signal });
    const items = catalog.count();
    out.event({ event: 'summary', catalog: catalog.directory, imported, items });
    if (out.json) return undefined;
    out.result(undefined, () => [
      `imported ${counted(imported, 'item')}; ${flags.catalog} holds ${counted(items, 'picture')}`,
    ]);
  } finally {
    catalog.close();
  }
  return undefined;
}
