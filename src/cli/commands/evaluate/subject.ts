/** whymatch evaluate subject: how well the object of a picture is found. */
import { Option, type Command } from 'commander';
import { evaluateSubject, type SubjectEvaluation } from '../../../app/evaluate-subject.ts';
import { openToRead } from '../../../app/open.ts';
import type { Estimate } from '../../../core/bootstrap.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { count } from '../../format.ts';
import { examples } from '../../help.ts';
import { catalogOption, modelOption, threadsOption, wholeNumber } from '../../options.ts';
import { showProgress } from '../../progress.ts';
import { facts, oneLine, table } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly masks: string;
  readonly seed: number;
  readonly model?: string;
  readonly threads?: number;
}

export function addSubjectCommand(evaluate: Command, action: Action): void {
  evaluate
    .command('subject')
    .summary('how well the object of a picture is found')
    .description(
      'Looks for the object in every picture of a catalogue that has a mask, by the model’s own features alone, as the server does to ' +
        'propose regions. Measures the box and the mask against the true ones, next to a box in the middle and the whole picture.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .requiredOption(
      '--masks <dir>',
      'a folder with the masks of the objects: white on black, PNG files with the names of the pictures',
    )
    .addOption(new Option('--seed <n>', 'of the intervals').argParser(wholeNumber).default(1))
    .addOption(modelOption('that of the catalogue'))
    .addOption(threadsOption())
    .addHelpText('after', examples(['whymatch evaluate subject --catalog shop --masks masks']))
    .action(action(subject));
}

async function subject({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const { catalog, model, close } = await openToRead(flags.catalog, flags);
  try {
    const display = showProgress(out, { title: 'Evaluating', unit: 'pictures' });
    const { masks, seed } = flags;
    const { onProgress } = display;
    const result = await evaluateSubject(catalog, model, { masks, seed, onProgress, signal }).finally(() =>
      display.stop(),
    );
    out.event({ event: 'summary', ...result });
    if (!out.json) out.result(undefined, () => lines(result));
    return result.problems.length > 0 ? 'partial' : undefined;
  } finally {
    await close();
  }
}

type Line = SubjectEvaluation['guesses'][number];

function lines({ model, pictures, guesses, problems }: SubjectEvaluation): string[] {
  const column = (title: string, cell: (line: Line) => Estimate) => ({
    title,
    cell: (line: Line) => interval(cell(line)),
    align: 'right' as const,
  });
  return [
    ...facts([
      ['model', model.name],
      ['pictures', count(pictures)],
    ]),
    '',
    ...table<Line>(
      [
        { title: 'guess', cell: ({ name }) => name },
        column('box IoU ↑', ({ boxOverlap }) => boxOverlap),
        column('IoU of 0.5 or more ↑', ({ found }) => found),
        column('mask IoU ↑', ({ maskOverlap }) => maskOverlap),
        column('pointing ↑', ({ pointing }) => pointing),
      ],
      guesses,
    ),
    '',
    'In brackets the 95 % interval. docs/explanations.md says what each is.',
    ...problems.map(({ id, code, message }) => `left out: ${oneLine(`${id}: ${code}: ${message}`)}`),
  ];
}

const interval = ({ mean, low, high }: Estimate): string =>
  `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
