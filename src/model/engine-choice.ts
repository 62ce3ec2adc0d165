/** Which engine runs: the names, and how options and the environment become one choice. Loads no engine. */
import { AppError } from '../core/errors.ts';
import type { EngineOptions } from './engine.ts';

export const engineNames = ['ort', 'tfjs'] as const;
export type EngineName = (typeof engineNames)[number];

/** Of the ort engine. */
export const ortDevices = ['cpu', 'cuda'] as const;
export type OrtDevice = (typeof ortDevices)[number];

/** Of the tfjs engine, in the order in which they are tried. */
export const tfjsBackends = ['node-gpu', 'node', 'wasm', 'cpu'] as const;
export type TfjsBackend = (typeof tfjsBackends)[number];

export interface EngineChoice extends EngineOptions {
  /** Default: what `backend` or `device` belongs to, else what the environment's WHYMATCH_ENGINE says, else ort. */
  readonly engine?: EngineName | undefined;
  /** Of tfjs alone. Default: the first of node-gpu, node, wasm, cpu that starts. */
  readonly backend?: TfjsBackend | undefined;
  /** Of ort alone. Default: cpu. */
  readonly device?: OrtDevice | undefined;
  /** Take the next one where the backend or device asked for does not start. Default: an error. */
  readonly allowFallback?: boolean | undefined;
  /**
   * Run it in threads of its own (engine-thread.ts), among which `threads` is divided, so that this one can go on with other work while
   * they compute. For many batches, as in indexing; to be disposed of. Default: in the thread that calls it.
   */
  readonly ownThreads?: boolean | undefined;
}

/** A choice made. */
export type ChosenEngine =
  | { readonly engine: 'ort'; readonly device: OrtDevice }
  | { readonly engine: 'tfjs'; readonly backend?: TfjsBackend };

/**
 * Options come before the environment's WHYMATCH_ENGINE (ort, ort:cuda, tfjs, tfjs:wasm, ...), which counts only where no option
 * names an engine, backend or device. Throws USAGE for names that are not known or do not belong together.
 */
export function chooseEngine(
  options: EngineChoice = {},
  env: Readonly<Record<string, string | undefined>> = process.env,
): ChosenEngine {
  const { engine, backend, device } = options;
  const given = engine ?? backend ?? device;
  return given === undefined
    ? parseEngine(env['WHYMATCH_ENGINE'] || 'ort', ' in WHYMATCH_ENGINE')
    : checked(options);
}

/** "ort:cuda", as WHYMATCH_ENGINE and `whymatch doctor` take it. Throws USAGE, which says `where` the name stood. */
export function parseEngine(label: string, where = ''): ChosenEngine {
  const [name = '', part, ...rest] = label.split(':');
  if (rest.length > 0)
    throw new AppError('USAGE', `expected an engine like ort:cuda or tfjs:wasm${where}, received "${label}"`);
  const engine = known(name, engineNames, `engine${where}`);
  if (part === undefined) return checked({ engine });
  return engine === 'ort'
    ? { engine, device: known(part, ortDevices, `device of "${label}"${where}`) }
    : { engine, backend: known(part, tfjsBackends, `backend of "${label}"${where}`) };
}

/** The other way round. */
export function engineLabel(chosen: ChosenEngine): string {
  const part = chosen.engine === 'ort' ? chosen.device : chosen.backend;
  return part === undefined ? chosen.engine : `${chosen.engine}:${part}`;
}

function checked({ engine, backend, device }: EngineChoice): ChosenEngine {
  const name = known(engine ?? (backend === undefined ? 'ort' : 'tfjs'), engineNames, 'engine');
  if (name === 'ort') {
    if (backend !== undefined)
      throw new AppError(
        'USAGE',
        `expected no backend for engine ort, received "${backend}"; it has devices`,
      );
    return { engine: 'ort', device: known(device ?? 'cpu', ortDevices, 'device') };
  }
  if (device !== undefined) {
    throw new AppError(
      'USAGE',
      `expected no device for engine tfjs, received "${device}"; it has backends: ${tfjsBackends.join(', ')}`,
    );
  }
  return backend === undefined
    ? { engine: 'tfjs' }
    : { engine: 'tfjs', backend: known(backend, tfjsBackends, 'backend') };
}

function known<T extends string>(value: string, names: readonly T[], what: string): T {
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  throw new AppError('USAGE', `expected one of ${names.join(', ')} as ${what}, received "${value}"`);
}
