/** whymatch model pull: downloads a known model. */
import type { Command } from 'commander';
import { pullModel } from '../../../model/download.ts';
import { bytes } from '../../format.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { examples } from '../../help.ts';
import { showProgress } from '../../progress.ts';

export function addPullCommand(model: Command, action: Action): void {
  model
    .command('pull')
    .summary('download a model')
    .description(
      'Downloads a model of `whymatch model list`, and checks it. A download that was stopped goes on where it was.',
    )
    .argument('<name>', 'the model’s name')
    .option(
      '--mirror <url>',
      'the address of a folder that holds NAME.onnx, tried first; may be repeated',
      collected,
    )
    .addHelpText(
      'after',
      examples([
        'whymatch model pull squeezenet1.1-7',
        'whymatch model pull resnet18-v1-7 --mirror https://example.org/models',
      ]),
    )
    .action(action(pull));
}

async function pull(
  { out, signal }: Invocation,
  name: string,
  { mirror = [] }: { readonly mirror?: readonly string[] },
): Promise<Ending> {
  const display = showProgress(out, { title: `Downloading ${name}`, unit: 'bytes' });
  const found = await pullModel(name, { mirrors: mirror, signal, onProgress: display.onProgress }).finally(
    () => display.stop(),
  );
  out.event({ event: 'summary', ...found.manifest, file: found.file });
  if (!out.json)
    out.result(undefined, () => [
      `${found.manifest.name} is installed: ${found.file} (${bytes(found.manifest.bytes)})`,
    ]);
  return undefined;
}

const collected = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
