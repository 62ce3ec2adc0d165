/** whymatch evaluate explanations: how good the maps are. */
import path from 'node:path';
import { Option, type Command } from 'commander';
import type { ExplanationEvaluation } from '../../../app/evaluate-explanations.ts';
import { evaluateExplanations } from '../../../app/evaluate-explanations.ts';
import { openToRead } from '../../../app/open.ts';
import { AppError } from '../../../core/errors.ts';
import type { Estimate } from '../../../core/bootstrap.ts';
import type { MeasureName, MethodSummary } from '../../../explain/measures/summary.ts';
import { measureFacts, normalisedMeasures } from '../../../explain/measures/summary.ts';
import { renderEvaluation } from '../../../report/evaluation.ts';
import { evaluationCsv } from '../../../report/evaluation-csv.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { writeResults } from '../../files.ts';
import { count } from '../../format.ts';
import { examples } from '../../help.ts';
import { prettyJson } from '../../json.ts';
import { catalogOption, methodOption, modelOption, threadsOption, wholeNumber } from '../../options.ts';
import type { Output } from '../../output.ts';
import { showProgress } from '../../progress.ts';
import type { Column } from '../../table.ts';
import { facts, oneLine, table } from '../../table.ts';

interface Flags {
  readonly catalog: string;
  readonly pairs: number;
  readonly method?: readonly string[];
  readonly masks?: string;
  readonly seed: number;
  readonly output?: string;
  readonly resume?: true;
  readonly model?: string;
  readonly threads?: number;
}

export function addExplanationsCommand(evaluate: Command, action: Action): void {
  evaluate
    .command('explanations')
    .summary('how good the maps are')
    .description(
      'Explains pairs of a catalogue by every method, and measures the maps: does the similarity fall when what they mark is blurred, ' +
        'and come back when it is restored; do they find the object, depend on the hit, depend on what the model learned; how noisy are ' +
        'they. All next to three maps that know nothing: random, a Gaussian on the centre, edges. With 95 % confidence intervals. ' +
        'It takes seconds a pair; with --output, a run that was stopped goes on by --resume.',
    )
    .addOption(catalogOption().makeOptionMandatory())
    .addOption(
      new Option('--pairs <n>', 'random pictures, each with its nearest neighbour')
        .argParser(wholeNumber)
        .default(50),
    )
    .addOption(methodOption('all that need no more than one gradient'))
    .option(
      '--masks <dir>',
      'a folder with the masks of the objects: white on black, PNG files with the names of the pictures',
    )
    .addOption(
      new Option('--seed <n>', 'chooses the pictures, and all else that is random')
        .argParser(wholeNumber)
        .default(1),
    )
    .option('--output <dir>', 'write report.html, results.json, results.csv and pairs.jsonl into this folder')
    .option('--resume', 'go on with what is in that folder, also with more pairs')
    .addOption(modelOption('that of the catalogue'))
    .addOption(threadsOption())
    .addHelpText(
      'after',
      examples([
        'whymatch evaluate explanations --catalog shop --output evaluation',
        'whymatch evaluate explanations --catalog shop --output evaluation --pairs 200 --resume',
        'whymatch evaluate explanations --catalog shop --masks masks --method guided-match,match --json',
      ]),
    )
    .action(action(explanations));
}

async function explanations({ out, signal }: Invocation, flags: Flags): Promise<Ending> {
  const { output, pairs, seed, masks, resume = false } = flags;
  if (resume && output === undefined)
    throw new AppError('USAGE', '--resume goes on with what is in the folder of --output. Name it');
  const { catalog, model, close } = await openToRead(flags.catalog, flags);
  try {
    const display = showProgress(out, { title: 'Evaluating', unit: 'pairs' });
    const result = await evaluateExplanations(catalog, model, {
      pairs,
      seed,
      masks,
      resume,
      ...(flags.method && { methods: flags.method }),
      journal: output === undefined ? undefined : path.join(output, 'pairs.jsonl'),
      onProgress: display.onProgress,
      signal,
    }).finally(() => display.stop());
    const files = output === undefined ? [] : await writeFiles(output, result);
    out.event({ event: 'summary', ...result, files });
    if (!out.json) out.result(undefined, () => lines(out, result, files));
    return result.problems.length > 0 ? 'partial' : undefined;
  } finally {
    await close();
  }
}

function writeFiles(output: string, result: ExplanationEvaluation): Promise<string[]> {
  const results = new Map([
    ['report.html', renderEvaluation(result)],
    ['results.json', `${prettyJson(result)}\n`],
    ['results.csv', evaluationCsv(result.methods)],
  ]);
  return writeResults(output, results, []);
}

function lines(out: Output, result: ExplanationEvaluation, files: readonly string[]): string[] {
  const { methods, model, catalog, pairs, score, problems } = result;
  const { dim, yellow } = out.style;
  const found = measureFacts.filter(({ name }) => methods.some(({ measures }) => measures[name]));
  const nameColumn = { title: 'method', cell: ({ name }: MethodSummary) => name };
  const measured = (names: readonly MeasureName[], cell: (estimate: Estimate) => string) =>
    found
      .filter(({ name }) => names.includes(name))
      .map(({ name, title, better }): Column<MethodSummary> => ({
        title: `${title.toLowerCase()}${{ higher: ' ↑', lower: ' ↓', neither: '' }[better]}`,
        cell: ({ measures }) => (measures[name] ? cell(measures[name]) : ''),
        align: 'right',
      }));
  const shown = new Set<MeasureName>(['deletion', 'insertion', ...normalisedMeasures]);
  const others = found.map(({ name }) => name).filter((name) => !shown.has(name));
  return [
    ...facts([
      ['model', model.name],
      ['pairs', `${count(pairs)} of ${catalog.name}, mean similarity ${score.toFixed(3)}`],
    ]),
    '',
    ...table(
      [
        nameColumn,
        ...measured(['deletion', 'insertion'], interval),
        { title: 'better than, for certain', cell: betterThan },
      ],
      methods,
    ),
    '',
    ...table([nameColumn, ...measured(normalisedMeasures, interval)], methods),
    dim(
      'between 1, the untouched score, and 0, that of pictures blurred all over; next to another model, read them beside random’s',
    ),
    '',
    ...table([nameColumn, ...measured(others, ({ mean }) => mean.toFixed(3))], methods),
    '',
    dim(
      '↑ higher is better, ↓ lower; in brackets the 95 % interval. docs/explanations.md says what each is.',
    ),
    ...problems.map(({ id, code, message }) => yellow(`left out: ${oneLine(`${id}: ${code}: ${message}`)}`)),
    ...files.map((file) => `wrote ${file}`),
  ];
}

/** 0.716 (0.690 to 0.743) */
function interval({ mean, low, high }: Estimate): string {
  return `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

/** The baselines that a method beats on the same pairs, in deletion and in insertion, with 95 % confidence. */
function betterThan({ against, baseline }: MethodSummary): string {
  if (baseline) return '';
  const beaten = Object.entries(against)
    .filter(([, { deletion, insertion }]) => deletion.gain.low > 0 && insertion.gain.low > 0)
    .map(([name]) => name);
  return beaten.join(', ') || 'none';
}
