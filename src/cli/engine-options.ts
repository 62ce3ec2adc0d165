/** The options that say what computes, for every command that runs a model. */
import { type Command, Option } from 'commander';
import { type EngineChoice, engineNames, ortDevices, tfjsBackends } from '../model/engine-choice.ts';

export type EngineFlags = Pick<EngineChoice, 'engine' | 'backend' | 'device' | 'allowFallback'>;

export function addEngineOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--engine <name>', 'what computes (default: WHYMATCH_ENGINE, else ort)').choices(
        engineNames,
      ),
    )
    .addOption(new Option('--device <name>', 'of engine ort (default: cpu)').choices(ortDevices))
    .addOption(
      new Option('--backend <name>', 'of engine tfjs (default: the first that starts)').choices(tfjsBackends),
    )
    .option(
      '--allow-fallback',
      'go on with the next device or backend where the one asked for does not start',
    );
}
