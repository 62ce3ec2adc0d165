/** whymatch catalog export: all that a catalogue knows, as a text file. */
import { type Command, Option } from 'commander';
import { exportCatalog, type VectorFormat } from '../../../app/exchange.ts';
import { readCatalog } from '../../../app/open.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { keepExisting } from '../../files.ts';
import { counted } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { showProgress } from '../../progress.ts';

interface Flags {
  readonly catalog: string;
  readonly output: string;
  readonly vectors: VectorFormat;
  readonly force?: true;
}

export function addExportCommand(catalog: Command, action: Action): void {
  catalog
    .command('export')
    .summary('write all items and embeddings to a file')
    .description(
      'Writes all items with their embeddings as JSON lines: the first names the model, the last counts the items. The pictures ' +
        'themselves are not in it.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .requiredOption('--output <file.jsonl>', 'the file to write')
    .addOption(
      new Option('--vectors <form>', 'base64 is short; numbers are for other programs')
        .choices(['base64', 'numbers'])
        .default('base64'),
    )
    .option('--force', 'replace the file')
    .addHelpText('after', examples(['whymatch catalog export --catalog shop --output shop.jsonl']))
    .action(action(exportItems));
}

async function exportItems({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const { output, vectors } = flags;
  keepExisting(output, flags.force ?? false);
  const catalog = readCatalog(flags.catalog);
  const display = showProgress(out, { title: 'Exporting', unit: 'pictures' });
  try {
    const items = await exportCatalog(catalog, output, {
      vectors,
      signal,
      onProgress: display.onProgress,
    }).finally(() => display.stop());
    out.event({ event: 'summary', catalog: catalog.directory, file: output, items });
    if (!out.json) out.result(undefined, () => [`wrote ${counted(items, 'item')} to ${output}`]);
  } finally {
    catalog.close();
  }
  return undefined;
}
