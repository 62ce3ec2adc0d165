/** whymatch catalog learn-names: the names of a field learned from the catalogue's pictures. */
import type { Command } from 'commander';
import {
  judge,
  type JudgedName,
  type Judgement,
  learnAndKeep,
  type Suspect,
} from '../../../app/learn-names.ts';
import { readCatalog } from '../../../app/open.ts';
import { usualField } from '../../../search/meaning.ts';
import { forgetNames, type KnownNames } from '../../../search/naming/names-file.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { count, counted, percent } from '../../format.ts';
import { examples } from '../../help.ts';
import { learnedLine } from '../../learned-line.ts';
import { catalogOption } from '../../options.ts';
import { showLaterProgress } from '../../progress.ts';
import { table } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly ignoreSame?: string;
  readonly forget?: true;
}

export function addLearnNamesCommand(catalog: Command, action: Action): void {
  catalog
    .command('learn-names')
    .summary('learn to name pictures, and find misnamed ones')
    .description(
      'Learns from the catalogue’s pictures to tell the values of a metadata field apart (linear discriminant analysis of their embeddings), keeps that ' +
        'with the catalogue, and prints how often pictures that were left out get their own name, and which look as if they had a wrong one. Searches ' +
        'then say what a photo shows (“Looks like”) and agree on the field (`--agree-on`) with what was learned besides the vote of the nearest. ' +
        '`whymatch index` does the same at its end for the field “category”, and for all fields that were learned once.',
    )
    .argument('[field]', 'the metadata field, with texts that several pictures have', usualField)
    .addOption(catalogOption().makeOptionMandatory())
    .option(
      '--ignore-same <field>',
      'leave pictures that have the same value here out together (default: product_id, where products share names)',
    )
    .option('--forget', 'forget what was learned of the field')
    .addHelpText(
      'after',
      examples([
        'whymatch catalog learn-names --catalog shop',
        'whymatch catalog learn-names brand --catalog shop --ignore-same product_id --json',
        'whymatch catalog learn-names brand --catalog shop --forget',
      ]),
    )
    .action(action(learnNames));
}

async function learnNames({ out, signal }: Invocation, field: string, flags: Flags): Promise<Ending> {
  const catalog = readCatalog(flags.catalog);
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
      return { known, judgement: await judge(known.learned, running) };
    };
    const { known, judgement } = await learn().finally(() => display.stop());
    const { learned: _, namer, ...facts } = known;
    out.result({ ...facts, trust: namer.trust, ...judgement }, () => lines(known, judgement));
  } finally {
    catalog.close();
  }
  return undefined;
}

/** So many suspects are shown; --json has all. */
const shownSuspects = 20;

function lines(known: KnownNames & { readonly file: string }, { names, suspects }: Judgement): string[] {
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
          ...(rest > 0 ? [`and ${count(rest)} more, see --json`] : []),
        ]),
    '',
    learnedLine(known),
    `wrote ${known.file}`,
  ];
}
