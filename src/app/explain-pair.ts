import type { Explanation, ExplainOptions } from '../explain/explain.ts';
import { explainHits } from '../explain/explain.ts';
import type { Model } from '../model/model.ts';
import type { ExaminedPicture, PictureInput } from './pictures.ts';
import { examinePictures, preparePicture } from './pictures.ts';

export interface ExplainedPair {
  readonly query: ExaminedPicture;
  readonly hit: ExaminedPicture;
  readonly explanation: Explanation;
}

/**
 * Why two pictures are similar to a model: the score, and maps of both.
 *
 *   const model = await loadModel();
 *   const { explanation } = await explainPair(model, { source: 'a.jpg' }, { source: 'b.jpg' });
 *   explanation.maps['guided-match'].query  // a HeatMap of the size of the model's input
 */
export async function explainPair(
  model: Model,
  query: PictureInput,
  hit: PictureInput,
  options: ExplainOptions = {},
): Promise<ExplainedPair> {
  const prepared = await Promise.all([preparePicture(model, query), preparePicture(model, hit)]);
  const [first, second] = (await examinePictures(model, prepared)) as [ExaminedPicture, ExaminedPicture];
  const [explanation] = await explainHits(model, first.subject, [second.subject], options);
  return { query: first, hit: second, explanation: explanation! };
}
