/** Where a catalogue's calibration is kept. */
import { type CatalogCalibration, type Measured, parseCalibration } from './calibration.ts';
import { aboutOf, type DocumentKind, readDocument, type Whose, writeDocument } from './catalog-document.ts';

const kind: DocumentKind<CatalogCalibration> = { file: 'calibration.json', parse: parseCalibration };

/** Undefined where there is none, and where it is of another model or of a catalogue that was in this folder before. */
export const readCalibration = (catalog: Whose): Promise<CatalogCalibration | undefined> =>
  readDocument(catalog, kind);

/**
 * Keeps the calibration of scores, and that of one field's names beside those of other fields, in place of what there was. Returns the
 * file. Throws OUTPUT_UNWRITABLE.
 */
export async function saveCalibration(catalog: Whose, { scores, names }: Measured): Promise<string> {
  const before = await readCalibration(catalog);
  const calibration: CatalogCalibration = {
    format: 'whymatch-calibration',
    version: 1,
    ...aboutOf(catalog),
    scores,
    names: { ...before?.names, ...names },
  };
  return writeDocument(catalog, kind, calibration);
}
