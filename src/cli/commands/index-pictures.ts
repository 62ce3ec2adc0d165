/** whymatch index: pictures into a catalogue. */
import type { Command } from 'commander';
import { failedSources, type LookedAt, openToLookAt, openToWriteInTurn } from '../../app/indexing.ts';
import { refreshNames } from '../../app/learn-names.ts';
import { AppError } from '../../core/errors.ts';
import type { LongRunning } from '../../core/progress.ts';
import { runIndexing, type RunOptions, type RunReport, sumOf } from '../../indexer/run.ts';
import { openSource } from '../../indexer/sources/open.ts';
import type { ItemSource } from '../../indexer/sources/source.ts';
import type { Catalog } from '../../search/catalog.ts';
import type { KnownNames } from '../../search/naming/names-file.ts';
import type { Action, Ending, Invocation } from '../action.ts';
import { addEngineOptions } from '../engine-options.ts';
import { openFailureFile } from '../failure-file.ts';
import { counted } from '../format.ts';
import { examples } from '../help.ts';
import {
  addIndexingOptions,
  checkFlags,
  fetchOptions,
  type IndexingFlags,
  sourceOptions,
  waitMsOf,
} from '../indexing-options.ts';
import { summary } from '../indexing-summary.ts';
import { catalogOption, modelOption, threadsOption, wholeNumber } from '../options.ts';
import { showLaterProgress, showProgress } from '../progress.ts';

export function addIndexCommand(program: Command, action: Action): void {
  const command = program
    .command('index')
    .summary('put pictures into a catalogue')
    .description(
      'Puts pictures into a catalogue, which is made where there is none. Unchanged pictures are skipped, so the same command brings ' +
        'a catalogue up to date. Broken pictures are listed and do not stop the run: it ends with exit code 6. Ctrl+C stops after the ' +
        'pictures in hand, a second one at once; run it again to go on.',
    )
    .argument(
      '[source]',
      'a folder (with all folders in it), an archive (.zip, .tar, .tar.gz), a table (.csv, .tsv, .jsonl, .parquet) with a column "file" or "url", ' +
        'or a list of URLs (.urls, .txt); - for standard input. Columns "id" and "product_id" are known, all others become metadata',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addOption(modelOption('that of the catalogue; whymatch-s for a new one'))
    .option('--batch-size <n>', 'pictures that the model is given at once (default: up to 16)', wholeNumber)
    .addOption(threadsOption());
  addEngineOptions(command);
  addIndexingOptions(command);
  command
    .addHelpText(
      'after',
      examples([
        'whymatch index photos --catalog shop --include "*.jpg" --exclude thumbs',
        'whymatch index items.parquet --catalog shop --json',
        'whymatch index items.csv --catalog shop --name feed --mode sync --errors failed.jsonl --wait',
        'psql -c "copy (select id, url from items) to stdout csv header" | whymatch index - --format csv --catalog shop',
        'whymatch index --retry-failed --catalog shop',
      ]),
    )
    .action(action(indexPictures));
}

async function indexPictures(
  invocation: Invocation,
  location: string | undefined,
  flags: IndexingFlags,
): Promise<Ending> {
  const { out } = invocation;
  checkFlags(location, flags);
  // A source that is not there is said before a model is loaded.
  const source = location === undefined ? undefined : await openSource(location, sourceOptions(flags));
  const errors = flags.errors === undefined ? undefined : openFailureFile(flags.errors);
  const { store, catalog, model, close } = await open(invocation, flags);
  try {
    const sources = source ? [source] : await sourcesOfFailures(invocation, catalog);
    const reports: RunReport[] = [];
    for (const each of sources) {
      const report = await run(invocation, each, {
        store,
        embedder: model,
        batchSize: flags.batchSize ?? model.batchSize,
        ...(flags.threads === undefined ? {} : { concurrency: 2 * flags.threads }),
        force: flags.force ?? false,
        mode: flags.mode,
        allowMassDelete: flags.allowMassDelete ?? false,
        retryFailed: flags.retryFailed ?? false,
        dryRun: flags.dryRun ?? false,
        fetch: fetchOptions(flags),
        ...(errors && { onFailure: errors.add }),
      });
      reports.push(report);
      if (report.aborted) break;
    }
    const report = sumOf(reports);
    // A later run, or the first search, makes up for it.
    let names: readonly KnownNames[] = [];
    if (catalog && !report.aborted && !report.dryRun) {
      await catalog.saveIndex();
      if (flags.learn && hasChanged(report)) names = await learn(invocation, catalog);
    }
    const items = catalog?.count() ?? 0;
    const facts = { catalog: catalog?.directory ?? flags.catalog, model: model.model, items };
    const learned = names.map(({ namer, ...of }) => ({ ...of, names: namer.names.length }));
    out.event({ event: 'summary', ...facts, ...report, learned });
    if (!out.json) {
      const outcome = { report, directory: flags.catalog, model: model.model, items, names };
      out.result(undefined, () => summary(out, outcome));
    }
    if (report.aborted) return 'interrupted';
    return report.failed > 0 || report.withheld ? 'partial' : undefined;
  } finally {
    errors?.close();
    // One that is still open would keep the process alive after a stop.
    if (location === '-') process.stdin.destroy();
    await close();
  }
}

const hasChanged = ({ indexed, reused, updated, removed }: RunReport): boolean =>
  indexed + reused + updated + removed > 0;

/** Stopped here, or without room for them, the pictures are indexed all the same: names are learned by the next run. */
async function learn({ out, signal }: Invocation, catalog: Catalog): Promise<KnownNames[]> {
  const display = showLaterProgress(out, { title: 'Learning names', unit: 'pictures' });
  try {
    return await refreshNames(catalog, { onProgress: display.onProgress, signal });
  } catch (error) {
    if (!(error instanceof AppError) || !['ABORTED', 'OUTPUT_UNWRITABLE'].includes(error.code)) throw error;
    out.notice(`names were not learned: ${error.message}`);
    return [];
  } finally {
    display.stop();
  }
}

/** Without writing for a dry run; otherwise as the one writer, once it is this one's turn. */
async function open({ out, signal }: Invocation, flags: IndexingFlags): Promise<LookedAt> {
  if (flags.dryRun) return openToLookAt(flags.catalog, flags);
  const { catalog, model, close } = await openToWriteInTurn(
    flags.catalog,
    { ...flags, ownThreads: true },
    {
      waitMs: waitMsOf(flags),
      signal,
      onWait: ({ message }) => out.notice(`waiting: ${message.split('. ')[0]!}`),
    },
  );
  return { store: catalog, catalog, model, close };
}

/** For --retry-failed without a source. */
async function sourcesOfFailures({ out }: Invocation, catalog: LookedAt['catalog']): Promise<ItemSource[]> {
  if (!catalog) return [];
  const { sources, unknown } = failedSources(catalog);
  if (unknown > 0)
    out.notice(
      `${counted(unknown, 'failure')} came from standard input or an older whymatch: name the source to try them again`,
    );
  return Promise.all(sources.map(({ name, location }) => openSource(location, { name })));
}

async function run({ out, signal }: Invocation, source: ItemSource, options: RunOptions): Promise<RunReport> {
  const display = showProgress(out, { title: 'Indexing', unit: 'pictures' });
  const { onProgress }: LongRunning = display;
  try {
    return await runIndexing(source, { ...options, onProgress, signal });
  } finally {
    display.stop();
  }
}
