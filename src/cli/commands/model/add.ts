/** whymatch model add: any .onnx file becomes a model. */
import { Option, type Command } from 'commander';
import type { Size } from '../../../core/geometry.ts';
import type { InputSpec } from '../../../core/input-spec.ts';
import { loadModel } from '../../../model/load-model.ts';
import { addModel } from '../../../model/user-models.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { examples } from '../../help.ts';
import { manifestFacts } from '../../model-facts.ts';
import { number, pictureSize, triple } from '../../options.ts';
import { facts } from '../../table.ts';
import { assumedLines } from './info.ts';

type Triple = readonly [number, number, number];

interface Flags {
  readonly name?: string;
  readonly size?: Size;
  readonly mean?: Triple;
  readonly std?: Triple;
  readonly scale?: number;
  readonly channels?: InputSpec['channels'];
  readonly fit?: InputSpec['fit'];
  readonly background?: Triple;
  readonly features?: string;
  readonly licence?: string;
  readonly link?: true;
  readonly replace?: true;
}

export function addAddCommand(model: Command, action: Action): void {
  model
    .command('add')
    .summary('make an .onnx file a model')
    .description(
      'Makes an .onnx file a model that can be named. What the file does not say (how pictures must be fed to it) is taken from the ' +
        'options, from a manifest beside the file, from what is known of files with its checksum, or assumed; the result is shown. ' +
        'A tensor value is (pixel × scale - mean) / std.',
    )
    .argument('<file>', 'the .onnx file, or the .json manifest of one')
    .option('--name <name>', 'what to call it (default: the file’s name)')
    .option(
      '--size <wxh>',
      'input size in pixels, where the file leaves it open, such as 224x224',
      pictureSize,
    )
    .option('--mean <r,g,b>', 'means, in the order of --channels', triple)
    .option('--std <r,g,b>', 'standard deviations, likewise', triple)
    .option('--scale <n>', 'factor for pixel values 0 to 255, such as 1 or 0.00392157', number)
    .addOption(new Option('--channels <order>', 'order of the colours').choices(['rgb', 'bgr']))
    .addOption(
      new Option('--fit <how>', 'whole picture with bars, its centre, or stretched').choices([
        'contain',
        'cover',
        'fill',
      ]),
    )
    .option('--background <r,g,b>', 'colour of the bars, 0 to 255', triple)
    .option('--features <tensor>', 'name of the last spatial feature map in the file')
    .option('--licence <text>', 'the licence of the weights')
    .option('--link', 'use the file where it lies, instead of copying it')
    .option('--replace', 'take the place of another model of the same name')
    .addHelpText(
      'after',
      examples([
        'whymatch model add resnet18.onnx --licence Apache-2.0',
        'whymatch model add caffe.onnx --channels bgr --scale 1 --mean 104,117,123 --std 1 --size 224x224',
      ]),
    )
    .action(action(add));
}

async function add({ out }: Invocation, file: string, flags: Flags): Promise<Ending> {
  const { link = false, replace = false, features, ...said } = flags;
  const { json: _json, debug: _debug, ...overrides } = said as typeof said & { json?: true; debug?: true };
  const found = await addModel(
    file,
    { ...overrides, ...(features === undefined ? {} : { featureTensor: features }) },
    { link, replace },
  );
  // A model that cannot be run is better known now.
  const model = await loadModel(found.manifest.name);
  const { dimension } = model;
  await model.dispose();
  out.result({ ...found.manifest, file: found.file, dimension, assumed: found.assumed }, () => [
    ...facts([...manifestFacts(found), ['embedding', `${dimension} values`]]),
    ...assumedLines(found.assumed),
    '',
    `use it: whymatch index SOURCE --catalog DIR --model ${found.manifest.name}`,
  ]);
  return undefined;
}
