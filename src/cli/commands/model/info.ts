/** whymatch model info: everything about one model. */
import type { Command } from 'commander';
import { loadModel } from '../../../model/load-model.ts';
import { findModel } from '../../../model/registry.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { examples } from '../../help.ts';
import { manifestFacts, rulesOf } from '../../model-facts.ts';
import { facts } from '../../table.ts';

export function addInfoCommand(model: Command, action: Action): void {
  model
    .command('info')
    .summary('print everything about a model')
    .description(
      'Prints what a model expects, where its feature map is, and which backward rules are defined for it.',
    )
    .argument('<name>', 'a model of `whymatch model list`, or the path of an .onnx file or its manifest')
    .addHelpText('after', examples(['whymatch model info whymatch-s', 'whymatch model info ./resnet18.onnx']))
    .action(action(info));
}

async function info({ out }: Invocation, name: string): Promise<Ending> {
  const found = await findModel(name);
  const model = await loadModel(name);
  try {
    const { width, height } = model.featureSize;
    const embedding = { dimension: model.dimension, places: { width, height } };
    const rules = rulesOf(model);
    const document = {
      ...found.manifest,
      ...embedding,
      fingerprint: model.fingerprint,
      rules,
      assumed: found.assumed,
      file: found.file,
    };
    out.result(document, () => [
      ...facts([
        ...manifestFacts(found),
        ['embedding', `${model.dimension} values, the mean over ${width}×${height} places`],
        ['engine', model.engine.description],
        ...Object.entries(rules).map(([rule, state]): [string, string] => [
          `rule ${rule}`,
          'refused' in state
            ? `not defined: ${state.refused}`
            : `${state.activations} of ${state.activations} activations follow it`,
        ]),
      ]),
      ...assumedLines(found.assumed),
    ]);
  } finally {
    await model.dispose();
  }
  return undefined;
}

/** What nobody said. */
export function assumedLines(assumed: readonly string[]): string[] {
  if (assumed.length === 0) return [];
  return ['', 'assumed, because neither the file nor you said it:', ...assumed.map((line) => `  ${line}`)];
}
