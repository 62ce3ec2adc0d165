/** The folder of `search --explain`: for each hit the maps on both pictures, and explanation.json. */
import type { ExplainedPair } from '../app/explain-pair.ts';
import type { ExaminedPicture } from '../app/pictures.ts';
import type { ExplainedHit } from '../app/search.ts';
import type { Target } from '../explain/targets.ts';
import type { LoadedModel } from '../model/load-model.ts';
import { drawOverlay, Scales, sides } from '../report/overlays.ts';
import { explanationFacts, explanationHeader, pictureFacts } from './explanation-document.ts';
import type { Results } from './files.ts';
import { prettyJson } from './json.ts';

export interface SearchResultsOptions {
  readonly methods: readonly string[];
  readonly target: Target;
  /** What the user called the query. */
  readonly name: string;
}

/** 01-query.png, 01-hit.png, …, by rank; those of a second method have its name at the end. */
export async function searchResults(
  model: LoadedModel,
  query: ExaminedPicture,
  hits: readonly ExplainedHit[],
  { methods, target, name }: SearchResultsOptions,
): Promise<Results> {
  const pairs = hits.map(({ explained }): ExplainedPair | undefined =>
    explained
      ? { query: explained.query, hit: explained.picture, explanation: explained.explanation }
      : undefined,
  );
  const scales = new Scales(pairs.filter((pair) => pair !== undefined));
  const results = new Map<string, Uint8Array | string>();
  const described = [];
  for (const [i, { item, score, looks, problem }] of hits.entries()) {
    const pair = pairs[i];
    const facts = { rank: i + 1, id: item.id, productId: item.productId, metadata: item.metadata, score };
    if (!pair) {
      described.push({ ...facts, problem: { code: problem?.code, message: problem?.message } });
      continue;
    }
    const files: { method: string; query: string; hit: string }[] = [];
    for (const [m, method] of methods.entries()) {
      const fileOf = (side: string) =>
        `${String(i + 1).padStart(2, '0')}-${side}${m > 0 ? `-${method}` : ''}.png`;
      for (const side of sides)
        results.set(fileOf(side), await drawOverlay(pair, method, side, { scale: scales.of(method, side) }));
      files.push({ method, query: fileOf('query'), hit: fileOf('hit') });
    }
    const { score: compared, ...evidence } = explanationFacts(pair.explanation);
    described.push({
      ...facts,
      ...(looks && { looks: { ...looks, score: compared } }),
      ...evidence,
      picture: pictureFacts(pair.hit),
      files,
    });
  }
  const document = {
    ...explanationHeader(model, target, methods),
    query: { name, ...pictureFacts(query) },
    hits: described,
  };
  return results.set('explanation.json', `${prettyJson(document)}\n`);
}
