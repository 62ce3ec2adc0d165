/** whymatch catalog delete: items that must not be found any more. */
import type { Command } from 'commander';
import { openCatalog } from '../../../search/open-catalog.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { counted } from '../../format.ts';
import { itemOf } from '../../given-picture.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';

export function addDeleteCommand(catalog: Command, action: Action): void {
  catalog
    .command('delete')
    .summary('take items out')
    .description(
      'Takes items out of a catalogue. Their picture files stay where they are, but for copies that the catalogue kept.',
    )
    .argument('<ids...>', 'ids of items')
    .addOption(catalogOption().makeOptionMandatory())
    .addHelpText('after', examples(['whymatch catalog delete shoes/12.jpg shoes/13.jpg --catalog shop']))
    .action(action(deleteItems));
}

async function deleteItems(
  { out }: Invocation,
  ids: readonly string[],
  flags: { readonly catalog: string },
): Promise<Ending> {
  const catalog = openCatalog(flags.catalog);
  try {
    const missing = ids.filter((id) => !catalog.has(id));
    // None of them: most likely a slip, which deserves the error that says so.
    if (missing.length === ids.length) itemOf(catalog, ids[0]!);
    const items = ids.flatMap((id) => catalog.get(id) ?? []);
    const deleted = catalog.delete(ids);
    for (const item of items) await catalog.pictures.drop(item);
    out.result({ deleted, missing, items: catalog.count() }, () => [
      `deleted ${counted(deleted, 'item')}; ${flags.catalog} holds ${counted(catalog.count(), 'picture')}`,
    ]);
    if (missing.length === 0) return undefined;
    out.notice(`not in the catalogue: ${missing.join(', ')}`);
    return 'partial';
  } finally {
    catalog.close();
  }
}
