/** whymatch model export-explanation: a model with its backward pass, for any ONNX runtime. */
import { Option, type Command } from 'commander';
import { differentiate } from '../../../explain/differentiate.ts';
import { backwardRules, type BackwardRule } from '../../../explain/rules.ts';
import { shapeOf } from '../../../model/graph.ts';
import { loadModel } from '../../../model/load-model.ts';
import { writeOnnx } from '../../../model/onnx/write.ts';
import type { Action, Ending, Invocation } from '../../action.ts';
import { keepExisting, keepInputs, writeWhole } from '../../files.ts';
import { bytes } from '../../format.ts';
import { examples } from '../../help.ts';
import { facts } from '../../table.ts';
import { packageVersion } from '../../../app/version.ts';

interface Flags {
  readonly rule: BackwardRule;
  readonly output: string;
  readonly force?: boolean;
}

export function addExportCommand(model: Command, action: Action): void {
  model
    .command('export-explanation')
    .summary('write a model and its backward pass as an .onnx file')
    .description(
      'Writes a model and its backward pass as one ordinary .onnx file, which any ONNX runtime runs. Inputs: image (N,3,H,W), already ' +
        'normalised as `whymatch model info` says, and seed (N,C), the gradient that arrives at the embedding. Outputs: features ' +
        '(N,C,h,w), embedding (N,C), the plain mean of the features, and gradient (N,3,H,W).',
    )
    .argument('<model>', 'a model of `whymatch model list`, or the path of an .onnx file or its manifest')
    .addOption(
      new Option('--rule <name>', 'how the gradient passes rectifiers')
        .choices(backwardRules)
        .makeOptionMandatory(),
    )
    .requiredOption('--output <file.onnx>', 'the file to write')
    .option('--force', 'replace the file if there is one')
    .addHelpText(
      'after',
      examples(['whymatch model export-explanation whymatch-s --rule guided --output guided.onnx']),
    )
    .action(action(exportExplanation));
}

async function exportExplanation(
  { out }: Invocation,
  name: string,
  { rule, output, force = false }: Flags,
): Promise<Ending> {
  keepExisting(output, force);
  const model = await loadModel(name);
  try {
    keepInputs(output, [name, model.file]);
    const { graph, activations } = differentiate(model.graph, { rule });
    const follow = `${activations} of ${activations} activations follow the rule`;
    const metadata = {
      rule,
      model: model.model,
      activations: follow,
      fingerprint: model.fingerprint,
      input: JSON.stringify(model.input),
      licence: model.manifest.licence,
      whymatch: packageVersion(),
    };
    const file = writeOnnx(graph, { metadata });
    await writeWhole(output, file);
    const shapes = (names: readonly string[]) =>
      names.map((value) => `${value} (${shapeOf(graph, value).join(',')})`).join(', ');
    out.result(
      { file: output, bytes: file.length, inputs: graph.inputs, outputs: graph.outputs, metadata },
      () =>
        facts([
          ['wrote', `${output} (${bytes(file.length)})`],
          ['inputs', shapes(graph.inputs)],
          ['outputs', shapes(graph.outputs)],
          ['rule', `${rule}: ${follow}`],
        ]),
    );
  } finally {
    await model.dispose();
  }
  return undefined;
}
