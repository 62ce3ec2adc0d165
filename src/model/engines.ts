/** Makes the engine that was asked for. An engine's packages are loaded when it is made, and not before. */
import type { Engine } from './engine.ts';
import {
  chooseEngine,
  type ChosenEngine,
  type EngineChoice,
  ortDevices,
  tfjsBackends,
} from './engine-choice.ts';

/** Everything that can be asked for, in the order in which it is shown. */
export const allEngines: readonly ChosenEngine[] = [
  ...ortDevices.map((device) => ({ engine: 'ort', device }) as const),
  ...tfjsBackends.map((backend) => ({ engine: 'tfjs', backend }) as const),
];

/**
 * An engine that starts here, by options and the environment's WHYMATCH_ENGINE (engine-choice.ts); its description says what runs.
 * Throws USAGE for names that do not belong together, ENGINE_UNAVAILABLE where what was asked for is not installed or does not start.
 */
export async function createEngine(options: EngineChoice = {}): Promise<Engine> {
  const { ownThreads, ...choice } = options;
  if (ownThreads) {
    const { openEngineThreads } = await import('./engine-thread.ts');
    return openEngineThreads(choice);
  }
  const chosen = chooseEngine(options);
  const { threads, allowFallback } = options;
  const common = { ...(threads === undefined ? {} : { threads }), allowFallback: allowFallback ?? false };
  if (chosen.engine === 'ort') {
    const { openOrtEngine } = await import('./ort.ts');
    return openOrtEngine({ ...common, device: chosen.device });
  }
  const { createTfjsEngine } = await import('./tfjs/engine.ts');
  return createTfjsEngine({ ...common, backend: chosen.backend });
}
