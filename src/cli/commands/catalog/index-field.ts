/** whymatch catalog index-field: filters on a field made quick. */
import type { Command } from 'commander';
import { openCatalog } from '../../../search/open-catalog.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { oneLine } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly remove?: true;
}

export function addIndexFieldCommand(catalog: Command, action: Action): void {
  catalog
    .command('index-field')
    .summary('make filters on metadata fields quick')
    .description(
      'Makes an index of metadata fields, so that `--filter` on them need not read every item. Searches find the same with and without it.',
    )
    .argument('[names...]', 'fields as filters name them; none to list those that are indexed')
    .addOption(catalogOption().makeOptionMandatory())
    .option('--remove', 'remove the indexes of these fields')
    .addHelpText('after', examples(['whymatch catalog index-field category price /size/eu --catalog shop']))
    .action(action(indexField));
}

async function indexField({ out }: Invocation, names: readonly string[], flags: Flags): Promise<Ending> {
  const catalog = openCatalog(flags.catalog, { readonly: names.length === 0 });
  try {
    for (const name of names) {
      if (flags.remove) catalog.fieldIndexes.remove(name);
      else catalog.fieldIndexes.add(name);
    }
    const indexed = catalog.fieldIndexes.names();
    out.result({ indexed }, () => [
      indexed.length > 0 ? `indexed: ${indexed.map(oneLine).join(', ')}` : 'no field is indexed',
    ]);
  } finally {
    catalog.close();
  }
  return undefined;
}
