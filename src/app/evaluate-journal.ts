/**
 * What an evaluation has measured so far, kept in a file: a line of JSON that says what is measured, then one for each pair. A line is
 * written when its pair is done, so that a run that was stopped or killed goes on where it ended.
 */
import { appendFile, mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { AppError, messageOf, systemCode } from '../core/errors.ts';
import type { MethodMeasures } from '../explain/measures/measure-pair.ts';

/** What has to be the same for two pairs to stand in one table. */
export interface JournalSettings {
  readonly model: string;
  readonly fingerprint: string;
  readonly methods: readonly string[];
  readonly seed: number;
  readonly masks: string | null;
  readonly target: string;
}

/** A pair that is done. */
export interface JournalPair {
  /** Ids of the items. */
  readonly query: string;
  readonly hit: string;
  readonly score: number;
  readonly measures: Readonly<Record<string, MethodMeasures>>;
}

const magic = { format: 'whymatch-evaluation-pairs', version: 1 } as const;

export interface Journal {
  /** Pairs that were done before. */
  readonly done: readonly JournalPair[];
  add(pair: JournalPair): Promise<void>;
}

/** A journal that nobody keeps. */
export const noJournal: Journal = { done: [], add: () => Promise.resolve() };

/**
 * Opens a new journal, or with `resume` one that is there (a new one where there is none). Throws OUTPUT_EXISTS when there is one and
 * `resume` is false, USAGE when it is of another evaluation, OUTPUT_UNWRITABLE.
 */
export async function openJournal(
  file: string,
  settings: JournalSettings,
  resume: boolean,
): Promise<Journal> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw unwritable(file, error);
  });
  if (text !== undefined && !resume) {
    throw new AppError(
      'OUTPUT_EXISTS',
      `${file} is there already. Go on with that evaluation by --resume, or name another folder`,
      { details: { file } },
    );
  }
  const done = text === undefined ? [] : await resumed(file, text, settings);
  if (text === undefined || text === '') await append(file, { ...magic, settings });
  return { done, add: (pair) => append(file, pair) };
}

async function resumed(file: string, text: string, settings: JournalSettings): Promise<JournalPair[]> {
  // A run that was killed may have left half a line: what follows the last line end does not count, and is cut off.
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length) await truncate(file, Buffer.byteLength(text.slice(0, end)));
  const [header, ...lines] = text
    .slice(0, end)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parsed(file, line));
  if (header === undefined) return [];
  const {
    format,
    version,
    settings: known,
  } = header as Partial<typeof magic & { settings: JournalSettings }>;
  if (format !== magic.format || version !== magic.version) {
    throw new AppError(
      'USAGE',
      `expected a file of ${magic.format}, version ${magic.version}, received ${file}. Name another folder`,
    );
  }
  if (!isDeepStrictEqual(known, { ...settings })) {
    throw new AppError(
      'USAGE',
      `${file} holds an evaluation with other settings: ${differences(known ?? {}, settings)}. Use the same, or name another folder`,
      { details: { file, known, settings } },
    );
  }
  return lines as JournalPair[];
}

/** "seed 1 and not 2" */
function differences(known: Partial<JournalSettings>, settings: JournalSettings): string {
  return (Object.keys(settings) as (keyof JournalSettings)[])
    .filter((name) => !isDeepStrictEqual(known[name], settings[name]))
    .map((name) => `${name} ${String(known[name])} and not ${String(settings[name])}`)
    .join(', ');
}

function parsed(file: string, line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new AppError('USAGE', `${file} is damaged: a line is no JSON. Name another folder`, { cause });
  }
}

async function append(file: string, value: unknown): Promise<void> {
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await appendFile(file, `${JSON.stringify(value)}\n`);
  } catch (error) {
    throw unwritable(file, error);
  }
}

async function truncate(file: string, length: number): Promise<void> {
  try {
    const handle = await open(file, 'r+');
    await handle.truncate(length);
    await handle.close();
  } catch (error) {
    throw unwritable(file, error);
  }
}

function unwritable(file: string, error: unknown): AppError {
  return new AppError('OUTPUT_UNWRITABLE', `${file} cannot be written: ${messageOf(error)}`, {
    cause: error,
    details: { file },
  });
}
