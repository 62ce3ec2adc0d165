/** Writing results: whole files or none, and never over a picture that the result is about. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf, systemCode } from '../core/errors.ts';

/** A file's name in a folder of results, and what is in it. */
export type Results = ReadonlyMap<string, Uint8Array | string>;

/**
 * Writes files into a folder, which is made where it is missing; older ones of the same names are replaced. Returns their paths.
 * Throws OUTPUT_UNWRITABLE; USAGE when one of them would replace an input.
 */
export async function writeResults(
  folder: string,
  results: Results,
  inputs: readonly string[],
): Promise<string[]> {
  const files = [...results].map(([name, content]) => ({ file: path.join(folder, name), content }));
  for (const { file } of files) keepInputs(file, inputs);
  for (const { file, content } of files) await writeWhole(file, content);
  return files.map(({ file }) => file);
}

/** Writes a file, or nothing; makes its folder. Throws OUTPUT_UNWRITABLE. */
export async function writeWhole(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await mkdir(path.dirname(path.resolve(file)), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    if (systemCode(error) === undefined) throw error;
    throw new AppError('OUTPUT_UNWRITABLE', `${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
      details: { file },
    });
  }
}

/** Throws OUTPUT_EXISTS where there is a file and nobody said --force. */
export function keepExisting(file: string, force: boolean): void {
  if (force || !existsSync(file)) return;
  throw new AppError(
    'OUTPUT_EXISTS',
    `${file} is there already. Name another file, or replace it with --force`,
    {
      details: { file },
    },
  );
}

/** Throws USAGE when a result would take the place of a picture that was given. */
export function keepInputs(file: string, inputs: readonly string[]): void {
  const input = inputs.find((given) => path.resolve(given) === path.resolve(file));
  if (input === undefined) return;
  throw new AppError(
    'USAGE',
    `the result ${file} would replace the picture that you gave. Name another place for it`,
    {
      details: { file },
    },
  );
}
