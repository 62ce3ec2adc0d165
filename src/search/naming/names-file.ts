/** Where a catalogue keeps what it has learned of names. */
import { z } from 'zod';
import {
  type About,
  aboutOf,
  type DocumentKind,
  readDocument,
  type Whose,
  writeDocument,
} from '../catalog-document.ts';
import type { Share } from '../evaluate/shares.ts';
import type { Namer } from './namer.ts';

/** What was learned of the values of one metadata field. */
export interface KnownNames {
  readonly field: string;
  readonly namer: Namer;
  /** Pictures it was learned from. */
  readonly examples: number;
  /** Of pictures left out. */
  readonly accuracy: Share;
  /** ISO 8601. */
  readonly date: string;
  /** Number of the catalogue's latest change when they were learned. */
  readonly seq: number;
  /** Items that have the same here were left out together; null where nobody said. */
  readonly ignoreSame: string | null;
}

/** By field. */
export type NamesByField = ReadonlyMap<string, KnownNames>;

const floats = z.string().transform((text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4)).slice();
});

const stored = z.object({
  format: z.literal('whymatch-names'),
  version: z.literal(1),
  fingerprint: z.string(),
  createdAt: z.number(),
  dimension: z.int().positive(),
  fields: z.array(
    z.object({
      field: z.string(),
      date: z.string(),
      seq: z.int(),
      ignoreSame: z.string().nullable().default(null),
      examples: z.int(),
      accuracy: z.object({ value: z.number(), low: z.number(), high: z.number() }),
      trust: z.object({ scores: z.number().min(0), vote: z.number().min(0) }),
      names: z.array(z.string()).min(2),
      /** Little-endian float32, base64: (K,C) and (K). */
      weights: floats,
      biases: floats,
    }),
  ),
});

const kind: DocumentKind<NamesByField> = { file: 'names.json', parse: parseNames };

/** Empty where nothing was learned, and where it is of another model or of a catalogue that was in this folder before. */
export async function readNames(catalog: Whose): Promise<NamesByField> {
  return (await readDocument(catalog, kind)) ?? new Map();
}

/** Keeps what was learned of a field, beside what is known of others. Returns the file. Throws OUTPUT_UNWRITABLE. */
export async function saveNames(catalog: Whose, learned: KnownNames): Promise<string> {
  return write(catalog, new Map(await readNames(catalog)).set(learned.field, learned));
}

function write(catalog: Whose, all: NamesByField): Promise<string> {
  return writeDocument(catalog, kind, {
    format: 'whymatch-names',
    version: 1,
    ...aboutOf(catalog),
    dimension: catalog.space.dimension,
    fields: [...all.values()].map(({ namer, ...facts }) => ({
      ...facts,
      trust: namer.trust,
      names: namer.names,
      weights: base64(namer.discriminant.weights),
      biases: base64(namer.discriminant.biases),
    })),
  });
}

/** Returns whether anything was known of the field. Throws OUTPUT_UNWRITABLE. */
export async function forgetNames(catalog: Whose, field: string): Promise<boolean> {
  const all = new Map(await readNames(catalog));
  if (!all.delete(field)) return false;
  await write(catalog, all);
  return true;
}

function parseNames(text: string, about: About): NamesByField | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = stored.safeParse(json);
  if (!success || data.fingerprint !== about.fingerprint || data.createdAt !== about.createdAt)
    return undefined;
  const fitting = data.fields.filter(
    ({ names, weights, biases }) =>
      biases.length === names.length && weights.length === names.length * data.dimension,
  );
  return new Map(
    fitting.map(({ trust, names, weights, biases, ...facts }) => [
      facts.field,
      { ...facts, namer: { names, trust, discriminant: { weights, biases } } },
    ]),
  );
}

const base64 = ({ buffer, byteOffset, byteLength }: Float32Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString('base64');
