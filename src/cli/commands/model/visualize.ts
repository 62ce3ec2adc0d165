/** whymatch model visualize: the picture that a class, a channel or an item's embedding stands for. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { examinePicture } from '../../../app/pictures.ts';
import { AppError } from '../../../core/errors.ts';
import { classNamed } from '../../../explain/predict-class.ts';
import { visualize, type Wish } from '../../../explain/visualize.ts';
import { renderTensor } from '../../../image/tensor-picture.ts';
import { loadModel } from '../../../model/load-model.ts';
import type { Model } from '../../../model/model.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { addEngineOptions, type EngineFlags } from '../../engine-options.ts';
import { keepExisting, keepInputs, writeWhole } from '../../files.ts';
import { examples } from '../../help.ts';
import { number, threadsOption, wholeNumber } from '../../options.ts';
import { showLaterProgress } from '../../progress.ts';
import { facts } from '../../table.ts';

interface Flags extends EngineFlags {
  readonly class?: string;
  readonly neuron?: number;
  readonly like?: string;
  readonly output: string;
  readonly steps: number;
  readonly seed: number;
  readonly lambda: number;
  readonly threads?: number;
  readonly force?: boolean;
}

export function addVisualizeCommand(model: Command, action: Action): void {
  const command = model
    .command('visualize')
    .summary('draw what a class, a channel or an item looks like to a model')
    .description(
      'Draws the picture that a model would find most typical: gradient ascent on the pixels, from grey, for a class, for a channel of ' +
        'the embedding, or for the embedding of a picture. It shows what the model looks for, and what it does not care about.',
    )
    .argument('<model>', 'a model of `whymatch model list`, or the path of an .onnx file or its manifest')
    .option('--class <class>', 'a class of the model, by its number from 0 or by its name')
    .option('--neuron <n>', 'a channel of the embedding, by its number from 0', fromZero)
    .option('--like <image>', 'a picture: what is drawn gets its embedding')
    .requiredOption('--output <file.png>', 'the picture to write')
    .addOption(new Option('--steps <n>', 'steps of the ascent').argParser(wholeNumber).default(128))
    .addOption(new Option('--seed <n>', 'another seed, another picture').argParser(fromZero).default(1))
    .addOption(
      new Option('--lambda <n>', 'share of the contrast that each step takes away: more is calmer')
        .argParser(share)
        .default(0.03),
    )
    .option('--force', 'replace the file if there is one')
    .addOption(threadsOption());
  addEngineOptions(command)
    .addHelpText(
      'after',
      examples([
        'whymatch model visualize whymatch-s --like shoe.jpg --output shoe.png',
        'whymatch model visualize squeezenet1.1-7 --class 130 --output flamingo.png --seed 2',
      ]),
    )
    .action(action(visualizeModel));
}

async function visualizeModel({ out, signal }: Invocation, name: string, flags: Flags): Promise<Ending> {
  const { output, steps, seed, lambda } = flags;
  checkOne(flags);
  keepExisting(output, flags.force ?? false);
  const model = await loadModel(name, flags);
  try {
    keepInputs(output, [name, model.file, ...(flags.like === undefined ? [] : [flags.like])]);
    const wish = await wishOf(model, flags);
    const display = showLaterProgress(out, { title: 'Drawing', unit: 'steps' });
    const options = { steps, seed, lambda, signal, onProgress: display.onProgress };
    const { image, score } = await visualize(model, wish, options).finally(() => display.stop());
    await writeWhole(output, await renderTensor(image, model.input));
    const what = wordsOf(wish, model, flags);
    const document = { file: output, model: model.model, ...what.facts, score, steps, seed, lambda };
    out.result(document, () =>
      facts([
        ['wrote', output],
        ['shows', what.shows],
        [what.scale, score.toPrecision(4)],
      ]),
    );
  } finally {
    await model.dispose();
  }
  return undefined;
}

function checkOne({ class: name, neuron, like }: Flags): void {
  if ([name, neuron, like].filter((wish) => wish !== undefined).length === 1) return;
  throw new AppError('USAGE', 'expected one of --class, --neuron and --like');
}

async function wishOf(model: Model, { class: name, neuron, like }: Flags): Promise<Wish> {
  if (name !== undefined) return { class: classNamed(model, name) };
  if (neuron !== undefined) return { neuron };
  const { subject } = await examinePicture(model, { source: like! });
  return { like: subject.unit };
}

/** The wish as JSON and in words, and what its score is. */
function wordsOf(wish: Wish, model: Model, { like }: Flags) {
  if ('like' in wish) {
    return { facts: { like }, shows: `what ${model.model} sees in ${like!}`, scale: 'cosine with it' };
  }
  if ('neuron' in wish) {
    return { facts: wish, shows: `channel ${wish.neuron} of ${model.dimension}`, scale: 'its mean' };
  }
  const label = model.classifier.labels?.[wish.class];
  const shows = `class ${wish.class}${label === undefined ? '' : `, ${label}`}`;
  return { facts: { ...wish, ...(label !== undefined && { label }) }, shows, scale: 'its logit' };
}

function fromZero(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Expected a whole number of 0 or more.');
}

function share(text: string): number {
  const value = number(text);
  if (value >= 0 && value < 1) return value;
  throw new InvalidArgumentError('Expected a number from 0 to less than 1.');
}
