/** Does whymatch work here? Looks at the machine, the native packages, the engines, the models and the cache. */
import { throwIfAborted } from '../../core/errors.ts';
import type { LongRunning } from '../../core/progress.ts';
import type { RegistryOptions } from '../../model/registry.ts';
import { defaultEngine, type EngineCheck, enginesNamed, isOf, tryEngine } from './engines.ts';
import { checkModels, checkParts, type ModelCheck, type PartCheck } from './parts.ts';
import { checkCache, type CacheCheck, describeSystem, type System } from './system.ts';

export interface Checkup {
  readonly system: System;
  readonly parts: readonly PartCheck[];
  /** Every engine, device and backend that was tried. */
  readonly engines: readonly EngineCheck[];
  readonly models: readonly ModelCheck[];
  readonly cache: CacheCheck;
  /** What runs when nobody asks for an engine, as WHYMATCH_ENGINE would name it. */
  readonly defaultEngine: string;
  /** Whether all that a plain `whymatch index` and `search` need works. */
  readonly works: boolean;
}

export interface CheckupOptions extends RegistryOptions, LongRunning {
  /** Engines to try besides the default, such as ort:cuda or tfjs; all of them when absent. */
  readonly only?: readonly string[] | undefined;
}

/** Takes about a second for each engine that is there. Throws USAGE for a wrong name, in WHYMATCH_ENGINE too, ABORTED. */
export async function checkUp({ only, home, onProgress, signal }: CheckupOptions = {}): Promise<Checkup> {
  const wanted = defaultEngine();
  const tried = enginesNamed(only && [wanted, ...only]);
  const registry = home === undefined ? {} : { home };
  const parts = await checkParts();
  const models = await checkModels(registry);
  const engines: EngineCheck[] = [];
  let reference: Float32Array | undefined;
  for (const [i, chosen] of tried.entries()) {
    throwIfAborted(signal);
    onProgress?.({ phase: 'engines', done: i, total: tried.length });
    const { check, embedding } = await tryEngine(chosen, registry, reference);
    engines.push(check);
    reference ??= embedding;
  }
  const chosen = engines.find(({ name, starts }) => starts && isOf(name, wanted));
  return {
    system: await describeSystem(),
    parts,
    engines,
    models,
    cache: await checkCache(registry),
    defaultEngine: chosen?.name ?? wanted,
    works:
      chosen !== undefined &&
      parts.every(({ works }) => works) &&
      models.some(({ isDefault, works }) => isDefault && works),
  };
}
