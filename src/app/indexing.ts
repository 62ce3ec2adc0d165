/** A catalogue opened for an indexing run: waited for when another process writes to it, or only looked at. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmbeddingSpace } from '../core/embedder.ts';
import { AppError, throwIfAborted } from '../core/errors.ts';
import type { RunStore } from '../indexer/run.ts';
import { type LoadedModel, loadModel } from '../model/load-model.ts';
import type { Catalog } from '../search/catalog.ts';
import { type OpenOptions, openToRead, openToWrite } from './open.ts';

export interface Patience {
  /** Milliseconds to wait while another process writes; Infinity for as long as it takes. */
  readonly waitMs: number;
  /** Told once, why. */
  readonly onWait?: (busy: AppError) => void;
  readonly signal?: AbortSignal;
}

const pollMs = 250;

/** As openToWrite. Throws CATALOG_BUSY only after the wait, and ABORTED when the signal fires. */
export async function openToWriteInTurn(
  directory: string,
  options: OpenOptions,
  { waitMs, onWait, signal }: Patience,
): ReturnType<typeof openToWrite> {
  const end = Date.now() + waitMs;
  for (let told = false; ; told = true) {
    try {
      return await openToWrite(directory, options);
    } catch (error) {
      const isBusy = error instanceof AppError && error.code === 'CATALOG_BUSY';
      if (!isBusy || Date.now() >= end) throw error;
      if (!told) onWait?.(error);
      await sleep(pollMs, undefined, signal ? { signal } : {}).catch(() => throwIfAborted(signal));
    }
  }
}

export interface LookedAt {
  readonly store: RunStore;
  /** Undefined where there is none yet. */
  readonly catalog: Catalog | undefined;
  readonly model: LoadedModel;
  close(): Promise<void>;
}

/** For a dry run: nothing is written, and nothing is made where there is no catalogue. */
export async function openToLookAt(directory: string, options: OpenOptions): Promise<LookedAt> {
  try {
    const { catalog, model, close } = await openToRead(directory, options);
    return { store: catalog, catalog, model, close };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'CATALOG_NOT_FOUND') throw error;
    const model = await loadModel(options.model, options);
    return { store: emptyStore(directory, model), catalog: undefined, model, close: () => model.dispose() };
  }
}

function emptyStore(directory: string, space: EmbeddingSpace): RunStore {
  const never = () => {
    throw new Error('a dry run writes nothing');
  };
  return {
    directory,
    space,
    get: () => undefined,
    findByHash: () => undefined,
    put: never,
    delete: never,
    failures: { all: () => [], record: never, clear: never },
    pictures: { keep: never, drop: never },
    collections: { count: () => 0, ids: () => [], begin: never, end: never },
  };
}

/** Where the failures of a catalogue come from. */
export interface FailedSources {
  /** Sources that can be opened again. */
  readonly sources: readonly { readonly name: string; readonly location: string }[];
  /** Failures of standard input, or of a catalogue of an older format, which did not say where they came from. */
  readonly unknown: number;
}

export function failedSources(catalog: Catalog): FailedSources {
  const failures = catalog.failures.all();
  const names = new Set(failures.map(({ collection }) => collection));
  const sources = catalog.collections
    .all()
    .filter(({ name, location }) => names.has(name) && location !== '-');
  const known = new Set<string | null>(sources.map(({ name }) => name));
  return { sources, unknown: failures.filter(({ collection }) => !known.has(collection)).length };
}
