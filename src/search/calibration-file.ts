/** Where a catalogue's calibration is kept: a file in its folder, so that it can be measured anew while a server has the catalogue open. */
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { AppError, messageOf, systemCode } from '../core/errors.ts';
import { type CatalogCalibration, type Measured, parseCalibration } from './calibration.ts';
import type { Catalog } from './catalog.ts';

type Whose = Pick<Catalog, 'directory' | 'space' | 'info'>;

/** Undefined where there is none, and where it is of another model or of a catalogue that was in this folder before. */
export async function readCalibration(catalog: Whose): Promise<CatalogCalibration | undefined> {
  try {
    return parseCalibration(await readFile(fileOf(catalog), 'utf8'), subjectOf(catalog));
  } catch (error) {
    // Search does without it.
    if (systemCode(error) !== undefined) return undefined;
    throw error;
  }
}

/**
 * Keeps the calibration of scores, and that of one field's names beside those of other fields, in place of what there was. Returns the
 * file. Throws OUTPUT_UNWRITABLE.
 */
export async function saveCalibration(catalog: Whose, { scores, names }: Measured): Promise<string> {
  const known = await readCalibration(catalog);
  const calibration: CatalogCalibration = {
    format: 'whymatch-calibration',
    version: 1,
    ...subjectOf(catalog),
    scores,
    names: { ...known?.names, ...names },
  };
  const file = fileOf(catalog);
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeFile(temporary, JSON.stringify(calibration));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new AppError('OUTPUT_UNWRITABLE', `${file} cannot be written: ${messageOf(error)}`, {
      cause: error,
      details: { file },
    });
  }
  return file;
}

const fileOf = ({ directory }: Whose): string => path.join(directory, 'calibration.json');

/** Another model has other scores, and a catalogue that was made later in the same folder has other pictures. */
const subjectOf = (catalog: Whose) => ({
  fingerprint: catalog.space.fingerprint,
  createdAt: catalog.info().createdAt,
});
