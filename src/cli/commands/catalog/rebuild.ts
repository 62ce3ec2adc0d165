/** whymatch catalog rebuild: the index, from the embeddings. */
import type { Command } from 'commander';
import { openCatalog } from '../../../search/open-catalog.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { counted } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption } from '../../options.ts';
import { showProgress } from '../../progress.ts';

export function addRebuildCommand(catalog: Command, action: Action): void {
  catalog
    .command('rebuild')
    .summary('build the index anew')
    .description(
      'Builds the index anew from the stored embeddings. Needed only when `whymatch catalog verify` says so; no picture is read. A ' +
        'small catalogue is searched without an index.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addHelpText('after', examples(['whymatch catalog rebuild --catalog shop']))
    .action(action(rebuild));
}

async function rebuild({ out, signal }: Invocation, flags: { readonly catalog: string }): Promise<Ending> {
  const catalog = openCatalog(flags.catalog);
  const display = showProgress(out, { title: 'Building', unit: 'pictures' });
  try {
    await catalog.rebuildIndex({ signal, onProgress: display.onProgress }).finally(() => display.stop());
    const { index, directory } = catalog.info();
    out.event({ event: 'summary', catalog: directory, method: index.method, items: index.size });
    if (out.json) return undefined;
    out.result(undefined, () => [
      index.method === 'hnsw'
        ? `built an index of ${counted(index.size, 'picture')}`
        : `${flags.catalog} is small: its ${counted(index.size, 'picture')} are compared one by one, without an index`,
    ]);
  } finally {
    catalog.close();
  }
  return undefined;
}
