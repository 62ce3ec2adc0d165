/** whymatch catalog learn-names: the names of a field learned from the catalogue's pictures. */
import path from 'node:path';
import type { Command } from 'commander';
import { explainSuspects } from '../../../app/explain-name.ts';
import {
  judge,
  type JudgedName,
  type Judgement,
  learnAndKeep,
  type Suspect,
} from '../../../app/learn-names.ts';
import { openToRead, readCatalog } from '../../../app/open.ts';
import type { LongRunning } from '../../../core/progress.ts';
import type { LoadedModel } from '../../../model/load-model.ts';
import { renderNames } from '../../../report/names.ts';
import type { Catalog } from '../../../search/catalog.ts';
import { usualField } from '../../../search/meaning.ts';
import { forgetNames, type KnownNames } from '../../../search/naming/names-file.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { writeWhole } from '../../files.ts';
import { count, counted, percent } from '../../format.ts';
import { examples } from '../../help.ts';
import { learnedLine } from '../../learned-line.ts';
import { catalogOption, modelOption, threadsOption } from '../../options.ts';
import { showLaterProgress } from '../../progress.ts';
import { table } from '../../table.ts';
import { htmlOption } from '../evaluate/evaluate-options.ts';

interface Flags {
  readonly catalog: string;
  readonly ignoreSame?: string;
  readonly forget?: true;
  readonly html?: string;
  readonly model?: string;
  readonly threads?: number;
}

export function addLearnNamesCommand(catalog: Command, action: Action): void {
  catalog
    .command('learn-names')
    .summary('learn to name pictures, and find misnamed ones')
    .description(
      'Learns from the catalogue’s pictures to tell the values of a metadata field apart (linear discriminant analysis of their embeddings), keeps that ' +
        'with the catalogue, and prints how often pictures that were left out get their own name, and which look as if they had a wrong one. Searches ' +
        'then say what a photo shows (“Looks like”) and agree on the field (`--agree-on`) with what was learned besides the vote of the nearest. ' +
        '`whymatch index` does the same at its end for the field “category”, and for all fields that were learned once, with the same --ignore-same.',
    )
    .argument('[field]', 'the metadata field, with texts that several pictures have', usualField)
    .addOption(catalogOption().makeOptionMandatory())
    .option(
      '--ignore-same <field>',
      'leave pictures that have the same value here out together (default: product_id, where products share names)',
    )
    .option('--forget', 'forget what was learned of the field')
    .addOption(htmlOption())
    .addOption(modelOption('that of the catalogue; only for --html'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples([
        'whymatch catalog learn-names --catalog shop --html names.html',
        'whymatch catalog learn-names brand --catalog shop --ignore-same product_id --json',
        'whymatch catalog learn-names brand --catalog shop --forget',
      ]),
    )
    .action(action(learnNames));
}

async function learnNames({ out, signal }: Invocation, field: string, flags: Flags): Promise<Ending> {
  const { catalog, model, close } = await opened(flags);
  try {
    if (flags.forget) {
      const forgotten = await forgetNames(catalog, field);
      out.result({ field, forgotten }, () => [
        forgotten ? `forgot the names of ${field}` : `nothing was known of the names of ${field}`,
      ]);
      return undefined;
    }
    const display = showLaterProgress(out, { title: 'Learning', unit: 'pictures' });
    const running = { onProgress: display.onProgress, signal };
    const learn = async () => {
      const known = await learnAndKeep(catalog, field, { ignoreSame: flags.ignoreSame, ...running });
      const judgement = await judge(known.learned, running);
      if (flags.html !== undefined && model) {
        const page = await pageOf({ catalog, model, known, judgement }, running);
        await writeWhole(flags.html, page);
      }
      return { known, judgement };
    };
    const { known, judgement } = await learn().finally(() => display.stop());
    const { learned: _, namer, file, ...facts } = known;
    const files = [file, ...(flags.html === undefined ? [] : [flags.html])];
    out.result({ ...facts, trust: namer.trust, ...judgement, files }, () => lines(known, judgement, files));
  } finally {
    await close();
  }
  return undefined;
}

/** The model only where pictures have to be looked at. */
async function opened(
  flags: Flags,
): Promise<{ catalog: Catalog; model?: LoadedModel; close: () => Promise<void> }> {
  if (flags.html !== undefined && !flags.forget) return openToRead(flags.catalog, flags);
  const catalog = readCatalog(flags.catalog);
  return { catalog, close: async () => catalog.close() };
}

interface Learned {
  readonly catalog: Catalog;
  readonly model: LoadedModel;
  readonly known: Awaited<ReturnType<typeof learnAndKeep>>;
  readonly judgement: Judgement;
}

/** So many suspects have their pictures on the page. */
const drawnSuspects = 60;

async function pageOf({ catalog, model, known, judgement }: Learned, running: LongRunning): Promise<string> {
  const { field, examples: count, accuracy, learned } = known;
  const { names, suspects } = judgement;
  const shown = await explainSuspects(catalog, model, learned, suspects.slice(0, drawnSuspects), running);
  return renderNames({
    catalog: path.basename(catalog.directory),
    model: model.model,
    field,
    examples: count,
    accuracy,
    names,
    suspects: suspects.length,
    shown,
  });
}

/** So many suspects are shown; --json has all. */
const shownSuspects = 20;

function lines(known: KnownNames, { names, suspects }: Judgement, files: readonly string[]): string[] {
  const rest = suspects.length - shownSuspects;
  return [
    ...table<JudgedName>(
      [
        { title: `${known.field} (worst first)`, cell: ({ name }) => name, maxWidth: 40 },
        { title: 'pictures', align: 'right', cell: ({ examples: of }) => count(of) },
        { title: 'named rightly', align: 'right', cell: ({ right }) => percent(right.value) },
        { title: 'most often taken for', cell: ({ mistakenFor }) => mistakenFor ?? '', maxWidth: 40 },
      ],
      names,
    ),
    '',
    ...(suspects.length === 0
      ? ['No picture looks as if it had a wrong name.']
      : [
          `${counted(suspects.length, 'picture')} may have a wrong name:`,
          ...table<Suspect>(
            [
              { title: 'id', cell: ({ id }) => id, maxWidth: 50 },
              { title: known.field, cell: ({ name }) => name, maxWidth: 30 },
              { title: 'looks like', cell: ({ looksLike }) => looksLike, maxWidth: 30 },
              { title: '', align: 'right', cell: ({ probability }) => percent(probability) },
            ],
            suspects.slice(0, shownSuspects),
          ),
          ...(rest > 0 ? [`and ${count(rest)} more, see --json and --html`] : []),
        ]),
    '',
    learnedLine(known),
    ...files.map((file) => `wrote ${file}`),
  ];
}
