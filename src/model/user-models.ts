/** Adds models to the user's cache and removes them. */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../core/errors.ts';
import type { InferredManifest, ManifestOverrides } from './infer-manifest.ts';
import { inferManifest, overridesOf } from './infer-manifest.ts';
import type { ModelManifest } from './manifest.ts';
import { readLabels } from './manifest.ts';
import type { FileFacts } from './model-files.ts';
import { matchesFacts, verifyFile, writeFileAtomic, writing } from './model-files.ts';
import type { FoundModel, RegistryOptions } from './registry.ts';
import { installedModel, modelByPath, modelFolders, unknownModel } from './registry.ts';

export interface AddOptions extends RegistryOptions {
  /** Refer to the file where it lies, instead of copying it. */
  readonly link?: boolean;
  /** Take the place of another file's model that has the same name. */
  readonly replace?: boolean;
}

/**
 * Adds an .onnx file (or the one that a manifest .json describes) to the user's models, under `overrides.name` or a name made of the
 * file's. The manifest beside it is taken over, or one is inferred: see `assumed` of the result. Adding the same file again
 * changes its manifest.
 * Throws USAGE when the name belongs to another model, what inferManifest throws, MODEL_CHECKSUM, OUTPUT_UNWRITABLE.
 */
export async function addModel(
  file: string,
  overrides: ManifestOverrides = {},
  options: AddOptions = {},
): Promise<FoundModel> {
  const { manifest, assumed, file: source } = await describeModel(file, overrides);
  await checkNameFree(manifest.name, manifest.sha256, options);
  const folder = await userFolder(options);
  const target = options.link ? source : path.join(folder, modelFileName(manifest));
  if (target !== source && !(await matchesFacts(target, manifest))) await copyWhole(source, target, manifest);
  return { ...(await install({ ...manifest, file: target }, options)), assumed };
}

/** Removes a model of the user's: its manifest and, unless it is a link, its file. Throws MODEL_NOT_FOUND, USAGE for an embedded one. */
export async function removeModel(name: string, options: RegistryOptions = {}): Promise<void> {
  const model = await installedModel(name, options).catch((error: unknown) => {
    // A manifest that cannot be read can still be removed.
    if (error instanceof AppError && error.code === 'MANIFEST_INVALID') return undefined;
    throw error;
  });
  if (model?.origin === 'embedded')
    throw new AppError('USAGE', `model ${name} is part of whymatch and cannot be removed`);
  const folder = modelFolders(options).user;
  const names = await readdir(folder).catch(() => [] as string[]);
  if (!names.includes(`${name}.json`)) throw await unknownModel(name, options);
  await writing(path.join(folder, `${name}.json`), () => rm(path.join(folder, `${name}.json`)));
  await removeFiles(name, folder);
}

/**
 * Registers a file that lies in its final place (`manifest.file` is its path): from here on the model can be found. Files of an
 * earlier model of that name are removed.
 */
export async function install(manifest: ModelManifest, options: RegistryOptions = {}): Promise<FoundModel> {
  const folder = await userFolder(options);
  const manifestFile = path.join(folder, `${manifest.name}.json`);
  const file = manifest.file;
  const inFolder = path.dirname(file) === folder;
  const stored = { ...manifest, file: inFolder ? path.basename(file) : file };
  await writeFileAtomic(manifestFile, `${JSON.stringify(stored, null, 2)}\n`);
  await removeFiles(manifest.name, folder, stored.file);
  return { manifest: stored, file, origin: 'user', manifestFile, assumed: [] };
}

/**
 * The name of a model's file in the cache. It holds the start of the checksum, so that a new version never takes the place of the
 * file that the present manifest describes.
 */
export function modelFileName({ name, sha256 }: Pick<ModelManifest, 'name' | 'sha256'>): string {
  return `${name}.${sha256.slice(0, 8)}.onnx`;
}

/** Throws USAGE when the name is that of another model, unless it may be replaced. */
export async function checkNameFree(name: string, sha256: string, options: AddOptions = {}): Promise<void> {
  const present = await installedModel(name, options);
  if (!present) return;
  if (present.origin === 'embedded')
    throw new AppError(
      'USAGE',
      `the name ${name} belongs to a model of whymatch itself; choose another name`,
    );
  if (present.manifest.sha256 === sha256 || options.replace) return;
  throw new AppError(
    'USAGE',
    `there is another model with the name ${name} (${present.manifest.description}); choose another name, or remove that one first`,
    { details: { name, file: present.file } },
  );
}

/** The user's folder of models, made where it is missing. */
export async function userFolder(options: RegistryOptions): Promise<string> {
  const { user } = modelFolders(options);
  await writing(user, () => mkdir(user, { recursive: true }));
  return user;
}

/** What is known of the model at a path, with the user's word on top, checked against the network. */
async function describeModel(
  given: string,
  overrides: ManifestOverrides,
): Promise<InferredManifest & { file: string }> {
  const { manifest, manifestFile, file, assumed } = await modelByPath(given, overrides);
  if (!manifestFile) return { manifest, assumed, file };
  await verifyFile(
    file,
    manifest,
    'the manifest beside it is of another file: delete it, or write a new one',
  );
  const { whymatch: _version, file: _file, labels: _labels, ...facts } = manifest;
  const labels = await readLabels(manifest, manifestFile);
  const said = { ...overridesOf(facts), ...(labels ? { labels } : {}), ...overrides };
  return { ...(await inferManifest(file, said)), file };
}

/** Under its final name there is the whole file or none. */
async function copyWhole(source: string, target: string, facts: FileFacts): Promise<void> {
  const temporary = `${target}.${randomBytes(4).toString('hex')}.tmp`;
  await writing(target, async () => {
    try {
      await copyFile(source, temporary, constants.COPYFILE_FICLONE);
      await verifyFile(temporary, facts, 'it changed while it was copied: try again');
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/** Removes the files of a name from the cache, whole or partial, except `keep`. */
async function removeFiles(name: string, folder: string, keep?: string): Promise<void> {
  for (const file of await readdir(folder)) {
    const rest = file.startsWith(`${name}.`) ? file.slice(name.length) : '';
    if (/^\.[0-9a-f]{8}\.onnx$/.test(rest) && file !== keep)
      await rm(path.join(folder, file), { force: true });
  }
}
