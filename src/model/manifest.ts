/** A manifest is the JSON file beside a model that says what the model is and how pictures must be fed to it. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, messageOf, systemCode } from '../core/errors.ts';

const formatVersion = 1;

const modelNamePattern = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/;

const triple = (value: z.ZodNumber) => z.tuple([value, value, value]).readonly();

const inputSchema = z
  .strictObject({
    width: z.int().min(1).max(8192),
    height: z.int().min(1).max(8192),
    channels: z.enum(['rgb', 'bgr']),
    fit: z.enum(['contain', 'cover', 'fill']),
    background: triple(z.number().min(0).max(255)),
    scale: z.number().positive(),
    mean: triple(z.number()),
    std: triple(z.number().positive()),
  })
  .readonly();

const manifestSchema = z
  .strictObject({
    /** Says that this is a manifest, and the version of its format. */
    whymatch: z.literal(formatVersion),
    /** What the model is called in commands; also the name of its files in the cache. */
    name: z.string().regex(modelNamePattern, {
      error: 'expected lower-case letters, digits, dots, dashes and underscores, at most 64',
    }),
    /** The .onnx file, relative to the manifest, or absolute. */
    file: z.string().min(1),
    /** Hex SHA-256 and size of the .onnx file. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected 64 lower-case hex digits' }),
    bytes: z.int().positive(),
    /** One sentence for lists. */
    description: z.string(),
    /** An InputSpec (core/input-spec.ts). */
    input: inputSchema,
    /** The value of the graph, of shape (N,C,h,w), whose mean over its places is the embedding. */
    featureTensor: z.string().min(1),
    /** The value that holds the score of each class before any softmax, for models that classify. */
    logits: z.string().min(1).exactOptional(),
    /** The classes' names in the order of the scores: a list, or a text file (relative to the manifest) with one name a line. */
    labels: z
      .union([z.string().min(1), z.array(z.string()).readonly()], {
        error: 'expected a list of names or the path of a text file',
      })
      .exactOptional(),
    licence: z.string(),
    /** Who trained it on what, and where the file comes from. */
    provenance: z.string(),
    /** Addresses from which the file can be downloaded. */
    sources: z
      .array(z.url({ protocol: /^https?$/ }))
      .readonly()
      .exactOptional(),
  })
  .readonly();

export type ModelManifest = z.infer<typeof manifestSchema>;

/**
 * Checks what was read from `source` (a path, for messages). Unknown fields are refused: a misspelt one would silently change
 * the embeddings. Throws MANIFEST_INVALID, naming every wrong field.
 */
export function parseManifest(value: unknown, source: string): ModelManifest {
  const version = (value as { whymatch?: unknown } | null | undefined)?.whymatch;
  if (typeof version === 'number' && version > formatVersion) {
    throw invalid(
      source,
      `expected a manifest of version ${formatVersion}, received version ${version}; update whymatch`,
      ['whymatch'],
    );
  }
  const result = manifestSchema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const problems = issues.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  throw invalid(
    source,
    `expected a model manifest, received one with ${problems.join('; ')}`,
    issues.map(({ path }) => path.join('.')),
  );
}

/** Reads and checks a manifest. Throws MODEL_NOT_FOUND when there is no such file, MANIFEST_INVALID naming what is wrong. */
export async function readManifest(file: string): Promise<ModelManifest> {
  return parseManifest(await readJson(file), file);
}

/** Does the file claim to be a manifest, right or wrong? Many other JSON files lie beside models. */
export async function isManifest(file: string): Promise<boolean> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return typeof value === 'object' && value !== null && 'whymatch' in value;
  } catch {
    return false;
  }
}

/** The path of the model file that a manifest at `manifestFile` describes. */
export function modelFileOf(manifest: ModelManifest, manifestFile: string): string {
  return path.resolve(path.dirname(manifestFile), manifest.file);
}

/** The names of a model's classes, or undefined where the manifest gives none. Throws MANIFEST_INVALID when their file cannot be read. */
export async function readLabels(
  manifest: ModelManifest,
  manifestFile: string,
): Promise<readonly string[] | undefined> {
  if (typeof manifest.labels !== 'string') return manifest.labels;
  const file = path.resolve(path.dirname(manifestFile), manifest.labels);
  try {
    const text = await readFile(file, 'utf8');
    return text.trimEnd().split(/\r?\n/);
  } catch (error) {
    const problem = `labels: expected a text file with one name a line, ${file} cannot be read: ${messageOf(error)}`;
    throw invalid(manifestFile, problem, ['labels'], error);
  }
}

/**
 * Names the space of a model's embeddings: 32 hex digits of the SHA-256 over everything that decides their values, that is the file,
 * the input specification and the feature tensor. Embeddings are comparable when, and only when, their fingerprints are equal.
 */
export function fingerprint({
  sha256,
  input,
  featureTensor,
}: Pick<ModelManifest, 'sha256' | 'input' | 'featureTensor'>): string {
  const { width, height, channels, fit, background, scale, mean, std } = input;
  // A list, not the object: the order of keys in a manifest means nothing. The 1 grows when the computation itself changes.
  const facts = [1, sha256, featureTensor, width, height, channels, fit, background, scale, mean, std];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

/** A valid model name made of any text, such as a file's base name. */
export function toModelName(text: string): string {
  const name = text.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, '-');
  const trimmed = name
    .replace(/^[._-]+/, '')
    .slice(0, 64)
    .replace(/[._-]+$/, '');
  return trimmed || 'model';
}

export function isModelName(text: string): boolean {
  return modelNamePattern.test(text);
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) {
      throw new AppError('MODEL_NOT_FOUND', `expected a model manifest, there is no file ${file}`, {
        cause: error,
      });
    }
    throw invalid(file, `expected a model manifest in JSON: ${messageOf(error)}`, [], error);
  }
}

function invalid(file: string, problem: string, fields: readonly string[], cause?: unknown): AppError {
  return new AppError('MANIFEST_INVALID', `${file}: ${problem}`, { cause, details: { file, fields } });
}
