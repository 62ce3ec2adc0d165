/** whymatch catalog re-embed: the same pictures by another model. */
import path from 'node:path';
import type { Command } from 'commander';
import { openToWrite, readCatalog } from '../../../app/open.ts';
import { refreshNames } from '../../../app/learn-names.ts';
import { reEmbed } from '../../../app/re-embed.ts';
import { AppError } from '../../../core/errors.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { count, counted } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption, modelOption, threadsOption } from '../../options.ts';
import { showProgress } from '../../progress.ts';
import { shellWord } from '../../../core/shell-word.ts';

interface Flags {
  readonly catalog: string;
  readonly model: string;
  readonly output: string;
  readonly threads?: number;
}

export function addReEmbedCommand(catalog: Command, action: Action): void {
  catalog
    .command('re-embed')
    .summary('make a catalogue of the same pictures by another model')
    .description(
      'Reads the pictures of a catalogue again from their files and makes a new catalogue of them with another model. The old one ' +
        'stays and can be searched meanwhile. Run it again to go on where it was stopped.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addOption(modelOption('none').makeOptionMandatory())
    .requiredOption('--output <dir>', 'the folder of the new catalogue')
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples(['whymatch catalog re-embed --catalog shop --model resnet50 --output shop-resnet50']),
    )
    .action(action(reEmbedItems));
}

async function reEmbedItems({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  if (path.resolve(flags.catalog) === path.resolve(flags.output)) {
    throw new AppError('USAGE', 'expected --output to be another folder than --catalog');
  }
  const from = readCatalog(flags.catalog);
  const to = await openToWrite(flags.output, { ...flags, ownThreads: true });
  const display = showProgress(out, { title: 'Embedding', unit: 'pictures' });
  try {
    const report = await reEmbed(from, to.catalog, {
      embedder: to.model,
      batchSize: to.model.batchSize,
      signal,
      onProgress: display.onProgress,
    }).finally(() => display.stop());
    if (!report.aborted) {
      await to.catalog.saveIndex();
      await refreshNames(to.catalog, { before: from });
    }
    const items = to.catalog.count();
    out.event({ event: 'summary', catalog: to.catalog.directory, model: to.model.model, items, ...report });
    if (!out.json) {
      out.result(undefined, () => [
        `${flags.output} holds ${counted(items, 'picture')} by model ${to.model.model}`,
        ...(report.failed > 0
          ? [
              `${count(report.failed)} failed, see: whymatch catalog failures --catalog ${shellWord(flags.output)}`,
            ]
          : []),
        ...(report.aborted ? ['Run the same command again to go on.'] : []),
      ]);
    }
    if (report.aborted) return 'interrupted';
    return report.failed > 0 ? 'partial' : undefined;
  } finally {
    from.close();
    await to.close();
  }
}
