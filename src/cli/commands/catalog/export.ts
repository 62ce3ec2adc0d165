/** whymatch catalog export: all that a catalogue knows, as a text file. */
import { type Command, Option } from 'commander';
import { exportCatalog, type ExportFormat, type VectorFormat } from '../../../app/exchange.ts';
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
  readonly format?: ExportFormat;
  readonly vectors: VectorFormat;
  readonly force?: true;
}

export function addExportCommand(catalog: Command, action: Action): void {
  catalog
    .command('export')
    .summary('write all items and embeddings to a file')
    .description(
      'Writes all items with their embeddings: as JSON lines, of which the first names the model and the last counts the items, or as ' +
        'Parquet, with a column for each fact, the metadata as JSON and the embeddings as lists. The pictures themselves are not in it.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .requiredOption('--output <file>', 'the file to write')
    .addOption(
      new Option('--format <name>', 'what to write (default: by the name of the file)').choices([
        'jsonl',
        'parquet',
      ]),
    )
    .addOption(
      new Option('--vectors <form>', 'in JSON lines: base64 is short; numbers are for other programs')
        .choices(['base64', 'numbers'])
        .default('base64'),
    )
    .option('--force', 'replace the file')
    .addHelpText(
      'after',
      examples([
        'whymatch catalog export --catalog shop --output shop.jsonl',
        'whymatch catalog export --catalog shop --output shop.parquet',
      ]),
    )
    .action(action(exportItems));
}

async function exportItems({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const { output, vectors } = flags;
  const format = flags.format ?? (/\.parquet$/i.test(output) ? 'parquet' : 'jsonl');
  keepExisting(output, flags.force ?? false);
  const catalog = readCatalog(flags.catalog);
  const display = showProgress(out, { title: 'Exporting', unit: 'pictures' });
  try {
    const items = await exportCatalog(catalog, output, {
      format,
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
