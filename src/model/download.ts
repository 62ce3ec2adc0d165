/** Downloads models that are known by their checksum into the user's cache. */
import path from 'node:path';
import { AppError } from '../core/errors.ts';
import type { FetchOptions } from './fetch-file.ts';
import { fetchFile } from './fetch-file.ts';
import { inferManifest, overridesOf } from './infer-manifest.ts';
import { matchesFacts } from './model-files.ts';
import type { FoundModel, RegistryOptions } from './registry.ts';
import { findModel, installedModel } from './registry.ts';
import { checkNameFree, install, modelFileName, userFolder } from './user-models.ts';
import type { ZooModel } from './zoo.ts';
import { zooModel } from './zoo.ts';

export interface PullOptions extends FetchOptions, RegistryOptions {
  /** Addresses of folders that hold NAME.onnx; they are tried before the model's own mirrors. */
  readonly mirrors?: readonly string[];
}

/**
 * Makes a known model available: downloads it unless it is installed, checks it, and registers it. A download that failed or was
 * killed goes on where it stopped. Pulls of one model at the same time do not disturb each other.
 * Throws MODEL_NOT_FOUND for an unknown name, MODEL_DOWNLOAD with every mirror's reason, USAGE when the name belongs to another
 * model, OUTPUT_UNWRITABLE, ABORTED.
 */
export async function pullModel(model: string | ZooModel, options: PullOptions = {}): Promise<FoundModel> {
  if (typeof model === 'string') {
    const known = zooModel(model.toLowerCase());
    // It may be the embedded one, or one that was added by hand: nothing to download.
    return known ? pullModel(known, options) : findModel(model, options);
  }
  const present = await installedModel(model.name, options);
  if (present?.manifest.sha256 === model.sha256 && (await matchesFacts(present.file, model))) return present;
  await checkNameFree(model.name, model.sha256, options);
  const file = path.join(await userFolder(options), modelFileName(model));
  if (!(await matchesFacts(file, model))) await fetchModel(model, file, options);
  const { manifest } = await inferManifest(file, overridesOf(model));
  return install({ ...manifest, file }, options);
}

async function fetchModel(model: ZooModel, target: string, options: PullOptions): Promise<void> {
  const { name, bytes, sha256 } = model;
  const mirrors = (options.mirrors ?? []).map((folder) => `${folder.replace(/\/+$/, '')}/${name}.onnx`);
  const sources = [...mirrors, ...model.sources];
  try {
    await fetchFile({ bytes, sha256, sources }, target, options);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'MODEL_DOWNLOAD') throw error;
    const received = Number(error.details['received']);
    const kept =
      received > 0 ? ` ${received} of ${bytes} bytes are kept, the next pull goes on from there.` : '';
    throw new AppError(
      'MODEL_DOWNLOAD',
      `${name} was not downloaded: ${error.message}\nCheck the network (behind a proxy: NODE_USE_ENV_PROXY=1, Node 22.21 or newer).${kept}` +
        ` Or get the file (${bytes} bytes, SHA-256 ${sha256}) from one of these addresses in any other way, and run: whymatch model add FILE`,
      { cause: error, details: { ...error.details, name } },
    );
  }
}
