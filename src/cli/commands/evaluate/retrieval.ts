/** whymatch evaluate retrieval: how often search finds what belongs together, and what its scores mean. */
import type { Command } from 'commander';
import {
  confusedPictures,
  evaluateCatalogRetrieval,
  keepCalibration,
  type RetrievalEvaluation,
} from '../../../app/evaluate-retrieval.ts';
import { openToRead, readCatalog } from '../../../app/open.ts';
import type { Catalog } from '../../../search/catalog.ts';
import type { ClassResult } from '../../../search/evaluate/retrieval.ts';
import type { Share } from '../../../search/evaluate/shares.ts';
import type { LoadedModel } from '../../../model/load-model.ts';
import { renderRetrieval } from '../../../report/retrieval.ts';
import { retrievalCsv } from '../../../report/retrieval-csv.ts';
import { shownConfusions } from '../../../report/retrieval-input.ts';
import { searchMeasures } from '../../../report/search-measures.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { writeWhole } from '../../files.ts';
import { count } from '../../format.ts';
import { examples } from '../../help.ts';
import { agreeOnOption, catalogOption, modelOption, rerankOption, threadsOption } from '../../options.ts';
import type { Output } from '../../output.ts';
import { showLaterProgress } from '../../progress.ts';
import { facts, oneLine, table } from '../../table.ts';
import { csvOption, htmlOption } from './evaluate-options.ts';

interface Flags {
  readonly catalog: string;
  readonly label: string;
  readonly ignoreSame?: string;
  readonly queries?: string;
  readonly rerank?: number;
  readonly agreeOn?: string;
  readonly save?: true;
  readonly html?: string;
  readonly csv?: string;
  readonly model?: string;
  readonly threads?: number;
}

export function addRetrievalCommand(evaluate: Command, action: Action): void {
  evaluate
    .command('retrieval')
    .summary('how often search finds what belongs together')
    .description(
      'Searches with every picture of a catalogue, leaving itself out (or with pictures of a table), and measures how often pictures ' +
        'of the same label are found, which labels are taken for which, and what scores mean: --save keeps that with the catalogue, and ' +
        'searches then say “likely the same”, “similar” or “weak”. Exact search.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .requiredOption('--label <field>', 'the metadata field (or product_id) that says what belongs together')
    .option('--ignore-same <field>', 'never count a hit that has the same value here (say, the same product)')
    .option(
      '--queries <table>',
      'pictures that are not in the catalogue: a CSV file with the columns file and that of --label',
    )
    .addOption(rerankOption())
    .addOption(agreeOnOption())
    .option('--save', 'keep what the scores mean with the catalogue, for searches')
    .addOption(htmlOption())
    .addOption(csvOption())
    .addOption(modelOption('that of the catalogue; only for --queries and --rerank'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples([
        'whymatch evaluate retrieval --catalog shop --label category --html retrieval.html',
        'whymatch evaluate retrieval --catalog shop --label category --ignore-same product_id --save',
        'whymatch evaluate retrieval --catalog shop --label product_id --queries photos.csv --json',
      ]),
    )
    .action(action(retrieval));
}

async function retrieval({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const { queries, label, ignoreSame, rerank, agreeOn } = flags;
  const { catalog, model, close } = await opened(flags);
  try {
    const display = showLaterProgress(out, { title: 'Evaluating', unit: 'pictures' });
    const evaluation = await evaluateCatalogRetrieval(catalog, {
      label,
      ignoreSame,
      queries: queries !== undefined && model ? { table: queries, model } : undefined,
      rerank: rerank !== undefined && model ? { count: rerank, model } : undefined,
      agreeOn,
      onProgress: display.onProgress,
      signal,
    }).finally(() => display.stop());
    const files = await writeFiles(catalog, evaluation, flags);
    out.result({ ...evaluation, files }, () => lines(out, evaluation, files));
    return evaluation.problems.length > 0 ? 'partial' : undefined;
  } finally {
    await close();
  }
}

/** The model only where pictures have to be looked at. */
async function opened(
  flags: Flags,
): Promise<{ catalog: Catalog; model?: LoadedModel; close: () => Promise<void> }> {
  if (flags.queries !== undefined || flags.rerank !== undefined) return openToRead(flags.catalog, flags);
  const catalog = readCatalog(flags.catalog);
  return { catalog, close: async () => catalog.close() };
}

async function writeFiles(
  catalog: Catalog,
  evaluation: RetrievalEvaluation,
  { html, csv, save }: Flags,
): Promise<string[]> {
  const files: string[] = [];
  if (html !== undefined) {
    const pictures = await confusedPictures(catalog, evaluation, shownConfusions);
    await writeWhole(html, await renderRetrieval(evaluation, pictures));
    files.push(html);
  }
  if (csv !== undefined) {
    await writeWhole(csv, retrievalCsv(evaluation));
    files.push(csv);
  }
  if (save) files.push(await keepCalibration(catalog, evaluation));
  return files;
}

function lines(out: Output, result: RetrievalEvaluation, files: readonly string[]): string[] {
  const { recall, mapAt10, mapAtR, leftOut, problems } = result;
  const alone = leftOut > 0 ? ` (${count(leftOut)} more have nothing to find)` : '';
  return [
    ...facts([
      ['model', result.model.name],
      ['queries', `${count(result.queries)}${alone}`],
      ...searchMeasures(result).map(([term, text]) => [term.toLowerCase(), text] as const),
      ...([1, 5, 10] as const).map((k) => [`recall at ${k}`, percent(recall[k])] as const),
      ['mAP at 10', estimate(mapAt10)],
      ['mAP at R', estimate(mapAtR)],
      ...meaningOf(result),
    ]),
    '',
    ...table<ClassResult>(
      [
        { title: 'label (worst first)', cell: ({ label }) => label, maxWidth: 40 },
        { title: 'queries', cell: ({ queries }) => count(queries), align: 'right' },
        { title: 'recall at 1', cell: ({ recallAt1 }) => percent(recallAt1), align: 'right' },
        {
          title: 'at 10',
          cell: ({ recallAt10 }) => `${(100 * recallAt10.value).toFixed(1)} %`,
          align: 'right',
        },
        { title: 'mAP at R', cell: ({ mapAtR }) => mapAtR.toFixed(3), align: 'right' },
        {
          title: 'most often taken for',
          cell: ({ mistakenFor }) =>
            mistakenFor ? `${mistakenFor.label} (${count(mistakenFor.queries)})` : '',
          maxWidth: 40,
        },
      ],
      result.classes,
    ),
    ...problems.map(({ id, code, message }) =>
      out.style.yellow(`left out: ${oneLine(`${id}: ${code}: ${message}`)}`),
    ),
    ...files.map((file) => `wrote ${file}`),
  ];
}

/** What scores and names are worth, where there were enough queries. */
function meaningOf({ scores, names }: RetrievalEvaluation): [string, string][] {
  const from = (score: number | null) => (score === null ? 'never' : `from ${score.toFixed(3)}`);
  const known: [string, string][] = [];
  if (scores) {
    const { same, similar, reliability } = scores;
    known.push([
      'scores',
      `likely the same ${from(same)}, similar ${from(similar)} (calibration error ${reliability.error.toFixed(3)})`,
    ]);
  }
  if (names) {
    const { accuracy, reliability, shares, learned } = names;
    known.push([
      'names',
      `${percent(accuracy)} right by the vote; calibration error ${shares.error.toFixed(3)}, with --save ${reliability.error.toFixed(3)}`,
    ]);
    if (learned) {
      const error = learned.shares.error.toFixed(3);
      known.push([
        '',
        `${percent(learned.accuracy)} right with what can be learned; calibration error ${error}`,
      ]);
    }
  }
  return known;
}

/** "61.4 % (57.8 to 64.9)" */
function percent({ value, low, high }: Share): string {
  const digits = (share: number) => (100 * share).toFixed(1);
  return `${digits(value)} % (${digits(low)} to ${digits(high)})`;
}

/** "0.614 (0.578 to 0.649)" */
function estimate({ mean, low, high }: RetrievalEvaluation['mapAt10']): string {
  return `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}
