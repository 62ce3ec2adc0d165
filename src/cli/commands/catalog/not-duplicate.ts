/** whymatch catalog not-duplicate: somebody looked, and they are different pictures. */
import type { Command } from 'commander';
import { openCatalog } from '../../../search/open-catalog.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { itemOf } from '../../given-picture.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { oneLine } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly undo?: true;
}

export function addNotDuplicateCommand(catalog: Command, action: Action): void {
  catalog
    .command('not-duplicate')
    .summary('remember that two pictures are not the same')
    .description(
      'Remembers that two pictures are not duplicates, or are meant to be there twice, so that `whymatch catalog duplicates` does not ' +
        'again. It holds for their contents, until one of them is replaced by another picture.',
    )
    .argument('<id>', 'an item’s id')
    .argument('<other>', 'the other’s')
    .addOption(catalogOption().makeOptionMandatory())
    .option('--undo', 'forget it')
    .addHelpText(
      'after',
      examples(['whymatch catalog not-duplicate shoes/12.jpg shoes/13.jpg --catalog shop']),
    )
    .action(action(notDuplicate));
}

async function notDuplicate({ out }: Invocation, id: string, other: string, flags: Flags): Promise<Ending> {
  const catalog = openCatalog(flags.catalog);
  try {
    const [a, b] = [itemOf(catalog, id), itemOf(catalog, other)];
    const distinct = !flags.undo;
    const pair = [a.contentHash, b.contentHash] as const;
    const changed = distinct ? catalog.distinctPairs.add(...pair) : catalog.distinctPairs.remove(...pair);
    out.result({ a: id, b: other, distinct, changed }, () => [
      `${oneLine(id)} and ${oneLine(other)} ${distinct ? 'are not duplicates' : 'may be duplicates again'}${changed ? '' : ', as before'}`,
    ]);
  } finally {
    catalog.close();
  }
  return undefined;
}
