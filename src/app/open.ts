/** A catalogue and the model that it was made with, opened together. */
import type { EmbeddingSpace } from '../core/embedder.ts';
import { AppError } from '../core/errors.ts';
import type { LoadedModel, LoadOptions } from '../model/load-model.ts';
import { loadModel } from '../model/load-model.ts';
import type { Catalog } from '../search/catalog.ts';
import { openCatalog } from '../search/open-catalog.ts';

export interface OpenOptions extends LoadOptions {
  /** Name or path; the catalogue's own when absent. */
  readonly model?: string | undefined;
}

export interface OpenedCatalog {
  readonly catalog: Catalog;
  readonly model: LoadedModel;
  close(): Promise<void>;
}

/**
 * A catalogue to read, without its model. One of an older format is brought up to date first: a new whymatch reads what an old one wrote
 * without anybody's help. Throws the CATALOG_ codes; CATALOG_READ_ONLY for an old one that cannot be written.
 */
export function readCatalog(directory: string, space?: EmbeddingSpace): Catalog {
  const options = { readonly: true, ...(space ? { space } : {}) };
  try {
    return openCatalog(directory, options);
  } catch (error) {
    const isOld =
      error instanceof AppError &&
      error.code === 'CATALOG_READ_ONLY' &&
      error.details['version'] !== undefined;
    if (!isOld) throw error;
    openCatalog(directory).close();
    return openCatalog(directory, options);
  }
}

/** For reading. Throws the CATALOG_ codes (CATALOG_MODEL_MISMATCH when `model` is another than the catalogue's), and those of loadModel. */
export async function openToRead(directory: string, options: OpenOptions = {}): Promise<OpenedCatalog> {
  const known = readCatalog(directory);
  const { space } = known;
  known.close();
  const model = await modelOf(directory, space.model, options);
  return opened(model, () => readCatalog(directory, model));
}

/** For writing; makes the catalogue where there is none, with the default model unless `model` is given. Throws as openToRead does. */
export async function openToWrite(directory: string, options: OpenOptions = {}): Promise<OpenedCatalog> {
  const known = modelOfCatalog(directory);
  const model = await (known === undefined
    ? loadModel(options.model, options)
    : modelOf(directory, known, options));
  return opened(model, () => openCatalog(directory, { space: model, create: true }));
}

/** The name of the model of a catalogue, or undefined where there is none. Opened for writing, so that one in use is found out at once. */
function modelOfCatalog(directory: string): string | undefined {
  try {
    const catalog = openCatalog(directory);
    catalog.close();
    return catalog.space.model;
  } catch (error) {
    if (error instanceof AppError && error.code === 'CATALOG_NOT_FOUND') return undefined;
    throw error;
  }
}

async function modelOf(directory: string, known: string, options: OpenOptions): Promise<LoadedModel> {
  if (options.model !== undefined) return loadModel(options.model, options);
  return withAdvice(directory, known, () => loadModel(known, options));
}

/** Says what to do where the model that a catalogue was made with, `known`, is not installed. */
export async function withAdvice<T>(directory: string, known: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'MODEL_NOT_FOUND') throw error;
    throw new AppError(
      'MODEL_NOT_FOUND',
      `the catalogue ${directory} was made with model "${known}", which is not installed here. Name its file with --model FILE.onnx, or install it: whymatch model pull ${known}, or whymatch model add FILE.onnx --name ${known}`,
      { cause: error, details: { directory, model: known } },
    );
  }
}

async function opened(model: LoadedModel, open: () => Catalog): Promise<OpenedCatalog> {
  try {
    const catalog = open();
    const close = async () => {
      catalog.close();
      await model.dispose();
    };
    return { catalog, model, close };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}
