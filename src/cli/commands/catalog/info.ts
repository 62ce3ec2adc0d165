/** whymatch catalog info: size, model, state. */
import type { Command } from 'commander';
import { readCatalog } from '../../../app/open.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { readNames } from '../../../search/naming/names-file.ts';
import { bytes, count, percent, time } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { facts } from '../../table.ts';
import { shellWord } from '../../../core/shell-word.ts';

export function addInfoCommand(catalog: Command, action: Action): void {
  catalog
    .command('info')
    .summary('how many pictures, by which model')
    .description('Prints how many pictures a catalogue has, by which model, and what it takes on disk.')
    .addOption(catalogOption().makeOptionMandatory())
    .addHelpText('after', examples(['whymatch catalog info --catalog shop']))
    .action(action(info));
}

async function info({ out }: Invocation, flags: { readonly catalog: string }): Promise<Ending> {
  const catalog = readCatalog(flags.catalog);
  try {
    const known = catalog.info();
    const fields = catalog.metadataFields();
    const learned = [...(await readNames(catalog)).values()];
    const names = learned.map(({ namer, ...facts }) => ({ ...facts, names: namer.names.length }));
    out.result({ ...known, metadataFields: fields, learned: names }, () =>
      facts([
        ['catalogue', known.directory],
        ['pictures', count(known.items)],
        [
          'failures',
          known.failures === 0
            ? '0'
            : `${count(known.failures)}, see: whymatch catalog failures --catalog ${shellWord(flags.catalog)}`,
        ],
        [
          'model',
          `${known.space.model}, ${known.space.dimension} values a picture, fingerprint ${known.space.fingerprint.slice(0, 12)}`,
        ],
        ['metadata', fields.length > 0 ? fields.join(', ') : 'none'],
        [
          'knows names',
          names.length === 0
            ? `none, see: whymatch catalog learn-names --catalog ${shellWord(flags.catalog)}`
            : names
                .map(
                  ({ field, names: of, accuracy }) =>
                    `${field} (${count(of)}, ${percent(accuracy.value)} right)`,
                )
                .join(', '),
        ],
        [
          'on disk',
          `${bytes(known.bytes.database)}, ${known.bytes.index > 0 ? `and ${bytes(known.bytes.index)} of index` : 'searched exactly, without an index'}`,
        ],
        ['made', `${time(known.createdAt)}, format ${known.formatVersion}`],
      ]),
    );
  } finally {
    catalog.close();
  }
  return undefined;
}
