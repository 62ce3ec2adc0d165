/** whymatch catalog get: one item. */
import type { Command } from 'commander';
import { readCatalog } from '../../../app/open.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { bytes, time } from '../../format.ts';
import { itemOf } from '../../given-picture.ts';
import { examples } from '../../help.ts';
import { textOf } from '../../hits.ts';
import { catalogOption } from '../../options.ts';
import { facts, oneLine } from '../../table.ts';

export function addGetCommand(catalog: Command, action: Action): void {
  catalog
    .command('get')
    .summary('print an item')
    .description('Prints what a catalogue knows of an item.')
    .argument('<id>', 'the item’s id')
    .addOption(catalogOption().makeOptionMandatory())
    .addHelpText('after', examples(['whymatch catalog get shoes/12.jpg --catalog shop']))
    .action(action(get));
}

async function get({ out }: Invocation, id: string, flags: { readonly catalog: string }): Promise<Ending> {
  const catalog = readCatalog(flags.catalog);
  try {
    const item = itemOf(catalog, id);
    const metadata = Object.entries(item.metadata).map(([name, value]): [string, string] => [
      oneLine(name),
      oneLine(textOf(value)),
    ]);
    out.result(item, () =>
      facts([
        ['id', oneLine(item.id)],
        ['product', oneLine(item.productId ?? 'none')],
        ['picture', oneLine(item.origin ?? item.source)],
        ...(item.origin === null ? [] : [['kept as', oneLine(item.source)] as const]),
        ...(item.collection === null ? [] : [['from', oneLine(item.collection)] as const]),
        ['size', `${item.width}×${item.height} pixels, ${bytes(item.bytes)}`],
        ['sha-256', item.contentHash],
        ['indexed', time(item.indexedAt)],
        ...metadata,
      ]),
    );
  } finally {
    catalog.close();
  }
  return undefined;
}
