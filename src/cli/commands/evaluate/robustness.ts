/** whymatch evaluate robustness: what is still found when the photo is worse. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { evaluateRobustness, type RobustnessEvaluation } from '../../../app/evaluate-robustness.ts';
import { openToRead } from '../../../app/open.ts';
import { transformations } from '../../../image/transform/index.ts';
import { renderRobustness, robustnessCsv } from '../../../report/robustness.ts';
import { searchMeasures } from '../../../report/search-measures.ts';
import type { ChallengeResult, TransformationResult } from '../../../report/robustness-input.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { writeWhole } from '../../files.ts';
import { examples } from '../../help.ts';
import {
  catalogOption,
  modelOption,
  agreeOnOption,
  rerankOption,
  subjectOption,
  threadsOption,
  unframeOption,
  wholeNumber,
} from '../../options.ts';
import type { Output } from '../../output.ts';
import { showProgress } from '../../progress.ts';
import { facts, oneLine, table } from '../../table.ts';
import { csvOption, htmlOption } from './evaluate-options.ts';

interface Flags {
  readonly catalog: string;
  readonly label?: string;
  readonly ignoreSame?: string;
  readonly sample: number;
  readonly seed: number;
  readonly transformation?: readonly string[];
  readonly middle?: true;
  readonly masks?: string;
  readonly unframe: boolean;
  readonly subject?: true;
  readonly rerank?: number;
  readonly agreeOn?: string;
  readonly html?: string;
  readonly csv?: string;
  readonly model?: string;
  readonly threads?: number;
}

export function addRobustnessCommand(evaluate: Command, action: Action): void {
  evaluate
    .command('robustness')
    .summary('what is still found when the photo is worse')
    .description(
      'Makes worse photos of pictures of a catalogue, by grades: nearer and farther, turned, darker, half hidden, among other things. ' +
        'Searches with each, and measures what is still found: the picture itself, and with --label others of its label. About 90 ' +
        'searches a picture, or 18 with --middle.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .option('--label <field>', 'the metadata field (or product_id) that says what belongs together')
    .option('--ignore-same <field>', 'never count a hit that has the same value here (say, the same product)')
    .addOption(
      new Option('--sample <n>', 'random pictures that are queries').argParser(wholeNumber).default(100),
    )
    .addOption(
      new Option('--seed <n>', 'chooses the pictures, and all else that is random')
        .argParser(wholeNumber)
        .default(1),
    )
    .addOption(
      new Option(
        '--transformation <names>',
        `only these, with commas: ${transformations.map(({ name }) => name).join(', ')} (default: all)`,
      ).argParser(names),
    )
    .option('--middle', 'only the middle grade of each: a fifth of the time')
    .option(
      '--masks <dir>',
      'a folder with the masks of the objects, for another background: white on black, PNG files with the names of the pictures',
    )
    .addOption(unframeOption())
    .addOption(subjectOption())
    .addOption(rerankOption())
    .addOption(agreeOnOption())
    .addOption(htmlOption())
    .addOption(csvOption())
    .addOption(modelOption('that of the catalogue'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples([
        'whymatch evaluate robustness --catalog shop --label category --html robustness.html',
        'whymatch evaluate robustness --catalog shop --sample 30 --transformation zoom-out,hand,clutter --json',
      ]),
    )
    .action(action(robustness));
}

function names(text: string): readonly string[] {
  const known = transformations.map(({ name }) => name);
  const given = text.split(',').map((name) => name.trim());
  const unknown = given.find((name) => !known.includes(name));
  if (unknown === undefined) return given;
  throw new InvalidArgumentError(`Expected names of ${known.join(', ')}; "${unknown}" is none.`);
}

async function robustness({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const { label, ignoreSame, sample, seed, transformation, middle, masks, unframe, html, csv } = flags;
  const { catalog, model, close } = await openToRead(flags.catalog, flags);
  try {
    const display = showProgress(out, { title: 'Evaluating', unit: 'pictures' });
    const result = await evaluateRobustness(catalog, model, {
      label,
      ignoreSame,
      sample,
      seed,
      masks,
      middleOnly: middle,
      signal,
      transformations: transformation,
      query: { unframe, subject: flags.subject ?? false },
      rerank: flags.rerank,
      agreeOn: flags.agreeOn,
      onProgress: display.onProgress,
    }).finally(() => display.stop());
    const files = await writeFiles(result, { html, csv });
    out.event({ event: 'summary', ...result, files });
    if (!out.json) out.result(undefined, () => lines(out, result, files));
    return result.problems.length > 0 ? 'partial' : undefined;
  } finally {
    await close();
  }
}

async function writeFiles(
  result: RobustnessEvaluation,
  { html, csv }: { html: string | undefined; csv: string | undefined },
): Promise<string[]> {
  if (html !== undefined) await writeWhole(html, renderRobustness(result));
  if (csv !== undefined) await writeWhole(csv, robustnessCsv(result));
  return [html, csv].filter((file) => file !== undefined);
}

function lines(out: Output, result: RobustnessEvaluation, files: readonly string[]): string[] {
  const { untouched, label, problems } = result;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const right = (found: typeof untouched) => found.label ?? found.itself;
  const middle = (transformation: TransformationResult) =>
    transformation.grades.find(({ grade }) => grade === transformation.middle)!;
  return [
    ...facts([
      ['model', result.model.name],
      ['queries', String(untouched.queries)],
      ...searchMeasures(result).map(([term, text]) => [term.toLowerCase(), text] as const),
      [
        'untouched',
        `${percent(right(untouched)[1].value)} at 1, ${percent(right(untouched)[10].value)} at 10`,
      ],
    ]),
    '',
    ...table<TransformationResult>(
      [
        { title: 'challenge', cell: ({ challenge }) => challenge },
        { title: 'photo', cell: ({ name }) => name },
        { title: 'grade', cell: (row) => String(row.middle), align: 'right' },
        { title: 'at 1', cell: (row) => percent(right(middle(row))[1].value), align: 'right' },
        { title: 'change', cell: (row) => changeOf(middle(row)), align: 'right' },
        { title: 'at 10', cell: (row) => percent(right(middle(row))[10].value), align: 'right' },
        {
          title: 'at 1, by grade',
          cell: ({ grades }) => grades.map((grade) => (100 * right(grade)[1].value).toFixed(0)).join(' '),
        },
      ],
      result.transformations,
    ),
    '',
    ...table<ChallengeResult>(
      [
        { title: 'challenge', cell: ({ challenge }) => challenge },
        { title: 'photos', cell: ({ transformations }) => String(transformations.length), align: 'right' },
        { title: 'at 1', cell: ({ right }) => percent(right[1].mean), align: 'right' },
        { title: 'change', cell: changeOf, align: 'right' },
        { title: 'at 10', cell: ({ right }) => percent(right[10].mean), align: 'right' },
      ],
      result.challenges,
    ),
    '',
    out.style.dim(
      `Right: ${label === null ? 'the picture itself is the first hit' : `the first hit, other than itself, has its ${label}`}. Change in points at the middle grade, on the same queries, with its 95 % interval; of a challenge the mean of its photos.`,
    ),
    ...problems.map(({ id, code, message }) =>
      out.style.yellow(`left out: ${oneLine(`${id}: ${code}: ${message}`)}`),
    ),
    ...files.map((file) => `wrote ${file}`),
  ];
}

/** −4.0 (−9.0 to +1.0) */
function changeOf({ change: { mean, low, high } }: Pick<ChallengeResult, 'change'>): string {
  const points = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)}`;
  return `${points(mean)} (${points(low)} to ${points(high)})`;
}
