/** Where models live and how they are found: in the package, in the user's cache, or anywhere by path. */
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import envPaths from 'env-paths';
import { AppError, messageOf, systemCode } from '../core/errors.ts';
import type { ManifestOverrides } from './infer-manifest.ts';
import { inferManifest } from './infer-manifest.ts';
import type { ModelManifest } from './manifest.ts';
import { isManifest, isModelName, modelFileOf, readManifest } from './manifest.ts';
import { verifyFile } from './model-files.ts';
import { nearMisses } from '../core/near-misses.ts';
import type { ZooModel } from './zoo.ts';
import { zoo, zooModel } from './zoo.ts';

/** The model that needs no download and no choice. */
export const defaultModel = 'whymatch-s';

export interface RegistryOptions {
  /** The folder whose `models` folder is the user's; default: the environment's WHYMATCH_HOME, else the system's cache folder. */
  readonly home?: string;
}

export interface FoundModel {
  readonly manifest: ModelManifest;
  /** Absolute path of the .onnx file. */
  readonly file: string;
  /** In the package, in the user's cache, or given by path. */
  readonly origin: 'embedded' | 'user' | 'path';
  /** Absent when the manifest was inferred just now. */
  readonly manifestFile?: string;
  /** What was assumed when the manifest was inferred just now (see inferManifest). */
  readonly assumed: readonly string[];
}

export interface ModelList {
  /** The embedded ones first, then the user's by name. Their files are there; their checksums were not looked at. */
  readonly models: readonly FoundModel[];
  /** Known models that can be pulled. */
  readonly available: readonly ZooModel[];
  /** Manifests, or a whole folder of them, that cannot be used, with the reason. */
  readonly broken: readonly { readonly manifestFile: string; readonly problem: string }[];
}

/** The package's folder of models, wherever this file runs from, and the user's, which need not exist. */
export function modelFolders({ home = process.env['WHYMATCH_HOME'] }: RegistryOptions = {}): {
  readonly embedded: string;
  readonly user: string;
} {
  const packageFile = createRequire(import.meta.url).resolve('whymatch/package.json');
  return {
    embedded: path.join(path.dirname(packageFile), 'data', 'models'),
    user: path.join(path.resolve(home || envPaths('whymatch', { suffix: '' }).cache), 'models'),
  };
}

/** Every model that is installed, and those that could be. One broken manifest does not hide the others. */
export async function listModels(options: RegistryOptions = {}): Promise<ModelList> {
  const folders = modelFolders(options);
  const models: FoundModel[] = [];
  const broken: { manifestFile: string; problem: string }[] = [];
  for (const origin of ['embedded', 'user'] as const) {
    const folder = folders[origin];
    const files = await manifestFiles(folder).catch((error: unknown) => {
      broken.push({ manifestFile: folder, problem: messageOf(error) });
      return [];
    });
    for (const manifestFile of files) {
      try {
        const model = await modelAt(manifestFile, origin);
        await stat(model.file);
        models.push(model);
      } catch (error) {
        broken.push({ manifestFile, problem: messageOf(error) });
      }
    }
  }
  const installed = new Set(models.map(({ manifest }) => manifest.name));
  return { models, broken, available: zoo.filter(({ name }) => !installed.has(name)) };
}

/**
 * Finds a model by name, or by the path of an .onnx file or of a manifest; what has a slash, or ends in .onnx or .json, is a path. An
 * .onnx file is read by the manifest of the same name beside it (net.json for net.onnx), else its manifest is inferred.
 * Throws MODEL_NOT_FOUND with the names that come near, MODEL_CHECKSUM when the file is not the one of its manifest, MANIFEST_INVALID, and
 * what inferManifest throws.
 */
export async function findModel(nameOrPath: string, options: RegistryOptions = {}): Promise<FoundModel> {
  const model = await (isPath(nameOrPath) ? modelByPath(nameOrPath) : modelByName(nameOrPath, options));
  // An inferred manifest was made of this very file.
  if (model.manifestFile) await verifyFile(model.file, model.manifest, adviceFor(model));
  return model;
}

/** The model of a path, see findModel; its checksum is not looked at. The overrides serve where its manifest must be inferred. */
export async function modelByPath(given: string, overrides?: ManifestOverrides): Promise<FoundModel> {
  const file = path.resolve(given);
  if (file.endsWith('.json')) return modelAt(file, 'path');
  const manifestFile = path.format({ ...path.parse(file), base: '', ext: '.json' });
  const beside = (await isManifest(manifestFile)) ? await modelAt(manifestFile, 'path') : undefined;
  if (beside?.file === file) return beside;
  return { ...(await inferManifest(file, overrides)), file, origin: 'path' };
}

/** The installed model of a name, or undefined; its checksum is not looked at. Throws MANIFEST_INVALID. */
export async function installedModel(
  name: string,
  options: RegistryOptions = {},
): Promise<FoundModel | undefined> {
  if (!isModelName(name)) return undefined;
  const folders = modelFolders(options);
  for (const origin of ['embedded', 'user'] as const) {
    try {
      return await modelAt(path.join(folders[origin], `${name}.json`), origin);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'MODEL_NOT_FOUND') throw error;
    }
  }
  return undefined;
}

/** MODEL_NOT_FOUND for a name, saying which ones there are. */
export async function unknownModel(name: string, options: RegistryOptions = {}): Promise<AppError> {
  const { models, available } = await listModels(options);
  const installed = models.map(({ manifest }) => manifest.name);
  const candidates = [...installed, ...available.map((model) => model.name)];
  const similar = nearMisses(name, candidates);
  const advice = zooModel(name)
    ? `it can be downloaded: whymatch model pull ${name}`
    : [
        ...(similar.length > 0 ? [`did you mean ${similar.join(' or ')}?`] : []),
        `installed: ${installed.join(', ')}`,
        `to download: ${available.map((model) => model.name).join(', ')}`,
        'or give the path of an .onnx file',
      ].join('; ');
  const state = zooModel(name) ? 'is not installed' : 'is not known';
  return new AppError('MODEL_NOT_FOUND', `model "${name}" ${state}; ${advice}`, {
    details: { name, known: candidates, similar },
  });
}

async function modelByName(given: string, options: RegistryOptions): Promise<FoundModel> {
  const name = given.toLowerCase();
  const model = await installedModel(name, options);
  if (!model) throw await unknownModel(name, options);
  return model;
}

async function modelAt(manifestFile: string, origin: FoundModel['origin']): Promise<FoundModel> {
  const manifest = await readManifest(manifestFile);
  return { manifest, manifestFile, origin, file: modelFileOf(manifest, manifestFile), assumed: [] };
}

function isPath(text: string): boolean {
  return /[\\/]|\.(?:onnx|json)$/i.test(text);
}

function adviceFor({ origin, manifest: { name } }: FoundModel): string {
  switch (origin) {
    case 'embedded':
      return 'install whymatch again';
    case 'user':
      return `run "whymatch model remove ${name}", then pull or add it again`;
    default:
      return 'if the change is meant, delete the manifest or write a new one';
  }
}

async function manifestFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => path.join(folder, name));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
