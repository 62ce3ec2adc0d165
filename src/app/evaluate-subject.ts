/** How well the object of a picture is found by the model's features alone, measured against masks. */
import { AppError, throwIfAborted } from '../core/errors.ts';
import type { LongRunning } from '../core/progress.ts';
import type { Estimate } from '../core/bootstrap.ts';
import { bootstrapMean } from '../core/bootstrap.ts';
import type { ForegroundMeasures } from '../explain/measures/foreground-measures.ts';
import { foregroundMeasures, measureForeground } from '../explain/measures/foreground-measures.ts';
import type { Model } from '../model/model.ts';
import type { Catalog } from '../search/catalog.ts';
import type { PictureProblem } from './evaluate-explanations.ts';
import { checkMaskFolder, readMask } from './evaluate-masks.ts';
import { examinePicture, isPictureProblem, readItemPicture } from './pictures.ts';
import { checkModel } from './search.ts';

export interface EvaluateSubjectOptions extends LongRunning {
  /** A folder with the masks of objects (readMask); items without one are passed over. */
  readonly masks: string;
  /** Of the intervals; 1 when absent. */
  readonly seed?: number;
}

export interface SubjectEvaluation {
  readonly model: { readonly name: string; readonly fingerprint: string; readonly engine: string };
  readonly catalog: string;
  /** Pictures with a mask. */
  readonly pictures: number;
  readonly problems: readonly PictureProblem[];
  /** The model's features, and guesses that know nothing of the picture. */
  readonly guesses: readonly ({ readonly name: string } & Readonly<
    Record<keyof ForegroundMeasures, Estimate>
  >)[];
}

/**
 * Looks for the object of every item that has a mask. Throws CATALOG_MODEL_MISMATCH, USAGE for a folder that is not there or has no
 * mask for any item, ABORTED.
 */
export async function evaluateSubject(
  catalog: Catalog,
  model: Model,
  { masks, seed = 1, signal, onProgress }: EvaluateSubjectOptions,
): Promise<SubjectEvaluation> {
  checkModel(catalog, model);
  checkMaskFolder(masks);
  const measured: Record<string, ForegroundMeasures>[] = [];
  const problems: PictureProblem[] = [];
  const total = catalog.count();
  let done = 0;
  for (const item of catalog.items()) {
    throwIfAborted(signal);
    try {
      const mask = await readMask(masks, item, model.input);
      const { subject } = mask
        ? await examinePicture(model, { source: await readItemPicture(item) })
        : { subject: undefined };
      const measures = mask && subject && measureForeground(subject, mask);
      if (measures) measured.push(measures);
    } catch (error) {
      if (!(error instanceof AppError) || !isPictureProblem(error)) throw error;
      problems.push({ id: item.id, code: error.code, message: error.message });
    }
    onProgress?.({ phase: 'evaluate', done: ++done, total, failed: problems.length });
  }
  if (measured.length === 0) {
    throw new AppError(
      'USAGE',
      `expected masks of items of ${catalog.directory} in ${masks}, found none. A mask has the name of its picture and ends in .png`,
    );
  }
  return {
    model: { name: model.model, fingerprint: model.fingerprint, engine: model.engine.description },
    catalog: catalog.directory,
    pictures: measured.length,
    problems,
    guesses: Object.keys(measured[0]!).map((name) => ({ name, ...estimates(measured, name, seed) })),
  };
}

function estimates(measured: readonly Record<string, ForegroundMeasures>[], name: string, seed: number) {
  const estimate = (measure: keyof ForegroundMeasures) =>
    bootstrapMean(
      measured.map((picture) => picture[name]![measure]),
      seed,
    );
  return Object.fromEntries(
    foregroundMeasures.map((measure) => [measure, estimate(measure)]),
  ) as unknown as Record<keyof ForegroundMeasures, Estimate>;
}
